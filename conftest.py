"""Makes a bare checkout work: loads the plugin that an installed wheel registers by entry point."""

pytest_plugins = ("conformance.plugin", "pytester")
