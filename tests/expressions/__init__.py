"""The expression language of attribute mappings."""
