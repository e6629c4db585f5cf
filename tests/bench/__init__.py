"""Measurements: `make bench` compares a run with a bare replay of its requests, whole process against whole process."""
