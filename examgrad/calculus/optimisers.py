"""Optimiser steps: one parameter's new value from its gradient. A rule is one function and one row of RULES.

A rule writes its lines in the signs below; :mod:`examgrad.calculus.optimiser_steps` puts formulas or numbers in for
them. With weight decay λ, :data:`GRADIENT` is the gradient plus λ times the parameter, as of a loss with λ/2 ‖w‖².
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from examgrad.formula.tree import ONE, Apply, Node, Symbol, add, div, mul, neg, power, sub

PARAMETER: Final = Symbol("·parameter")
GRADIENT: Final = Symbol("·gradient")
RATE: Final = Symbol("·rate")
MOMENTUM: Final = Symbol("·momentum")
DECAY: Final = Symbol("·decay")
BETA1: Final = Symbol("·beta1")
BETA2: Final = Symbol("·beta2")
EPSILON: Final = Symbol("·epsilon")
WEIGHT_DECAY: Final = Symbol("·weight_decay")
STEP: Final = Symbol("·step")
VELOCITY: Final = Symbol("·velocity")
MOMENT: Final = Symbol("·moment")
SQUARES: Final = Symbol("·squares")
CORRECTED: Final = {name: Symbol(f"·corrected {name}") for name in ("moment", "squares")}
"""Adam's moments with their bias corrected."""


def new(sign: Symbol) -> Symbol:
    """The sign for the new value of what a sign stands for."""
    return Symbol(f"{sign.name} new")


class Assignment(NamedTuple):
    """One line of a rule: what it gives, in words and as a sign, and the formula."""

    words: str
    target: Symbol
    value: Node


class Recipe(NamedTuple):
    """A rule's lines in their order; ``at`` is where the gradient is taken, if not at the parameter."""

    lines: tuple[Assignment, ...]
    at: Node = PARAMETER


Squared = Callable[[Node], Node]
"""The square of a number, or of an array entry by entry."""
Form = Callable[[Squared], Recipe]


class Rule(NamedTuple):
    """``needs`` are the exam's fields that the rule cannot do without, ``takes`` further ones, ``state`` what it keeps.

    ``forms`` are its formulations in different books, the default first, each with the words that tell it apart.
    """

    needs: tuple[str, ...]
    takes: tuple[str, ...]
    state: tuple[str, ...]
    forms: Mapping[str, tuple[Form, str]]


def rest(share: Node) -> Node:
    """One minus a share, written in this order."""
    return Apply("add", (ONE, neg(share)))


def _stepped(value: Node) -> Assignment:
    return Assignment("new parameter", new(PARAMETER), value)


def _velocity(value: Node) -> Assignment:
    return Assignment("new velocity", new(VELOCITY), value)


def sgd(squared: Squared) -> Recipe:
    """Stochastic gradient descent: ``w ← w − η g``.

    Source: H. Robbins and S. Monro, A Stochastic Approximation Method, Annals of Mathematical Statistics 22 (1951).
    """
    return Recipe((_stepped(sub(PARAMETER, mul(RATE, GRADIENT))),))


def momentum(squared: Squared) -> Recipe:
    """Momentum as PyTorch has it: ``v ← β v + g``, ``w ← w − η v``.

    Source: B. Polyak, Some methods of speeding up the convergence of iteration methods, USSR Computational Mathematics
    and Mathematical Physics 4 (1964); in this form ``torch.optim.SGD`` (dampening 0).
    """
    return Recipe((
        _velocity(add(mul(MOMENTUM, VELOCITY), GRADIENT)),
        _stepped(sub(PARAMETER, mul(RATE, new(VELOCITY)))),
    ))  # fmt: skip


def momentum_with_rate(squared: Squared) -> Recipe:
    """Momentum whose velocity carries the rate: ``v ← β v − η g``, ``w ← w + v``.

    Source: I. Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013,
    equations 1 and 2; I. Goodfellow et al., Deep Learning (2016), algorithm 8.2.
    """
    return Recipe((
        _velocity(sub(mul(MOMENTUM, VELOCITY), mul(RATE, GRADIENT))), _stepped(add(PARAMETER, new(VELOCITY)))
    ))  # fmt: skip


def momentum_averaged(squared: Squared) -> Recipe:
    """Momentum as a running average: ``v ← β v + (1 − β) g``, ``w ← w − η v``.

    Source: A. Ng, Deep Learning Specialization, course 2, Gradient descent with momentum (2017).
    """
    return Recipe((
        _velocity(add(mul(MOMENTUM, VELOCITY), mul(rest(MOMENTUM), GRADIENT))),
        _stepped(sub(PARAMETER, mul(RATE, new(VELOCITY)))),
    ))  # fmt: skip


def nesterov(squared: Squared) -> Recipe:
    """Nesterov's momentum as PyTorch has it, with the gradient at the parameter: ``w ← w − η (g + β v)``, v new.

    Source: ``torch.optim.SGD(nesterov=True)``; Y. Bengio et al., Advances in optimizing recurrent networks, ICASSP
    2013, equations 6 and 7.
    """
    return Recipe((
        _velocity(add(mul(MOMENTUM, VELOCITY), GRADIENT)),
        _stepped(sub(PARAMETER, mul(RATE, add(GRADIENT, mul(MOMENTUM, new(VELOCITY)))))),
    ))  # fmt: skip


def nesterov_ahead(squared: Squared) -> Recipe:
    """Nesterov's momentum with the gradient ahead: ``v ← β v − η ∇L(w + β v)``, ``w ← w + v``.

    Source: I. Sutskever et al. (as above), equations 3 and 4, after Y. Nesterov, Soviet Mathematics Doklady 27 (1983);
    Goodfellow et al. (2016), algorithm 8.3.
    """
    return Recipe(momentum_with_rate(squared).lines, add(PARAMETER, mul(MOMENTUM, VELOCITY)))


def nesterov_with_rate(squared: Squared) -> Recipe:
    """Nesterov's momentum, reformulated, whose velocity carries the rate: ``w ← w − β v_old + (1 + β) v``.

    Source: A. Karpathy et al., CS231n, Neural networks part 3, Nesterov momentum.
    """
    ahead = sub(mul(Apply("add", (ONE, MOMENTUM)), new(VELOCITY)), mul(MOMENTUM, VELOCITY))
    return Recipe((momentum_with_rate(squared).lines[0], _stepped(add(PARAMETER, ahead))))


def nesterov_ahead_without_rate(squared: Squared) -> Recipe:
    """Nesterov's momentum with the gradient ahead: ``v ← β v + ∇L(w − η β v)``, ``w ← w − η v``.

    Source: S. Ruder, An overview of gradient descent optimization algorithms, arXiv:1609.04747 (2016), section 4.2.
    """
    return Recipe(momentum(squared).lines, sub(PARAMETER, mul(RATE, MOMENTUM, VELOCITY)))


def _summed(squared: Squared) -> Assignment:
    return Assignment("new sum of squares", new(SQUARES), add(SQUARES, squared(GRADIENT)))


def adagrad(squared: Squared) -> Recipe:
    """Adagrad: ``s ← s + g²``, ``w ← w − η g/(√s + ε)``.

    Source: J. Duchi et al., Adaptive Subgradient Methods, Journal of Machine Learning Research 12 (2011), with ε as in
    ``torch.optim.Adagrad``; Goodfellow et al. (2016), algorithm 8.4.
    """
    return Recipe((_summed(squared), _scaled(GRADIENT, _outside(new(SQUARES)))))


def adagrad_inside(squared: Squared) -> Recipe:
    """Adagrad with ε below the root: ``w ← w − η g/√(s + ε)``.

    Source: Ruder (2016), section 4.3; A. Zhang et al., Dive into Deep Learning (2023), section 12.7.
    """
    return Recipe((_summed(squared), _scaled(GRADIENT, _inside(new(SQUARES)))))


def _averaged(squared: Squared) -> Assignment:
    value = add(mul(DECAY, SQUARES), mul(rest(DECAY), squared(GRADIENT)))
    return Assignment("new mean of squares", new(SQUARES), value)


def rmsprop(squared: Squared) -> Recipe:
    """RMSProp: ``s ← ρ s + (1 − ρ) g²``, ``w ← w − η g/(√s + ε)``.

    Source: G. Hinton, Neural Networks for Machine Learning, lecture 6e (2012), with ε as in ``torch.optim.RMSprop``.
    """
    return Recipe((_averaged(squared), _scaled(GRADIENT, _outside(new(SQUARES)))))


def rmsprop_inside(squared: Squared) -> Recipe:
    """RMSProp with ε below the root: ``w ← w − η g/√(s + ε)``.

    Source: Goodfellow et al. (2016), algorithm 8.5; Zhang et al. (2023), section 12.8.
    """
    return Recipe((_averaged(squared), _scaled(GRADIENT, _inside(new(SQUARES)))))


def adam(squared: Squared) -> Recipe:
    """Adam: moments m and v, their bias corrected, ``w ← w − η m̂/(√v̂ + ε)``.

    Source: D. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015, algorithm 1.
    """
    return Recipe((*_moments(squared), *_corrections(), _scaled(CORRECTED["moment"], _outside(CORRECTED["squares"]))))


def adam_inside(squared: Squared) -> Recipe:
    """Adam with ε below the root: ``w ← w − η m̂/√(v̂ + ε)``."""
    return Recipe((*_moments(squared), *_corrections(), _scaled(CORRECTED["moment"], _inside(CORRECTED["squares"]))))


def adam_uncorrected(squared: Squared) -> Recipe:
    """Adam without the correction of its bias: ``w ← w − η m/(√v + ε)``."""
    return Recipe((*_moments(squared), _scaled(new(MOMENT), _outside(new(SQUARES)))))


def _moments(squared: Squared) -> tuple[Assignment, ...]:
    first = add(mul(BETA1, MOMENT), mul(rest(BETA1), GRADIENT))
    second = add(mul(BETA2, SQUARES), mul(rest(BETA2), squared(GRADIENT)))
    return Assignment("new first moment", new(MOMENT), first), Assignment("new second moment", new(SQUARES), second)


def _corrections() -> tuple[Assignment, ...]:
    first = div(new(MOMENT), rest(power(BETA1, STEP)))
    second = div(new(SQUARES), rest(power(BETA2, STEP)))
    return (
        Assignment("bias correction", CORRECTED["moment"], first),
        Assignment("bias correction", CORRECTED["squares"], second),
    )


def _scaled(direction: Node, scale: Node) -> Assignment:
    return _stepped(sub(PARAMETER, div(mul(RATE, direction), scale)))


def _outside(squares: Node) -> Node:
    return add(Apply("sqrt", (squares,)), EPSILON)


def _inside(squares: Node) -> Node:
    return Apply("sqrt", (add(squares, EPSILON),))


_AHEAD: Final = "the gradient is taken ahead"
_INSIDE: Final = "ε stands below the root, √(s + ε)"
_OUTSIDE: Final = "ε stands beside the root, √s + ε"

RULES: Final[Mapping[str, Rule]] = {
    "sgd": Rule((), (), (), {"torch": (sgd, "w − η g")}),
    "momentum": Rule(("momentum",), ("velocity",), ("velocity",), {
        "torch": (momentum, "v ← β v + g, w ← w − η v"),
        "sutskever": (momentum_with_rate, "v ← β v − η g, w ← w + v: the velocity carries the rate"),
        "average": (momentum_averaged, "v ← β v + (1 − β) g, w ← w − η v: a running average"),
    }),
    "nesterov": Rule(("momentum",), ("velocity",), ("velocity",), {
        "torch": (nesterov, "v ← β v + g, w ← w − η (g + β v), with the gradient at w"),
        "sutskever": (nesterov_ahead, f"v ← β v − η ∇L(w + β v), w ← w + v: {_AHEAD}"),
        "lookahead": (nesterov_ahead_without_rate, f"v ← β v + ∇L(w − η β v), w ← w − η v: {_AHEAD}"),
        "cs231n": (nesterov_with_rate, "v ← β v − η g, w ← w − β v_old + (1 + β) v: the velocity carries the rate"),
    }),
    "adagrad": Rule((), ("epsilon", "squares"), ("squares",), {
        "torch": (adagrad, _OUTSIDE), "inside": (adagrad_inside, _INSIDE),
    }),
    "rmsprop": Rule(("decay",), ("epsilon", "squares"), ("squares",), {
        "torch": (rmsprop, _OUTSIDE), "inside": (rmsprop_inside, _INSIDE),
    }),
    "adam": Rule(("beta1", "beta2"), ("epsilon", "moment", "squares", "step"), ("moment", "squares"), {
        "torch": (adam, "with its bias corrected, ε beside the root"),
        "inside": (adam_inside, "ε stands below the root, √(v̂ + ε)"),
        "uncorrected": (adam_uncorrected, "without the correction of its bias"),
    }),
}  # fmt: skip
