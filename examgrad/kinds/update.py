"""``update``: one step of an optimiser, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from examgrad.calculus.optimiser_steps import MAX_STEPS
from examgrad.calculus.optimisers import RULES
from examgrad.errors import DerivationError, Diagnostic
from examgrad.exam.document import Mapping as YamlMapping
from examgrad.exam.document import Value
from examgrad.exam.fields import (
    Array,
    Fields,
    Formula,
    NameList,
    OneOrMany,
    Raw,
    Reads,
    Tolerance,
    Truth,
    Whole,
    nearest,
)
from examgrad.exam.model import Answer, Exam, Part
from examgrad.exam.readers import read_formula
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of
from examgrad.formula.tree import Apply, Node, Number, Symbol
from examgrad.kinds.array_numbers import numberless
from examgrad.kinds.base import Derive, Key, Kind, Outcome, formula_key, review
from examgrad.kinds.derived import (
    about_arrays,
    author_error,
    canonical,
    canonicals,
    derivative_problems,
    key_syntax_problem,
    name_problems,
    of_and_wrt,
    one_of,
    read_formula_of,
    tolerance_problems,
)
from examgrad.kinds.entry_names import Entry, entry_named
from examgrad.kinds.judging import Place, judge_all, unread
from examgrad.kinds.number_texts import in_json, latex, plain, unicode
from examgrad.kinds.reading import Formula as Reading
from examgrad.kinds.reading import Unreadable
from examgrad.kinds.update_answers import read_updates
from examgrad.kinds.update_gradients import Gradients, in_array_terms
from examgrad.kinds.update_numbers import check_new_numbers
from examgrad.kinds.update_slips import explained
from examgrad.kinds.updating import SETTINGS, STATES, Target, Updating

_ONLY_NAMED: Final = "The gradient is named but not worked out; a person decides whether that was asked."
_SLOPES: Final = ("derivative", "gradient")
ASK: Final = ("parameters", "state")


def read_by_name(value: Value) -> Any:
    """A formula, or a mapping of a formula for each name."""
    if isinstance(value, YamlMapping):
        return {str(name): read_formula(item) for name, item in value.items()}
    return read_formula(value)


ByName = Annotated[Any, Reads(read_by_name, {"type": ["string", "number", "array", "object"]})]
"""One formula, or one for each name."""


class UpdateFields(Fields):
    """The fields of an optimiser's step."""

    needs = ("equations",)
    rule: Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
    of: NameList
    wrt: NameList
    rate: Formula
    formulation: Literal["torch", "sutskever", "average", "lookahead", "cs231n", "inside", "uncorrected"] = "torch"
    momentum: Formula | None = None
    decay: Formula | None = None
    beta1: Formula | None = None
    beta2: Formula | None = None
    epsilon: Formula | None = None
    weight_decay: Formula | None = None
    decoupled: Truth = False
    velocity: ByName | None = None
    moment: ByName | None = None
    squares: ByName | None = None
    step: Formula | None = None
    steps: Whole = 1
    ask: OneOrMany = ("parameters",)  # type: ignore[assignment]
    at: dict[str, Array] | None = None
    tolerance: Tolerance | None = None
    key: Raw = None


class Update(Kind):
    """The key is derived: the new value of each name.

    Gradients may stay named where a rule has more to it, or another part of the problem asks for them: alone,
    ``w - η ∂L/∂w`` works nothing out.
    """

    name = "update"
    fields = UpdateFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, names that the loss does not depend on, and fields that do not go with the rule."""
        fields = part.fields
        found = one_of(part) + derivative_problems(part, part.given)
        found += _rule_problems(part)
        texts = [getattr(fields, name) for name in (*SETTINGS, "weight_decay")]
        for name in STATES:
            stated = getattr(fields, name)
            if isinstance(stated, Mapping):
                found += name_problems(list(stated), part.given, name)
                texts += stated.values()
            else:
                texts.append(stated)
        found += [problem for text in texts if text is not None and (problem := key_syntax_problem(text, part.given))]
        if fields.at is not None:
            found += name_problems(list(fields.at), part.given, "at")
        if fields.at is not None and not found:
            formulas = [read_formula_of(text, part.given) for text in texts if text is not None]
            names = [Symbol(canonical(name, part.given)) for name in (*fields.of, *fields.wrt)]
            found += numberless(part.given, fields.at, [*formulas, *names], fields.of[0])
        return found + tolerance_problems(fields.tolerance, fields.rule)

    def key(self, part: Part, exam: Exam, derive: Derive) -> Key:
        """``name_new = …`` for each name, and for what the rule keeps where that is asked for."""
        of, wrt = of_and_wrt(part)
        from examgrad.calculus.matrix.named import written_out
        from examgrad.kinds.update_steps import Telling  # a key that was kept has its steps

        derived = derive("gradient", part.given, (of,), wrt)
        tree = written_out(derived.tree, derived.where)
        updating = Updating(part, gradients_of(part, tree))
        result = updating.result()
        targets = updating.asked()
        values = [result.values[item.parameter, item.state] for item in targets]
        tree = values[0] if len(values) == 1 else Apply("array", tuple(values))
        names = [Symbol(f"{item.name}_new") for item in targets]
        texts = [
            ", ".join(f"{show(name)} = {show(value)}" for name, value in zip(names, values, strict=True))
            for show in (plain, latex, unicode)
        ]
        steps = (*derived.steps, *Telling(updating).steps(result))
        key = formula_key(self.name, part.name, tree, *names, verified=derived.verified, steps=steps)
        numbers = None
        if updating.numeric:
            numbers = [in_json(value) for value in values] if len(values) > 1 else in_json(values[0])
        return key._replace(text=texts[0], latex=texts[1], unicode=texts[2], value=numbers)

    def check(self, part: Part, exam: Exam, key: Key, answer: Answer) -> Outcome:
        """Judge the new value of each name by itself."""
        of, wrt = of_and_wrt(part)
        assert key.tree is not None
        gradients = Gradients(part, of, wrt)
        updating = Updating(part, [Number(0)] * len(wrt))
        targets = updating.asked()
        keys = [key.tree] if len(targets) == 1 else list(key.tree.args)
        if updating.numeric:
            return check_new_numbers(part, answer, targets, keys, gradients)
        found = read_updates(answer, part.given, updating.targets(), of)
        entries = [found.get(item.name) for item in targets]
        if about_arrays(part.given, of, *wrt):
            outcome = _check_arrays(part, entries, keys, targets, gradients)
        else:
            places = [Place(row, 1, f"new {printer.unicode_name(item.name)}") for row, item in enumerate(targets, 1)]
            asked = [None] * len(targets)
            outcome = judge_all(entries, keys, places, asked, by_entry=part.credit.entries)
        if outcome.verdict in ("correct", "partial") and _only_the_rule(part, exam, entries, gradients):
            return review(_ONLY_NAMED, "not-worked-out")._replace(answer=outcome.answer, cells=outcome.cells)
        return explained(part, outcome, entries, targets, gradients)


def _only_the_rule(
    part: Part, exam: Exam, entries: Sequence[Reading | Unreadable | None], gradients: Gradients
) -> bool:
    """Whether an answer is plain gradient descent with a gradient that it names, and that no part works out."""
    if part.fields.rule != "sgd" or part.fields.weight_decay is not None:
        return False
    named = {
        item
        for entry in entries
        if isinstance(entry, Reading)
        for item in map(entry_named, entry.scope.without_own(entry.tree).walk())
    }
    elsewhere = [other for other in exam.parts if other.problem == part.problem and other.kind in _SLOPES]
    known = {entry for other in elsewhere for entry in _entries(other)}
    return any(Entry(Symbol(gradients.of), (Symbol(name),)) in named - known for name in gradients.wrt)


def _entries(part: Part) -> list[Entry]:
    """The derivatives that a part asks for, whole where they are by arrays."""
    of, wrt = (canonicals(names, part.given) for names in (part.fields.of, part.fields.wrt))
    if part.kind == "derivative":
        return [Entry(Symbol(of[0]), tuple(map(Symbol, wrt)))]
    return [Entry(Symbol(of[0]), (Symbol(name),)) for name in wrt]


def gradients_of(part: Part, tree: Node) -> list[Node]:
    """The gradients by each name of ``wrt``, from what they were derived as."""
    if len(part.fields.wrt) > 1:
        return list(tree.args)
    scalar = not part.given.names.variables[canonical(part.fields.wrt[0], part.given)].shape
    return list(entries_of(tree)) if scalar else [tree]


def _rule_problems(part: Part) -> list[Diagnostic]:
    """Fields that the rule needs or does not know."""
    fields = part.fields
    rule = RULES[fields.rule]
    found = []
    for name in rule.needs:
        if getattr(fields, name) is None:
            found.append(
                author_error(
                    "missing-field", f"{fields.rule} needs a field '{name}'", fields.of[0], help=f"add '{name}: …'"
                )
            )
    for name in (*SETTINGS[1:], *STATES):
        if name in fields.stated and name not in (*rule.needs, *rule.takes):
            known = ", ".join((*rule.needs, *rule.takes)) or "none beyond rate"
            found.append(
                author_error(
                    "unknown-field",
                    f"{fields.rule} has no {name}",
                    getattr(fields, name),
                    help=f"its own fields are {known}",
                )
            )
    if fields.formulation not in rule.forms:
        message = f"{fields.rule} has no formulation {fields.formulation}: expected {' or '.join(rule.forms)}"
        found.append(author_error("bad-value", message, fields.of[0]))
    for word in fields.ask:
        if word not in ASK:
            message = f"'{word}' is nothing that can be asked for here{nearest(word, ASK)}"
            found.append(author_error("bad-value", message, word, help="ask may hold parameters, state"))
    if "parameters" not in fields.ask and not rule.state:
        found.append(author_error("bad-value", f"{fields.rule} keeps no state", fields.ask[0]))
    if not 1 <= fields.steps <= MAX_STEPS:
        found.append(author_error("bad-value", f"steps is a number from 1 to {MAX_STEPS}", fields.of[0]))
    if fields.decoupled and fields.weight_decay is None:
        found.append(author_error("missing-field", "decoupled is of a weight_decay, and there is none", fields.of[0]))
    return found


def _check_arrays(
    part: Part, entries: Sequence[Reading | Unreadable | None], keys: Sequence[Node], targets: Sequence[Target],
    gradients: Gradients,
) -> Outcome:  # fmt: skip
    """New values that are matrix expressions."""
    from examgrad.kinds.matrix import Arrays
    from examgrad.kinds.matrix_answers import judged_entry, together
    from examgrad.kinds.matrix_decisions import not_worked_out
    from examgrad.kinds.named_derivatives import NamedDerivatives

    derivatives = NamedDerivatives(Arrays(part.given))

    def judged(entry: Reading | Unreadable | None, key: Node) -> Outcome:
        if entry is None:
            return Outcome("unanswered", Fraction(0), "This is missing.")
        if isinstance(entry, Unreadable):
            return unread(entry)
        try:
            readings = in_array_terms(entry, derivatives.arrays, gradients)
        except DerivationError as error:
            return not_worked_out(error)
        outcomes = [judged_entry(derivatives, reading, key) for reading in readings]
        return next((outcome for outcome in reversed(outcomes) if outcome.verdict == "correct"), outcomes[0])

    outcomes = [judged(entry, key) for entry, key in zip(entries, keys, strict=True)]
    if len(outcomes) == 1:
        return outcomes[0]
    return together(part, outcomes, [printer.plain(key) for key in keys], [item.name for item in targets])
