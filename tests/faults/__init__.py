"""Faults: precise defects put into a good server, to prove that a check catches each."""
