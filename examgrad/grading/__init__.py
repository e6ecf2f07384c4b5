"""From answers to marks: one script, then a class."""
