"""What a wrong new value is: the rule with one mistake in it, or the rule as another book has it.

The rule is carried out with one change at a time until it gives the student's value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from examgrad.calculus.optimiser_steps import Settings, filled, sign_of
from examgrad.calculus.optimisers import (
    BETA1,
    BETA2,
    CORRECTED,
    DECAY,
    GRADIENT,
    MOMENTUM,
    PARAMETER,
    Recipe,
    new,
    rest,
)
from examgrad.errors import ExamgradError
from examgrad.exam.model import Answer, Part
from examgrad.formula.tree import HALF, ONE, ZERO, Apply, Node, Number, Symbol, add, mul, neg, rebuild, transform
from examgrad.kinds.base import Diagnosis, Key, Outcome
from examgrad.kinds.derived import about_arrays
from examgrad.kinds.matrix import Arrays
from examgrad.kinds.numbers import check_numbers
from examgrad.kinds.reading import Formula, Unreadable
from examgrad.kinds.update_gradients import Gradients, in_array_terms
from examgrad.kinds.updating import Target, Updating


class Slip(NamedTuple):
    """A change that makes the rule wrong (or another book's): what is told, and how the rule is carried out with it."""

    code: str
    message: str
    settings: Settings | None = None
    change: Callable[[Recipe], Recipe] = lambda recipe: recipe
    forget: bool = False
    turn: Callable[[Node], Node] = lambda node: node
    fewer: int = 0


def explained(
    part: Part, outcome: Outcome, entries: Sequence[Formula | Unreadable | None], targets: Sequence[Target],
    gradients: Gradients,
) -> Outcome:  # fmt: skip
    """The outcome with the slip that makes its first wrong value."""
    if outcome.verdict not in ("incorrect", "partial"):
        return outcome
    wrong = [cell.verdict == "incorrect" for cell in outcome.cells] or [outcome.verdict == "incorrect"]
    for entry, target, is_wrong in zip(entries, targets, wrong, strict=True):
        if not is_wrong or entry is None or isinstance(entry, Unreadable):
            continue
        slip = _slip_of(part, entry, target, gradients)
        if slip is None:
            return outcome
        prefix = f"new {target.name}: " if len(targets) > 1 else ""
        diagnosis = Diagnosis(slip.code, prefix + slip.message)
        kept = tuple(item for item in outcome.diagnoses if item.code in ("sizes", "wrong-size"))
        return outcome._replace(diagnoses=(*kept, diagnosis), unequal=())
    return outcome


def _slip_of(part: Part, entry: Formula, target: Target, gradients: Gradients) -> Slip | None:
    arrays = Arrays(part.given) if about_arrays(part.given, gradients.of, *gradients.wrt) else None
    trees = [item.tree for item in in_array_terms(entry, arrays, gradients)] if arrays else [entry.tree]
    for slip, value in _values(gradients, target):
        for tree in trees:
            equal = arrays.decide(tree, value).verdict == "equal" if arrays else entry.scope.equal(tree, value)
            if equal:
                return slip
    return None


def numeric_slip(part: Part, written: object, target: Target, gradients: Gradients) -> Diagnosis | None:
    """The slip that makes a wrong number."""
    for slip, value in _values(gradients, target):
        key = Key(part.name, part.kind, "", tree=value)
        try:
            if check_numbers(part, Answer(written), key).verdict == "correct":  # type: ignore[arg-type]
                return Diagnosis(slip.code, slip.message)
        except (Unreadable, ExamgradError):
            return None
    return None


def _values(gradients: Gradients, target: Target) -> Iterator[tuple[Slip, Node]]:
    """Every slip with the new value that it makes, where that is another than the right one."""
    try:
        updating = gradients.updating
        right = updating.result().values
    except ExamgradError:
        return
    for slip in _slips(updating):
        try:
            values = updating.result(
                settings=slip.settings, change=slip.change, forget=slip.forget, turn=slip.turn, fewer=slip.fewer
            )
        except (ExamgradError, ValueError):
            continue
        value = values.values.get((target.parameter, target.state))
        if value is not None and value != right[target.parameter, target.state]:
            yield slip, value


# -- the slips --------------------------------------------------------------------------------------------------------


def _slips(updating: Updating) -> Iterator[Slip]:
    """The rule in its other forms, then with one mistake at a time."""
    settings, rule, name = updating.settings, updating.rule, updating.fields.rule
    _, own = rule.forms[settings.formulation]
    for form, (_, words) in rule.forms.items():
        if form != settings.formulation and form != "uncorrected":
            message = f"This is another common form of {name}: {words}. Asked for was: {own}."
            yield Slip("formulation", message, settings._replace(formulation=form))
    if name == "nesterov":
        plain = "torch" if settings.formulation in ("torch", "lookahead") else "sutskever"
        yield Slip(
            "no-lookahead",
            "This is plain momentum: the step ahead is missing.",
            settings._replace(rule="momentum", formulation=plain),
        )
    yield from _correction_slips(settings)
    yield from _decay_slips(settings)
    if updating.fields.steps > 1:
        yield Slip(
            "step-missing", f"This is the value one step earlier: {updating.fields.steps} were asked for.", fewer=1
        )
    if rule.state:
        yield Slip(
            "state-forgotten", f"What the rule keeps from the steps before ({' and '.join(rule.state)}) is left out.",
            forget=True,
        )  # fmt: skip
        yield Slip(
            "old-state", "The parameter is moved by the old value of what the rule keeps, not by the new one.",
            change=lambda recipe: _moved_by_old(recipe, rule.state),
        )  # fmt: skip
    yield Slip("uphill", "The step goes uphill: the rate times the direction is subtracted, not added.", change=_uphill)
    yield Slip("sign", "The gradient has the wrong sign.", turn=neg)
    yield Slip("rate-missing", "The learning rate is missing.", _with(settings, rate=ONE))
    if settings.values["epsilon"] != ZERO:
        yield Slip("epsilon-missing", "ε is missing.", _with(settings, epsilon=ZERO))
    yield Slip("square-missing", "The gradient is not squared.", change=lambda recipe: _replaced(recipe, _unsquared))
    yield Slip("root-missing", "The square root is missing.", change=lambda recipe: _replaced(recipe, _unrooted))
    yield from _weight_slips(settings)
    if name == "adam":
        swapped = _with(settings, beta1=settings.values["beta2"], beta2=settings.values["beta1"])
        yield Slip("betas-swapped", "β₁ and β₂ are swapped.", swapped)
    yield Slip("factor", "The gradient is twice the right one.", turn=lambda node: mul(Number(2), node))
    yield Slip("factor", "The gradient is half the right one.", turn=lambda node: mul(HALF, node))


def _with(settings: Settings, **values: Node) -> Settings:
    return settings._replace(values={**settings.values, **values})


def _correction_slips(settings: Settings) -> Iterator[Slip]:
    """Adam's bias correction left out, done to one moment only, or with another number of steps."""
    if settings.rule != "adam" or settings.formulation == "uncorrected":
        return
    missing = "The bias correction is missing: m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) belong in the step."
    yield Slip("bias-correction", missing, change=lambda recipe: _uncorrected(recipe, ("moment", "squares")))
    for kind, words in (("moment", "first"), ("squares", "second")):
        yield Slip(
            "bias-correction", f"The bias correction of the {words} moment is missing.",
            change=lambda recipe, kind=kind: _uncorrected(recipe, (kind,)),  # type: ignore[misc]
        )  # fmt: skip
    step = settings.values.get("step", ONE)
    for shift in (1, -1):
        moved = add(step, Number(shift))
        if moved != ZERO:
            words = "one more" if shift > 0 else "one less"
            yield Slip(
                "step-number", f"The bias correction counts {words} step than was taken.", _with(settings, step=moved)
            )


def _uncorrected(recipe: Recipe, kinds: Sequence[str]) -> Recipe:
    values: dict[Node, Node] = {CORRECTED[kind]: new(sign_of(kind)) for kind in kinds}
    return _in_lines(recipe, values, lambda target: target not in CORRECTED.values())


def _decay_slips(settings: Settings) -> Iterator[Slip]:
    """The weights of a running average swapped, or one of them left out."""
    for sign, shown in ((MOMENTUM, "β"), (DECAY, "ρ"), (BETA1, "β₁"), (BETA2, "β₂")):
        field = sign.name.removeprefix("·")
        value = settings.values.get(field)
        if value is None:
            continue
        if settings.rule != "nesterov":
            yield Slip(
                "weights-swapped", f"{shown} and 1 − {shown} are swapped.", _with(settings, **{field: rest(value)})
            )
        yield Slip(
            "weight-missing", f"The factor 1 − {shown} before the new term is missing.",
            change=lambda recipe, sign=sign: _replaced(recipe, lambda node: ONE if node == rest(sign) else node),  # type: ignore[misc]
        )  # fmt: skip


def _weight_slips(settings: Settings) -> Iterator[Slip]:
    """Weight decay left out, with the wrong sign or factor, or coupled where it is not."""
    if settings.weight_decay == ZERO:
        return
    decay = settings.weight_decay
    yield Slip("weight-decay", "The weight decay is missing.", settings._replace(weight_decay=ZERO))
    kind = "added to the gradient" if settings.decoupled else "applied to the parameter itself (decoupled, as in AdamW)"
    asked = "applied to the parameter itself" if settings.decoupled else "added to the gradient"
    yield Slip(
        "weight-decay", f"The weight decay is {kind}; asked for was that it is {asked}.",
        settings._replace(decoupled=not settings.decoupled),
    )  # fmt: skip
    yield Slip("weight-decay", "The weight decay has the wrong sign.", settings._replace(weight_decay=neg(decay)))
    yield Slip(
        "weight-decay", "The weight decay is twice the right one: λ w is the gradient of λ/2 ‖w‖².",
        settings._replace(weight_decay=mul(Number(2), decay)),
    )  # fmt: skip


def _in_lines(recipe: Recipe, values: Mapping[Node, Node], where: Callable[[Symbol], bool]) -> Recipe:
    lines = [line._replace(value=filled(line.value, values)) if where(line.target) else line for line in recipe.lines]
    return recipe._replace(lines=tuple(lines))


def _replaced(recipe: Recipe, change: Callable[[Node], Node]) -> Recipe:
    lines = [line._replace(value=transform(line.value, change)) for line in recipe.lines]
    return recipe._replace(lines=tuple(lines))


def _moved_by_old(recipe: Recipe, kept: Sequence[str]) -> Recipe:
    values: dict[Node, Node] = {new(sign_of(kind)): sign_of(kind) for kind in kept}
    return _in_lines(recipe, values, lambda target: target == new(PARAMETER) or target in CORRECTED.values())


def _uphill(recipe: Recipe) -> Recipe:
    """``w + …`` for ``w − …``: the way from the parameter is turned round."""
    turned = []
    for line in recipe.lines:
        value = line.value
        if line.target == new(PARAMETER) and isinstance(value, Apply) and value.op == "add":
            value = rebuild(value, tuple(arg if arg == PARAMETER else neg(arg) for arg in value.args))
        turned.append(line._replace(value=value))
    return recipe._replace(lines=tuple(turned))


def _unsquared(node: Node) -> Node:
    if isinstance(node, Apply) and node.op in ("pow", "hadamard") and node.args[0] == GRADIENT:
        return GRADIENT
    return node


def _unrooted(node: Node) -> Node:
    return node.args[0] if isinstance(node, Apply) and node.op == "sqrt" else node
