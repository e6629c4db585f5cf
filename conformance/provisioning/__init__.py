"""The provisioning service that cycles play: source, mappings, expressions, and the service itself."""
