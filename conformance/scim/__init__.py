"""Target, client and exchanges: everything that touches HTTP. httpx is imported in this package only."""
