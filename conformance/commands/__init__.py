"""The verbs of the command, a module or package each; the only room that may import everything."""
