"""The provisioning service as a whole: cycles over a source directory, with links, escrow, quarantine and a log."""
