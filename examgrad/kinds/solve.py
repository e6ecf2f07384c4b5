"""Every key of an exam: from the cache, or derived, verified and then kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from examgrad.calculus.derivation import Asked, Request
from examgrad.errors import DerivationError, Diagnostic, ExamgradError, MathSyntaxError, SpecError
from examgrad.exam.model import Answer, Exam, Given, Part
from examgrad.formula.tree import Symbol
from examgrad.kinds import KINDS
from examgrad.kinds.base import Derived, Key
from examgrad.kinds.cache import KeyCache
from examgrad.kinds.derived import about_arrays, canonicals
from examgrad.kinds.reading import Unreadable, location_of

if TYPE_CHECKING:
    from examgrad.calculus.bounded import Derivations

NO_KEY: Final = "no-key"

_LONGEST_MESSAGE: Final = 400
"""Letters of what is told of a key that was not found."""


class Keys(NamedTuple):
    """The keys of an exam, by part, in its order; ``missing`` says of the others why they have none."""

    found: Mapping[str, Key]
    missing: Mapping[str, Diagnostic]


def solve(exam: Exam, *, only: Collection[str] | None = None, cached: bool = True) -> dict[str, Key]:
    """The keys of an exam's parts (or of those in ``only``), by part, in the exam's order.

    A derived key is confirmed by an independent route before it is returned. Raises :class:`SpecError` with
    everything that is wrong with the exam, :class:`DerivationError` where a key cannot be found or confirmed.
    """
    keys = solve_parts(exam, only=only, cached=cached)
    for problem in keys.missing.values():
        raise DerivationError(str(problem)) if problem.code == NO_KEY else SpecError([problem])
    return dict(keys.found)


def solve_parts(exam: Exam, *, only: Collection[str] | None = None, cached: bool = True) -> Keys:
    """The keys as :func:`solve` gives them; a part whose key cannot be found keeps no other from its own.

    Raises :class:`SpecError` where something is wrong with the exam, a stated key above all.
    """
    parts = [part for part in exam.parts if only is None or part.name in only]
    cache = KeyCache(exam.conventions, enabled=cached)
    keys = {part.name: cache.get(part) for part in parts}
    new = [part for part in parts if keys[part.name] is None]  # a kept key was found without trouble before
    if problems := [problem for part in new for problem in problems_of(exam, part.name)]:
        raise SpecError(problems, exam.path)
    missing: dict[str, Diagnostic] = {}
    with _Deriver() as derive:
        for part in new:
            try:
                keys[part.name] = key = KINDS[part.kind].key(part, exam, derive)
            except SpecError:
                raise
            except ExamgradError as error:
                missing[part.name] = _without_key(part, error)
                continue
            if problem := _stated_problem(part, exam, key):
                raise SpecError([problem])
            cache.put(part, key)
    return Keys({name: key for name, key in keys.items() if key is not None}, missing)


def _without_key(part: Part, error: ExamgradError) -> Diagnostic:
    """Why a part has no key, at its place in the exam."""
    code, message, help = NO_KEY, str(error), ""
    if isinstance(error, MathSyntaxError):
        code, message, help = error.code, error.message, error.help
    if len(message) > _LONGEST_MESSAGE:  # it shows a formula of the derivation
        message, help = "the derivation becomes too large", "take smaller sizes, or letters for them"
    message = f"the key of part {part.name} cannot be found: {message}"
    return Diagnostic(code, message, "author", part.location, help)


def _stated_problem(part: Part, exam: Exam, key: Key) -> Diagnostic | None:
    """The author's own key of a kind whose key is no one formula, held against the derived one as an answer is."""
    stated = part.fields.key if part.kind in ("update", "layers", "graph") or _is_of_arrays(part) else None
    if stated is None:
        return None
    try:
        outcome = KINDS[part.kind].check(part, exam, key, Answer(stated))
    except Unreadable as error:
        return Diagnostic("stated-key", error.diagnostic.message, "author", error.diagnostic.location)
    if outcome.verdict == "correct":
        return None
    message = f"the stated key is not equal to the derived one: {outcome.reason}"
    return Diagnostic("stated-key", message, "author", location_of(stated), "correct the key, or leave it out")


def _is_of_arrays(part: Part) -> bool:
    """Whether a part asks for a derivative in matrix notation."""
    if part.kind not in ("derivative", "gradient", "jacobian", "hessian"):
        return False
    return about_arrays(part.given, *canonicals((*part.fields.of, *part.fields.wrt), part.given))


class _Deriver:
    """Derives keys in a process of its own, started when the first key is asked for."""

    def __init__(self) -> None:
        self._process: Derivations | None = None

    def __enter__(self) -> _Deriver:
        return self

    def __exit__(self, *trouble: object) -> None:
        if self._process is not None:
            self._process.close()

    def __call__(self, asked: Asked, given: Given, of: Sequence[str], wrt: Sequence[str]) -> Derived:
        """The derivative, gradient, Jacobian or Hessian of defined names in names, with its worked solution."""
        from examgrad.calculus.bounded import Derivations
        from examgrad.calculus.steps import solution

        self._process = self._process or Derivations()
        shapes, definitions = given.names.shapes, given.definitions
        if not about_arrays(given, *of, *wrt):
            shapes, definitions = (
                {},
                {name: node for name, node in definitions.items() if not about_arrays(given, name)},
            )
        request = Request(asked, tuple(map(Symbol, of)), tuple(wrt), definitions, given.names.domains, shapes)
        derived = self._process.derive(request)
        steps = solution(derived, given.definitions, given.names.domains, shapes)
        return Derived(derived.tree, steps, derived.verified, derived.where)


def problems_of(exam: Exam, name: str) -> list[Diagnostic]:
    """What is wrong with one part, for its author."""
    part = exam.part(name)
    return KINDS[part.kind].problems(part, exam)
