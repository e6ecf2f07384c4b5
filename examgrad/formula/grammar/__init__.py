"""The grammar of formulas, a file a family of operands; :mod:`examgrad.formula.parser` puts them together."""
