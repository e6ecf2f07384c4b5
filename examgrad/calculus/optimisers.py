"""Optimiser steps: the new value of a parameter from its gradient. A rule is one function and one row of RULES."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from examgrad.formula.tree import Node, Symbol, mul, sub

Rule = Callable[[Node, Node, Node], Node]
"""The parameter, the rate and the gradient to the parameter's new value."""


def sgd(parameter: Node, rate: Node, gradient: Node) -> Node:
    """Stochastic gradient descent: ``w - rate * dL/dw``.

    Source: H. Robbins and S. Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22 (1951).
    """
    return sub(parameter, mul(rate, gradient))


RULES: Final[Mapping[str, Rule]] = {"sgd": sgd}


def updates(rule: str, wrt: Sequence[str], rate: Node, gradients: Sequence[Node]) -> dict[str, Node]:
    """The new value of each parameter in ``wrt`` after one step; all gradients are taken at the old values."""
    step = RULES[rule]
    return {name: step(Symbol(name), rate, gradient) for name, gradient in zip(wrt, gradients, strict=True)}
