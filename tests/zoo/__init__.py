"""The zoo: a good SCIM server with other people's data in it, one oddity at a time, and what a verb did to it."""
