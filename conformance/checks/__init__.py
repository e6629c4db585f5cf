"""The checks that ship: one file per topic, one function per check."""
