"""The ledger: what it takes for ours, and what it tells the journal."""
