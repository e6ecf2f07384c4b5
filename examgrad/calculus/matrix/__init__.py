"""Derivatives in matrix notation, with sizes as symbols: :func:`examgrad.calculus.matrix.derive.derive`."""
