"""One-token mutations of the modules that keep the suite's promises, and whether a test notices each of them."""
