"""What a check is, and how it is judged by what was recorded."""
