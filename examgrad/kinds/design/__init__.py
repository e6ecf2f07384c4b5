"""What an answer to a ``layer_design`` part says: its words (``words``), its letters and values (``values``), what they
choose (``answers``), and what that choice is worth (``check``).
"""
