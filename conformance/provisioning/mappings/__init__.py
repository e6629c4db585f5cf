"""Attribute mappings: from values of the source to bodies and differences."""
