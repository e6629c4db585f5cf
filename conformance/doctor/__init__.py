"""The connection doctor: one layer after another, until one is at fault or all are well."""
