"""The Django application that holds users and groups."""
