"""The source directory of a cycle: its people and groups, and how they change."""
