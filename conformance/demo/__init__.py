"""The embedded target: PyPI ``scim2-server`` in memory, behind a random bearer token."""
