"""The styles that trees are printed in; :mod:`examgrad.formula.printer` is their front door."""
