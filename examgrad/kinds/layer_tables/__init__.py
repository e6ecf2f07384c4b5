"""How a student's layer table is read and marked.

Text is cut into rows and cells (``sheets``), rows are given to layers and cells to columns (``tables``, ``headings``,
``row_names``). A cell is read (``cell_text``, ``counts``, ``shapes``) and held against its key (``cells``), or against
what follows from the student's own earlier rows (``follow_through``); ``marks`` puts it together. ``totals`` is the
key's.
"""
