"""The functions a formula may use: one row each.

A row says how a function is written, what it is worth as a double and as a ball, where it is defined, and, as
formulas in ``x`` (and ``y``), its partial derivatives and its meaning in simpler functions. Every other room
works from these rows, so that a new function is one row here and its cases in ``tests/cases``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, NamedTuple

from examgrad.formula.tree import Apply, Node, substitute

Real = Callable[..., float]
Ball = Callable[..., Any]
"""A function of ``flint.arb`` balls; it calls their methods, so that this module need not import flint."""


class Function(NamedTuple):
    """One function.

    ``arity`` is the fewest and the most arguments (``None``: any number). ``rewrite`` gives its meaning in
    simpler functions and cases, ``derivatives`` a formula for each argument, ``requires`` the conditions under
    which it is a real number; all are texts in ``x`` and ``y``. A function of arrays has neither ``real`` nor
    ``ball``: it is expanded into scalars before anything is computed. ``arguments`` names what may be given by name,
    at its place; ``absent`` is what an argument is worth that is left out, where the tree always holds it.
    """

    name: str
    arity: tuple[int, int | None] = (1, 1)
    real: Real | None = None
    ball: Ball | None = None
    rewrite: str = ""
    derivatives: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    latex: str = ""
    of_arrays: bool = False
    arguments: tuple[str, ...] = ()
    absent: Fraction | None = None


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    return (e := math.exp(x)) / (1 + e)


def _tanh_ball(x: Any) -> Any:
    return x.tanh()


_ROWS: Final = (
    Function("exp", real=math.exp, ball=lambda x: x.exp(), derivatives=("exp(x)",)),
    Function(
        "log", real=math.log, ball=lambda x: x.log(), derivatives=("1/x",), requires=("x > 0",), spellings=("ln",)
    ),
    Function(
        "log2", real=math.log2, rewrite="log(x)/log(2)", requires=("x > 0",), latex=r"\log_2", spellings=("log₂",)
    ),
    Function(
        "log10",
        real=math.log10,
        rewrite="log(x)/log(10)",
        requires=("x > 0",),
        latex=r"\log_{10}",
        spellings=("lg", "log₁₀"),
    ),
    Function("sqrt", real=math.sqrt, ball=lambda x: x.sqrt(), rewrite="x^(1/2)", requires=("x >= 0",)),
    # trigonometric
    Function("sin", real=math.sin, ball=lambda x: x.sin(), derivatives=("cos(x)",)),
    Function("cos", real=math.cos, ball=lambda x: x.cos(), derivatives=("-sin(x)",)),
    Function(
        "tan",
        real=math.tan,
        ball=lambda x: x.tan(),
        rewrite="sin(x)/cos(x)",
        derivatives=("1 + tan(x)^2",),
        spellings=("tg",),
    ),
    Function("cot", rewrite="cos(x)/sin(x)", spellings=("ctg",)),
    Function("sec", rewrite="1/cos(x)"),
    Function("csc", rewrite="1/sin(x)", spellings=("cosec",)),
    Function(
        "asin",
        real=math.asin,
        ball=lambda x: x.asin(),
        derivatives=("1/sqrt(1 - x^2)",),
        requires=("x >= -1", "x <= 1"),
        spellings=("arcsin",),
        latex=r"\arcsin",
    ),
    Function(
        "acos",
        real=math.acos,
        ball=lambda x: x.acos(),
        derivatives=("-1/sqrt(1 - x^2)",),
        requires=("x >= -1", "x <= 1"),
        spellings=("arccos",),
        latex=r"\arccos",
    ),
    Function(
        "atan",
        real=math.atan,
        ball=lambda x: x.atan(),
        derivatives=("1/(1 + x^2)",),
        spellings=("arctan", "arctg"),
        latex=r"\arctan",
    ),
    # hyperbolic
    Function("sinh", real=math.sinh, ball=lambda x: x.sinh(), rewrite="(exp(x) - exp(-x))/2", derivatives=("cosh(x)",)),
    Function("cosh", real=math.cosh, ball=lambda x: x.cosh(), rewrite="(exp(x) + exp(-x))/2", derivatives=("sinh(x)",)),
    Function(
        "tanh",
        real=math.tanh,
        ball=_tanh_ball,
        rewrite="(exp(2 x) - 1)/(exp(2 x) + 1)",
        derivatives=("1 - tanh(x)^2",),
        spellings=("th",),
    ),
    Function("coth", rewrite="cosh(x)/sinh(x)"),
    Function("sech", rewrite="1/cosh(x)"),
    Function("csch", rewrite="1/sinh(x)"),
    Function(
        "asinh",
        real=math.asinh,
        ball=lambda x: x.asinh(),
        rewrite="log(x + sqrt(x^2 + 1))",
        derivatives=("1/sqrt(x^2 + 1)",),
        spellings=("arsinh", "arcsinh"),
        latex=r"\operatorname{arsinh}",
    ),
    Function(
        "acosh",
        real=math.acosh,
        ball=lambda x: x.acosh(),
        rewrite="log(x + sqrt(x - 1) sqrt(x + 1))",
        derivatives=("1/sqrt(x^2 - 1)",),
        requires=("x >= 1",),
        spellings=("arcosh", "arccosh"),
        latex=r"\operatorname{arcosh}",
    ),
    Function(
        "atanh",
        real=math.atanh,
        ball=lambda x: x.atanh(),
        rewrite="(log(1 + x) - log(1 - x))/2",
        derivatives=("1/(1 - x^2)",),
        requires=("x > -1", "x < 1"),
        spellings=("artanh", "arctanh"),
        latex=r"\operatorname{artanh}",
    ),
    # of deep learning
    Function("erf", real=math.erf, ball=lambda x: x.erf(), derivatives=("2/sqrt(pi) exp(-x^2)",)),
    Function(
        "sigmoid",
        real=_sigmoid,
        rewrite="1/(1 + exp(-x))",
        derivatives=("sigmoid(x) (1 - sigmoid(x))",),
        spellings=("sigmoid", "logistic", "expit"),
        latex=r"\sigma",
    ),
    Function("softplus", real=_softplus, rewrite="log(1 + exp(x))", derivatives=("sigmoid(x)",)),
    Function(
        "relu",
        real=lambda x: max(x, 0.0),
        rewrite="x if x > 0 else 0",
        derivatives=("[x > 0]",),
        spellings=("ReLU", "Relu", "RELU"),
    ),
    Function(
        "leaky_relu",
        (2, 2),
        rewrite="x if x > 0 else y x",
        derivatives=("1 if x > 0 else y", "0 if x > 0 else x"),
        spellings=("leakyrelu", "LeakyReLU", "lrelu"),
        latex=r"\operatorname{LeakyReLU}",
        absent=Fraction(1, 100),
    ),
    Function(
        "elu",
        (2, 2),
        rewrite="x if x > 0 else y (exp(x) - 1)",
        derivatives=("1 if x > 0 else y exp(x)", "0 if x > 0 else exp(x) - 1"),
        spellings=("ELU",),
        latex=r"\operatorname{ELU}",
        absent=Fraction(1),
    ),
    Function("gelu", rewrite="x/2 (1 + erf(x/sqrt(2)))", spellings=("GELU",), latex=r"\operatorname{GELU}"),
    Function("silu", rewrite="x sigmoid(x)", spellings=("SiLU", "swish", "Swish"), latex=r"\operatorname{SiLU}"),
    Function("softsign", rewrite="x/(1 + |x|)"),
    # with kinks and steps
    Function("abs", real=abs, ball=abs, rewrite="x if x > 0 else -x", derivatives=("sign(x)",)),
    Function(
        "sign",
        real=lambda x: float((x > 0) - (x < 0)),
        rewrite="1 if x > 0 else (-1 if x < 0 else 0)",
        derivatives=("0",),
        spellings=("sgn",),
    ),
    Function("max", (1, None), real=max, derivatives=("[x >= y]", "[y > x]"), latex=r"\max"),
    Function("min", (1, None), real=min, derivatives=("[x <= y]", "[y < x]"), latex=r"\min"),
    Function("floor", real=lambda x: float(math.floor(x)), ball=lambda x: x.floor(), derivatives=("0",)),
    Function(
        "ceil", real=lambda x: float(math.ceil(x)), ball=lambda x: x.ceil(), derivatives=("0",), spellings=("ceiling",)
    ),
    # of arrays
    *(
        Function(name, arity, spellings=spellings, of_arrays=True, latex=latex, arguments=arguments)
        for name, arity, spellings, latex, arguments in (
            ("mean", (1, 2), ("avg",), "", ("", "axis")),
            ("var", (1, 2), ("Var",), r"\operatorname{Var}", ("", "axis")),
            ("norm", (1, 3), (), "", ("", "ord", "axis")),
            ("softmax", (1, 2), ("Softmax",), "", ("", "axis")),
            ("logsoftmax", (1, 2), ("log_softmax", "LogSoftmax"), "", ("", "axis")),
            ("logsumexp", (1, 2), (), "", ("", "axis")),
            ("amax", (2, 2), (), r"\max", ("", "axis")),
            ("amin", (2, 2), (), r"\min", ("", "axis")),
            ("tr", (1, 1), ("trace", "Tr"), "", ()),
            ("det", (1, 1), (), r"\det", ()),
            ("logdet", (1, 1), (), r"\log\det", ()),
            ("inverse", (1, 1), ("inv",), "", ()),
            ("diag", (1, None), ("Diag",), "", ()),
            ("vec", (1, 1), (), "", ()),
            ("flatten", (1, 1), (), "", ()),
            ("reshape", (2, 4), (), "", ()),
            ("flip", (1, 1), ("rot180",), "", ()),
            ("upsample", (2, 2), (), "", ("", "size")),
            ("unpool", (3, 4), (), "", ("", "", "size", "stride")),
            ("dot", (2, 2), (), "", ()),
            ("inner", (2, 2), (), "", ()),
            ("outer", (2, 2), (), "", ()),
            ("onehot", (1, 2), ("one_hot",), "", ()),
            ("ones", (0, 2), (), "", ()),
            ("zeros", (1, 2), (), "", ()),
            ("eye", (1, 1), (), "", ()),
            ("conv2d", (2, 4), (), "", ("", "", "stride", "padding")),
            ("maxpool", (2, 3), ("maxpool2d",), "", ("", "size", "stride")),
            ("avgpool", (2, 3), ("avgpool2d",), "", ("", "size", "stride")),
        )
    ),
)

FUNCTIONS: Final[dict[str, Function]] = {row.name: row for row in _ROWS}

ARGUMENTS: Final[dict[str, str]] = {name: name for row in _ROWS for name in row.arguments if name} | {
    "dim": "axis", "p": "ord", "kernel_size": "size", "kernelsize": "size"
}  # fmt: skip
"""What an argument may be called that is given by name, to the name in the table."""

SPELLINGS: Final[dict[str, str]] = {"sum": "sum"} | {
    spelling: row.name for row in _ROWS for spelling in (row.name, *row.spellings)
}
"""Every word that names a function, to the function's own name; ``sum`` is the parser's own."""


@lru_cache(maxsize=512)
def _template(text: str) -> Node:
    from examgrad.formula.names import Names, Variable
    from examgrad.formula.parser import read

    return read(text, Names([Variable("x"), Variable("y")]), notation="plain")


def _fill(text: str, args: tuple[Node, ...]) -> Node:
    return substitute(_template(text), dict(zip(("x", "y"), args, strict=False)))


def rewritten(node: Apply) -> Node:
    """The node's function in simpler functions and cases; the node itself where it has no simpler form.

    ``max`` and ``min`` of any number of arguments become nested cases.
    """
    if node.op in ("max", "min"):
        return _extremum(node)
    row = FUNCTIONS.get(node.op)
    return _fill(row.rewrite, node.args) if row and row.rewrite else node


def _extremum(node: Apply) -> Node:
    best = node.args[0]
    relation = "gt" if node.op == "max" else "lt"
    for arg in node.args[1:]:
        best = Apply("cases", (best, Apply(relation, (best, arg)), arg))
    return best


def partial_derivatives(node: Apply) -> tuple[Node, ...] | None:
    """The derivative of the node's function in each of its arguments, at those arguments.

    ``None`` where the table has none and :func:`rewritten` should be differentiated instead.
    """
    templates = derivative_templates(node.op, len(node.args))
    if templates is None:
        return None
    return tuple(substitute(text, dict(zip(("x", "y"), node.args, strict=False))) for text in templates)


def derivative_templates(name: str, arity: int) -> tuple[Node, ...] | None:
    """A function's derivative in each of its arguments, as formulas in ``x`` (and ``y``); ``None`` if it has none."""
    row = FUNCTIONS.get(name)
    return tuple(map(_template, row.derivatives)) if row and len(row.derivatives) == arity else None


def rewrite_template(name: str) -> Node | None:
    """A function's meaning in simpler functions, as a formula in ``x`` (and ``y``); ``None`` if it has none."""
    row = FUNCTIONS.get(name)
    return _template(row.rewrite) if row and row.rewrite else None
