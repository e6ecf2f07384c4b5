"""How a student's layer table is read and marked.

Text is cut into rows and cells (``sheets``), cells are given to columns (``rows``, ``headings``) and rows to layers
(``tables``, ``row_names``). A cell is read (``cell_text``, ``counts``, ``shapes``) and held against its key
(``cells``), or against what follows from the student's own earlier rows (``follow_through``); ``marks`` puts it
together. ``totals`` is the key's.
"""
