"""Source directories: made up, and in files."""
