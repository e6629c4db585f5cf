"""The provisioning service: its cycles, its memory, and what it tells."""
