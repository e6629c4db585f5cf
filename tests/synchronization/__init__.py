"""Tests of a provisioning job's configuration: scoping filters, attribute mappings, and how values flow."""
