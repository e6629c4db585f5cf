"""Identity providers: how each spells what it sends."""
