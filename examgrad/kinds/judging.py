"""How an answer that was read is judged: one formula against its key, and many entries together."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple, Protocol

from examgrad.equality.reservations import WHERE_DEFINED
from examgrad.errors import Diagnostic
from examgrad.formula import printer
from examgrad.formula.tree import Apply, Node, Number, Symbol, mul
from examgrad.kinds.base import NOT_DECIDED, UNDECIDED, Cell, Diagnosis, Evidence, Outcome, Verdict
from examgrad.kinds.claims import (
    BROKEN_CHAIN,
    LEAVES_OUT,
    broken_line,
    leaves_out,
    line_says,
    restated,
    solved,
    told,
    told_of_line,
    unlike,
    with_variables,
)
from examgrad.kinds.criteria import PLAIN, Criteria
from examgrad.kinds.integration import UP_TO_CONSTANT
from examgrad.kinds.reading import Formula, Unreadable
from examgrad.kinds.scope import Scope

_FACTORS: Final = tuple(sign * factor for factor in (Fraction(1), Fraction(2), Fraction(1, 2)) for sign in (1, -1))
EXCERPT: Final = 50
"""How many columns of a line of an answer file are shown: what fits beside the marks."""


class Judgement(NamedTuple):
    """One formula against its key."""

    verdict: Verdict
    reason: str
    evidence: Evidence
    answer: Node
    diagnoses: tuple[Diagnosis, ...] = ()


def judge(formula: Formula, key: Node, asked: Question | None = None, criteria: Criteria = PLAIN) -> Judgement:
    """Decide a formula against its key; an answer that only names the asked derivative is none."""
    tree, scope = formula.tree, formula.scope
    if asked is not None and (named := asked.only_named(tree, scope)):
        return Judgement("incorrect", named, Evidence("stated"), tree, (Diagnosis("restated", named),))
    comparison = criteria.compare(scope, tree, key)
    evidence = scope.evidence(comparison, tree, key)
    if evidence.method == "identical" and isinstance(asked, Asked):  # a derived key was never read
        evidence = Evidence("exact")
    if comparison.verdict == "equal":
        return _equal(formula, key, evidence, asked, criteria)
    if comparison.verdict == "unknown":
        return Judgement("review", NOT_DECIDED, evidence, tree)
    if isinstance(asked, Asked) and (other := _solved(formula, key, asked, criteria)) is not None:
        return other
    other_tree = next(
        (said for said in formula.others() if criteria.compare(scope, said, key).verdict == "equal"), None
    )
    if other_tree is not None:
        two = f"{printer.unicode(tree)} or {printer.unicode(other_tree)}"
        message = f"This can be read in two ways, {two}, and only one of them is right: brackets are missing."
        return Judgement("review", message, evidence, tree, (Diagnosis("ambiguous", message),))
    if (near := criteria.near(tree, scope, key)) is not None:
        if (remark := criteria.remark_on_near(near)) is not None:
            return Judgement("partial", remark.reason, near.evidence, tree, (remark.diagnosis,))
        return Judgement("correct", near.reason, near.evidence, tree)
    return Judgement("incorrect", criteria.difference(evidence) or _difference(evidence, key), evidence, tree)


def _solved(formula: Formula, key: Node, asked: Asked, criteria: Criteria) -> Judgement | None:
    """The judgement on ``2 dL/dw = …``, where that is right."""
    for claim in formula.claims:
        tree = solved(claim, formula.tree, lambda node: asked.is_named_by(node, formula.scope))
        if tree is not None and tree != formula.tree:
            found = judge(formula._replace(tree=tree, claims=()), key, asked, criteria)
            if found.verdict != "incorrect":
                return found._replace(answer=formula.tree)
    return None


def _equal(formula: Formula, key: Node, evidence: Evidence, asked: Question | None, criteria: Criteria) -> Judgement:
    if asked is not None and asked.unworked(formula.tree, formula.scope):
        reason = "The derivatives are named but none is worked out; a person decides whether that was asked."
        return Judgement("review", reason, evidence, formula.tree, (Diagnosis("not-worked-out", reason),))
    wrt = asked.wrt[:1] if isinstance(asked, Asked) else ()

    def is_unequal(node: Node) -> bool:
        return criteria.compare(formula.scope, node, key, witness=False).verdict == "unequal"

    if reason := unlike(formula.tree, formula.rivals, is_unequal):
        return Judgement("review", reason, evidence, formula.tree, (Diagnosis("two-answers", reason),))
    for claim in formula.claims:
        if is_unequal(with_variables(claim, wrt)):
            reason = told(line_says(claim, formula.tree))
            return Judgement("review", reason, evidence, formula.tree, (Diagnosis(BROKEN_CHAIN, reason),))
    if said := broken_line(formula):
        reason = told_of_line(said)
        return Judgement("review", reason, evidence, formula.tree, (Diagnosis(BROKEN_CHAIN, reason),))
    if leaves_out(formula.tree, formula.scope) and not leaves_out(key, formula.scope):
        return Judgement("review", LEAVES_OUT, evidence, formula.tree, (Diagnosis("missing-case", LEAVES_OUT),))
    if (remark := criteria.remark(formula.tree, formula.scope)) is not None:
        verdict: Verdict = "partial" if remark.sure else "review"
        return Judgement(verdict, remark.reason, evidence, formula.tree, (remark.diagnosis,))
    return Judgement("correct", _agreement(evidence), evidence, formula.tree)


def _agreement(evidence: Evidence) -> str:
    if evidence.method == "identical":
        return "This is the key itself."
    if evidence.note.startswith(UP_TO_CONSTANT):
        return f"Right: the answer and the key differ by a constant{evidence.note.removeprefix(UP_TO_CONSTANT)}."
    if evidence.method == "exact":
        where = " wherever both are defined" if WHERE_DEFINED in evidence.note else ""
        return f"Right: proved equal to the key{where}."
    return f"Right: equal to the key to {evidence.digits} digits at {evidence.points} points."


def _difference(evidence: Evidence, key: Node) -> str:
    where = evidence.point
    if evidence.method != "witness" or not evidence.answer:
        note = evidence.note.replace("the left equation", "your equation").replace(
            "the right equation", "the right one"
        )
        return f"Not equal to the key: {note}." if note else "Not equal to the key."
    if isinstance(key, Apply) and key.op == "equation" and where and "0" in (evidence.answer, evidence.key):
        holds = ("yours holds and the right one does not", "the right one holds and yours does not")
        return f"These equations have other solutions: at {where}, {holds[evidence.answer != '0']}."
    at = f"At {where}: your" if where else "Your"
    return f"{at} answer gives {evidence.answer}, the right one {evidence.key}."


class Question(Protocol):
    """What a part asks for, where naming it is no answer."""

    def only_named(self, tree: Node, scope: Scope) -> str:
        """The reason why the formula is no answer; empty where it may be one."""
        ...

    def unworked(self, tree: Node, scope: Scope) -> bool:
        """Whether nothing in the formula was worked out."""
        ...


class Asked(NamedTuple):
    """The derivative that a part asks for: to name it again is no answer."""

    of: str
    wrt: tuple[str, ...]

    def only_named(self, tree: Node, scope: Scope) -> str:
        """The reason why the answer is none, where it contains the asked derivative itself; else empty."""
        for node in tree.walk():
            if isinstance(node, Apply) and node.op in ("derivative", "gradient") and self._is_asked(node, scope):
                return restated(node)
        for name in tree.symbols() & set(scope.own):
            if found := self.only_named(scope.own[name], scope):
                return found
        return ""

    def is_named_by(self, node: Node, scope: Scope) -> bool:
        """Whether a formula is the asked derivative's own name, or ``∇f``."""
        if not isinstance(node, Apply) or node.op not in ("derivative", "gradient"):
            return False
        if len(node.args) == 1:
            return node.args[0] == Symbol(self.of) and len(self.wrt) == 1
        return self._is_asked(node, scope)

    def _is_asked(self, node: Apply, scope: Scope) -> bool:
        what, variables = node.args[0], [_name(arg) for arg in node.args[1:]]
        while isinstance(what, Apply) and what.op == "derivative":
            variables += [_name(arg) for arg in what.args[1:]]
            what = what.args[0]
        if sorted(variables) != sorted(self.wrt):
            return False
        return self.of in what.symbols() or self._is_multiple(what, scope)

    def _is_multiple(self, what: Node, scope: Scope) -> bool:
        """Whether a formula is what was to be differentiated, up to a constant factor."""
        whole = Symbol(self.of)
        return any(scope.equal(mul(Number(factor), what), whole) for factor in _FACTORS)

    def unworked(self, tree: Node, scope: Scope) -> bool:
        """Whether the answer is made of named derivatives and numbers, and nothing was worked out."""
        stack, named = [scope.without_own(tree)], False
        while stack:
            node = stack.pop()
            if isinstance(node, Apply) and node.op in ("derivative", "gradient"):
                named = True
            elif isinstance(node, Symbol):
                return False
            else:
                stack.extend(node.args)
        return named


def _name(node: Node) -> str:
    return node.name if isinstance(node, Symbol) else ""


class Place(NamedTuple):
    """Where an entry stands in its part, and what it is called there."""

    row: int
    column: int | str
    label: str


def judge_all(
    entries: Sequence[Formula | Unreadable | None], keys: Sequence[Node], places: Sequence[Place],
    asked: Sequence[Question | None], *, by_entry: bool = True, criteria: Criteria = PLAIN,
) -> Outcome:  # fmt: skip
    """Judge the entries of an answer one by one, and the answer as a whole.

    ``None`` is an entry that the answer leaves out. Each entry counts by itself where ``by_entry``.
    """
    judgements = [
        _entry(entry, key, question, criteria) for entry, key, question in zip(entries, keys, asked, strict=True)
    ]
    cells = tuple(
        Cell(place.row, place.column, judgement.verdict, _text(judgement.answer), printer.plain(key))
        for judgement, key, place in zip(judgements, keys, places, strict=True)
    )
    right = sum(judgement.verdict == "correct" for judgement in judgements)
    verdict = overall([judgement.verdict for judgement in judgements])
    equal = sum(judgement.verdict == "partial" for judgement in judgements)
    share = criteria.share(right, equal, len(keys), by_entry)
    evidence = _evidence(judgements)
    return Outcome(
        verdict if by_entry or verdict != "partial" or right + equal == len(keys) else "incorrect", share,
        _reason(judgements, places), evidence, cells=cells if len(cells) > 1 else (),
        diagnoses=tuple(item for judgement in judgements for item in judgement.diagnoses),
        unequal=tuple(
            (entry, key)
            for entry, key, judgement in zip(entries, keys, judgements, strict=True)
            if isinstance(entry, Formula) and judgement.evidence.method == "witness"
        ),
    )  # fmt: skip


def _entry(entry: Formula | Unreadable | None, key: Node, asked: Question | None, criteria: Criteria) -> Judgement:
    if entry is None:
        return Judgement("unanswered", "This is missing.", UNDECIDED, Symbol("?"))
    if isinstance(entry, Unreadable):
        return Judgement(
            "unreadable",
            entry.diagnostic.message,
            UNDECIDED,
            Symbol("?"),
            (diagnosis_of(entry.diagnostic),),
        )
    return judge(entry, key, asked, criteria)


def diagnosis_of(diagnostic: Diagnostic) -> Diagnosis:
    """What a reader of answers found, as told to the student."""
    return Diagnosis(diagnostic.code, diagnostic.told(EXCERPT))


def unread(error: Unreadable) -> Outcome:
    """The outcome of an answer, or of one of its formulas, that cannot be read."""
    diagnosis = diagnosis_of(error.diagnostic)
    return Outcome("unreadable", Fraction(0), error.diagnostic.message, UNDECIDED, diagnoses=(diagnosis,))


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a whole from the verdicts on its entries: a doubt anywhere is a person's to decide."""
    if all(verdict == "correct" for verdict in verdicts):
        return "correct"
    if "review" in verdicts:
        return "review"
    if all(verdict == "unanswered" for verdict in verdicts):
        return "unanswered"
    if "unreadable" in verdicts and "incorrect" not in verdicts and "correct" not in verdicts:
        return "unreadable"
    return "partial" if {"correct", "partial"} & {*verdicts} else "incorrect"


def _evidence(judgements: Sequence[Judgement]) -> Evidence:
    """The evidence that speaks for the whole: the first witness, else the least sure proof."""
    for judgement in judgements:
        if judgement.verdict == "incorrect":
            return judgement.evidence
    return max((judgement.evidence for judgement in judgements), key=lambda item: item.doubt)


def _reason(judgements: Sequence[Judgement], places: Sequence[Place]) -> str:
    if len(judgements) == 1 or all(judgement.verdict == "correct" for judgement in judgements):
        least = max(judgements, key=lambda item: item.evidence.doubt)
        return judgements[0].reason if len(judgements) == 1 else least.reason
    for judgement, place in zip(judgements, places, strict=True):
        if judgement.verdict != "correct":
            return f"{place.label}: {judgement.reason}"
    return ""


def _text(node: Node) -> str:
    return "" if node == Symbol("?") else printer.plain(node)
