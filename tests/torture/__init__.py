"""What takes long: hostile and flaky servers, interruptions, determinism. ``make torture`` runs it."""
