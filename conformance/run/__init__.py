"""One run: what is played and when, what is judged of it, and its files."""
