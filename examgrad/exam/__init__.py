"""Exams and answer files: from YAML to models, with the place of everything in its file."""
