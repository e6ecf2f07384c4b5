"""One tree for all notations: reading, naming, printing."""
