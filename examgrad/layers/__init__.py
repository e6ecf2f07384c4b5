"""Layer tables: output shapes, parameters, multiply-accumulates and receptive fields, in numbers and symbols.

:func:`examgrad.layers.table.table` computes one. A layer is declared once, in the file of its family
(``convolution.py``, ``pooling.py``, …): a rule, which is its formulas, and its names and arguments in each
framework. A new layer is one more entry there, and its family stands in :mod:`examgrad.layers.registry`.
"""
