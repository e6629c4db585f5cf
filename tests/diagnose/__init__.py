"""The connection doctor's lab."""
