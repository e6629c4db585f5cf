"""The results of a run, and their renderings. Everything here is made from ``results.json`` alone."""
