"""Is a formula written in a form: factored, expanded, simplified, a number, without derivatives?

A formula is judged as it was written; whether it is equal to anything is not asked here. Functions are looked at
from outside: ``log(x)^2 - 1`` is a polynomial in ``log(x)``, and what stands inside the logarithm is its own affair
(except for *simplified*, which looks everywhere). The forms:

``factored``
    A product of whole powers of sums that cannot be factored over the rationals, with numbers taken out; of a
    quotient, numerator and denominator each. A sum that cannot be factored is factored as it stands.
``expanded``
    No product and no whole power holds a sum, like terms are collected, and a sum over a single product is split:
    ``(x + 1)/2`` is not expanded, ``x/(x + 1)`` is.
``simplified``
    Numbers folded, like terms and equal factors collected, fractions in lowest terms, none inside another, values
    such as ``log(e)`` and ``exp(0)`` carried out. No identity between functions is asked for.
``number``
    A numeral: an integer, a decimal, scientific notation or a fraction of two integers, with a sign; no arithmetic.
``no_derivatives``
    No derivative or gradient is named.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, get_args

from examgrad.equality.emitter import UnsupportedFormula
from examgrad.equality.forms.parts import operation, shown, unsigned, whole_number
from examgrad.equality.forms.products import why_not_expanded, why_not_factored
from examgrad.equality.forms.simplified import why_not_simplified
from examgrad.equality.polynomials import TooLarge
from examgrad.formula.tree import Node, Number

Form = Literal["factored", "expanded", "simplified", "number", "no_derivatives"]
FORMS: Final[tuple[str, ...]] = get_args(Form)


class FormUnknown(Exception):
    """The formula is too large for its form to be judged."""


def in_form(node: Node, form: str) -> str | None:
    """Why a scalar formula is not in a form, in words that go on after "not factored: "; ``None`` where it is.

    Raises :class:`FormUnknown`.
    """
    try:
        return _JUDGES[form](node)
    except (TooLarge, RecursionError, UnsupportedFormula) as error:
        raise FormUnknown from error
    except ZeroDivisionError:
        return "it divides by zero"


def described(form: str) -> str:
    """The form as an adjective: ``not …``."""
    return {"number": "a number written out", "no_derivatives": "free of derivatives"}.get(form, form)


def _numeral(node: Node) -> str | None:
    node = unsigned(node) if operation(node) == "neg" and operation(node.args[0]) != "neg" else node
    if isinstance(node, Number):
        return None
    if operation(node) == "div" and all(whole_number(arg) is not None for arg in node.args):
        return None
    if operation(node) == "mul" and len(node.args) == 2 and isinstance(node.args[0], Number):
        power = node.args[1]
        if operation(power) == "pow" and power.args[0] == Number(10) and whole_number(power.args[1]) is not None:
            return None
    if node.symbols():
        return f"{', '.join(sorted(node.symbols()))} stands in it"
    return f"{shown(node)} is still to be worked out"


def _underived(node: Node) -> str | None:
    for item in node.walk():
        if operation(item) in ("derivative", "gradient"):
            return f"{shown(item)} stands in it"
    return None


_JUDGES: Final[dict[str, Callable[[Node], str | None]]] = {
    "factored": why_not_factored, "expanded": why_not_expanded, "simplified": why_not_simplified, "number": _numeral,
    "no_derivatives": _underived,
}  # fmt: skip
