"""Parts of the pytest plugin, whose door is ``conformance.plugin``."""
