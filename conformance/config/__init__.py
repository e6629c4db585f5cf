"""What a user may set: one table of options, what is made of their values, and secrets."""
