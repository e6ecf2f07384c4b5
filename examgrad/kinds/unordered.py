"""Sets, and lists whose order does not count: read in any spelling, matched element by element."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from examgrad.equality.decide import Comparison
from examgrad.equality.sets import Matching, distinct, is_set, match
from examgrad.errors import ExamgradError
from examgrad.exam.document import Mapping as WrittenMapping
from examgrad.exam.model import Answer, Part
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of, is_array
from examgrad.formula.tree import Apply, Node
from examgrad.kinds.base import ORDER, UNDECIDED, Cell, Diagnosis, Evidence, Key, Outcome, Verdict
from examgrad.kinds.criteria import Criteria, Remark
from examgrad.kinds.judging import diagnosis_of, overall
from examgrad.kinds.near import Near, number_of
from examgrad.kinds.reading import Formula, Unreadable, read_formula, unreadable
from examgrad.kinds.scope import Scope
from examgrad.kinds.stretches import outside_brackets

MAX_ELEMENTS: Final = 400
_JOINTS = re.compile(
    r"\s*(?:\\text\s*\{\s*(?:or|and)\s*\}|\\(?:lor|vee|land|wedge)\b|(?<![\w\\])(?:or|and)(?![\w])|;|\n)\s*"
)
_EITHER_SIGN = re.compile(r"±|\\pm\b")


def read_elements(answer: Answer, scope: Scope) -> list[Formula | Unreadable]:
    """The elements of an answer: ``{2, -2}``, ``[2, -2]``, ``2, -2``, ``x = 2 or x = -2``, ``±2``, or a list of them.

    Raises :class:`Unreadable` where nothing can be read.
    """
    value = answer.written
    if isinstance(value, WrittenMapping) and value.flow:
        value = value.written()
    if isinstance(value, Mapping):
        raise unreadable(value, "the elements of a set or list were expected here, not a mapping")
    if isinstance(value, str):
        return _elements(value, scope)
    if not isinstance(value, Sequence):
        raise unreadable(value, "this answer is empty")
    found: list[Formula | Unreadable] = []
    for item in _flat(value):
        if not isinstance(item, str):
            found.append(unreadable(item, "one formula was expected here"))
            continue
        try:
            found += _elements(item, scope)
        except Unreadable as error:
            found.append(error)
    return found


def _flat(value: Sequence[object]) -> list[object]:
    """The items of a list, and of the rows in it."""
    rows = [item if isinstance(item, Sequence) and not isinstance(item, str) else (item,) for item in value]
    return [item for row in rows for item in row]


def _elements(text: str, scope: Scope) -> list[Formula | Unreadable]:
    if len(_pieces(text)) <= 1 and not _EITHER_SIGN.search(text):
        return _opened(read_formula(text, scope))
    found: list[Formula | Unreadable] = []
    for piece in pieces_of(text):
        try:
            found += _opened(read_formula(piece, scope))
        except Unreadable as error:
            found.append(error)
    return found


def _opened(formula: Formula) -> list[Formula | Unreadable]:
    """The elements of a set, list or matrix that was read as one formula."""
    tree = formula.tree
    if not (is_set(tree) or is_array(tree)):
        return [formula]
    items = tree.args if is_set(tree) else entries_of(tree)
    return [Formula(formula.text, item, formula.scope) for item in items]


def pieces_of(text: str) -> list[str]:
    """A text at its commas, line breaks, "or" and "and", each piece with ``±`` once with either sign."""
    found = []
    for piece in _pieces(text):
        both = _EITHER_SIGN.search(piece)
        found += [_EITHER_SIGN.sub(sign, piece) for sign in "+-"] if both else [piece]
    return found


def _pieces(text: str) -> list[str]:
    """A text at its commas outside brackets, and at "or" and "and"."""
    pieces = [text[start:end] for start, end in outside_brackets(text, ",")]
    return [part for piece in pieces for part in _JOINTS.split(piece) if part.strip(" \t\n.$")]


class _Element(NamedTuple):
    """A wanted element: the verdict on it, what stands for it in the answer, and what is to be said."""

    verdict: Verdict
    formula: Formula | None = None
    remark: Remark | None = None


def check_unordered(part: Part, answer: Answer, key: Key, scope: Scope) -> Outcome:
    """Judge a set, or a list whose order does not count; an element that is too many counts as a wrong one."""
    tree = key.tree
    assert tree is not None
    read = read_elements(answer, scope)
    if len(read) > MAX_ELEMENTS:
        raise unreadable(answer.value, f"at most {MAX_ELEMENTS} elements are read")
    wrong = [item for item in read if isinstance(item, Unreadable)]
    formulas = [item for item in read if isinstance(item, Formula)]
    if wrong and not formulas:
        raise wrong[0]
    as_set = is_set(tree)
    return _Check(part, scope, as_set, list(tree.args) if as_set else list(entries_of(tree))).outcome(formulas, wrong)


class _Check:
    """One answer held against its elements."""

    def __init__(self, part: Part, scope: Scope, as_set: bool, wanted: Sequence[Node]) -> None:
        self._part: Final = part
        self._scope: Final = scope
        self._as_set: Final = as_set
        self._criteria: Final = Criteria.of(part, rounding=True)
        self._shown: Final = self._without_repetition(wanted)
        self._wanted: Final = [self._plain(node, scope) for node in self._shown]

    def outcome(self, formulas: list[Formula], wrong: list[Unreadable]) -> Outcome:
        """The verdict on the whole, with a cell for each wanted element and each that is too many."""
        trees = [self._plain(item.tree, item.scope) for item in formulas]
        if self._as_set:
            once = dict.fromkeys(self._once(trees))
            formulas = [item for item, tree in zip(formulas, trees, strict=True) if once.pop(tree, tree) is None]
            trees = [self._plain(item.tree, item.scope) for item in formulas]
        matching = match(self._wanted, trees, self._scope.decide, self._scope.domains)
        matching, near = self._with_near(matching, formulas)
        spare = [formulas[at] for at in matching.spare]
        elements = [self._element(at, matching, near, formulas, spare, bool(wrong)) for at in range(len(self._wanted))]
        cells = [
            Cell(row, 1, item.verdict, printer.plain(item.formula.tree) if item.formula else "", printer.plain(wanted))
            for row, (item, wanted) in enumerate(zip(elements, self._shown, strict=True), 1)
        ]
        verdicts: list[Verdict] = [item.verdict for item in elements]
        for extra in [*spare, *wrong]:
            told = printer.plain(extra.tree) if isinstance(extra, Formula) else ""
            doubt = isinstance(extra, Formula) and bool(matching.doubtful)
            verdicts.append("review" if doubt else "incorrect" if isinstance(extra, Formula) else "unreadable")
            cells.append(Cell(len(cells) + 1, 1, verdicts[-1], told, ""))
        return self._whole(elements, verdicts, cells, matching, formulas, spare, wrong)

    def _with_near(self, matching: Matching, formulas: Sequence[Formula]) -> tuple[Matching, Mapping[int, Near]]:
        """The matching with rounded numbers as well, and by wanted element what makes them near enough.

        Both sides are taken from the least number on, so that none takes the one that only a later one is near to.
        """
        places, spare, found = list(matching.places), list(matching.spare), list(matching.found)
        near: dict[int, Near] = {}
        if not spare:
            return matching, near
        missing = [at for at, place in enumerate(places) if place is None]
        missing.sort(key=lambda at: self._size(self._shown[at], self._scope))
        spare.sort(key=lambda at: self._size(formulas[at].tree, formulas[at].scope))
        for at in missing:
            for place in spare:
                item = self._criteria.near(formulas[place].tree, formulas[place].scope, self._shown[at])
                if item is not None:
                    near[at], places[at] = item, place
                    spare.remove(place)
                    found.append(Comparison("equal", "numeric", points=1, digits=item.evidence.digits, note=item.why))
                    break
        doubtful = matching.doubtful - near.keys() if spare else frozenset[int]()
        return Matching(tuple(places), tuple(sorted(spare)), doubtful, tuple(found)), near

    def _size(self, node: Node, scope: Scope) -> float:
        value = number_of(node, scope)
        return float("inf") if value is None else float(value)

    def _whole(
        self, elements: Sequence[_Element], verdicts: Sequence[Verdict], cells: Sequence[Cell], matching: Matching,
        formulas: Sequence[Formula], spare: Sequence[Formula], wrong: Sequence[Unreadable],
    ) -> Outcome:  # fmt: skip
        right, equal = (sum(item.verdict == verdict for item in elements) for verdict in ("correct", "partial"))
        by_entry = self._part.credit.entries
        share = self._criteria.share(right, equal, max(1, len(verdicts)), by_entry)
        if not verdicts:
            share = self._criteria.share(1, 0, 1, by_entry)
        verdict = overall(verdicts) if verdicts else "correct"
        if verdict == "unanswered" or (verdict == "partial" and not by_entry and right + equal < len(verdicts)):
            verdict = "incorrect"
        remarks = [item.remark for item in elements if item.remark]
        reason = self._reason(elements, spare, wrong, verdict)
        evidence = self._evidence(matching, verdict)
        if verdict == "correct" and evidence.note:
            reason = f"{reason[:-1]}, {evidence.note}."
        shown = Apply("set" if self._as_set else "array", tuple(item.tree for item in formulas))
        return Outcome(
            verdict, share, reason, evidence, printer.plain(shown), printer.unicode(shown),
            diagnoses=(*(item.diagnosis for item in remarks), *(diagnosis_of(item.diagnostic) for item in wrong),
                       *((Diagnosis("too-many", reason),) if reason.startswith("Too many") else ())),
            cells=tuple(cells) if len(cells) > 1 else (),
        )  # fmt: skip

    def _element(
        self, at: int, matching: Matching, near: Mapping[int, Near], formulas: Sequence[Formula],
        spare: list[Formula], unread: bool,
    ) -> _Element:  # fmt: skip
        place = matching.places[at]
        if place is not None:
            formula = formulas[place]
            close = near.get(at)
            remark = (
                self._criteria.remark(formula.tree, formula.scope)
                if close is None
                else self._criteria.remark_on_near(close)
            )
            return _Element("correct" if remark is None else "partial" if remark.sure else "review", formula, remark)
        if at in matching.doubtful:
            return _Element("review")
        if spare and not matching.doubtful:
            return _Element("incorrect", spare.pop(0))
        return _Element("unreadable" if unread else "unanswered")

    def _reason(
        self, elements: Sequence[_Element], spare: Sequence[Formula], wrong: Sequence[Unreadable], verdict: Verdict
    ) -> str:
        kind = "set" if self._as_set else "list"
        if verdict == "correct":
            return f"Right: every element of the {kind} is there."
        if remark := next((item.remark for item in elements if item.remark), None):
            return remark.reason
        if verdict == "review":
            return "Whether an element is one of the right ones could not be decided; a person looks at it."
        if wrong:
            return wrong[0].diagnostic.message
        missing = [
            printer.unicode(wanted)
            for item, wanted in zip(elements, self._shown, strict=True)
            if item.verdict not in ("correct", "partial")
        ]
        wrongly = [item.formula.tree for item in elements if item.verdict == "incorrect" and item.formula]
        shown = [*map(printer.unicode, wrongly)]
        if missing and shown:
            return f"{', '.join(shown[:3])} {'is' if len(shown) == 1 else 'are'} not in the {kind}."
        if missing:
            return f"Not every element of the {kind} is there: {len(missing)} of {len(elements)} missing."
        extra = [printer.unicode(item.tree) for item in spare]
        return f"Too many: {', '.join(extra[:3])} {'does' if len(extra) == 1 else 'do'} not belong to the {kind}."

    def _evidence(self, matching: Matching, verdict: Verdict) -> Evidence:
        if verdict == "review":
            return UNDECIDED
        if verdict not in ("correct", "partial"):
            return Evidence("stated")
        least = max((item.method for item in matching.found), key=ORDER.index, default="exact")
        found = [item for item in matching.found if item.method == least]
        if least == "numeric":
            worst = min(found, key=lambda item: item.digits)
            return Evidence("numeric", points=worst.points, digits=worst.digits, note=worst.note)
        return Evidence("exact" if least == "exact" else "identical")

    def _plain(self, node: Node, scope: Scope) -> Node:
        """An element with its definitions put in, as far as that can be done."""
        try:
            return scope.graph.expand(scope.plain(node))
        except ExamgradError:
            return node

    def _without_repetition(self, wanted: Sequence[Node]) -> list[Node]:
        if not self._as_set:
            return list(wanted)
        plain = [self._plain(node, self._scope) for node in wanted]
        once = self._once(plain)
        return [wanted[plain.index(node)] for node in once]

    def _once(self, trees: Sequence[Node]) -> Sequence[Node]:
        kept = distinct(trees, self._scope.decide, self._scope.domains)
        return list(dict.fromkeys(trees)) if kept is None else kept
