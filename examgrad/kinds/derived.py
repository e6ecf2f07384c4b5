"""What the kinds share whose key is derived: derivatives, gradients, Jacobians, Hessians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from examgrad.calculus.graph import Graph
from examgrad.equality import evaluate
from examgrad.equality.forms import Form
from examgrad.errors import Diagnostic, ExamgradError, MathSyntaxError, SpecError
from examgrad.exam.document import Text
from examgrad.exam.fields import Array, Fields, Formula, NameList, Numbers, Tolerance
from examgrad.exam.model import Exam, Given, Part
from examgrad.exam.readers import by_entry
from examgrad.formula import printer
from examgrad.formula.array_values import entries_of
from examgrad.formula.definitions import spelled_name
from examgrad.formula.parser import read
from examgrad.formula.statements import read_statements
from examgrad.formula.tree import Apply, Node, Number, substitute
from examgrad.kinds.base import Derived, Key, Kind, formula_key
from examgrad.kinds.reading import location_of
from examgrad.kinds.scope import Scope, short_value


class DerivedFields(Fields):
    """The fields of a part whose key is a derivative."""

    needs = ("equations",)
    of: NameList
    wrt: NameList
    at: dict[str, Array] | None = None
    layout: Literal["numerator", "denominator"] = "numerator"
    key: Formula | None = None
    form: Form | None = None


def author_error(code: str, message: str, text: object, *, help: str = "") -> Diagnostic:
    """What is wrong with a field of an exam file."""
    return Diagnostic(code, message, "author", location_of(text), help)


def tolerance_problems(tolerance: Tolerance | None, place: object) -> list[Diagnostic]:
    """The trouble with a tolerance that says nothing."""
    if tolerance is None or tolerance.__dict__["stated"]:
        return []
    return [author_error("bad-value", "tolerance says nothing: expected abs, rel or digits", place)]


def name_problems(names: Sequence[str], given: Given, field: str, *, defined: bool = False) -> list[Diagnostic]:
    """Names of a part that its problem does not have (or, where ``defined``, has no equation for)."""
    found = []
    for name in names:
        declared = declared_name(name, given)
        if declared is None:
            near = given.names.nearest(name)
            hint = f"; did you mean {near}?" if near else ""
            found.append(author_error("unknown-name", f"'{name}' in {field} is no name of this problem{hint}", name))
        elif defined and declared not in given.definitions:
            message = f"'{name}' in {field} is a variable: a defined name was expected"
            help = f"the equations define {', '.join(given.definitions)}" if given.definitions else "write equations"
            found.append(author_error("not-defined", message, name, help=help))
    return found


def derivative_problems(part: Part, given: Given) -> list[Diagnostic]:
    """Unknown names, and names in ``wrt`` that nothing depends on."""
    fields = part.fields
    found = name_problems(fields.of, given, "of", defined=True) + name_problems(fields.wrt, given, "wrt")
    if found:
        return found
    graph = Scope.of(given).graph
    for wrt in fields.wrt:
        if not any(graph.depends(canonical(of, given), canonical(wrt, given)) for of in fields.of):
            message = f"{' and '.join(fields.of)} does not depend on {wrt}: its derivative is 0 whatever is answered"
            found.append(author_error("independent", message, wrt, help="is a name missing in an equation?"))
    return found


def declared_name(name: str, given: Given) -> str | None:
    """The declared name that one is in any spelling, ``\\mathbf{W}_1`` and ``W^{(1)}`` too; ``None`` if none."""
    found = given.names.find(name)
    if found is None and (spelled := spelled_name(name)) is not None:
        found = given.names.find(spelled)
    return found


def canonical(name: str, given: Given) -> str:
    """The declared spelling of a name that is known to be declared."""
    return declared_name(name, given) or name


def canonicals(names: Sequence[str], given: Given) -> tuple[str, ...]:
    """The declared spellings of names that are known to be declared."""
    return tuple(canonical(name, given) for name in names)


def about_arrays(given: Given, *names: str) -> bool:
    """Whether one of these names is an array, or is made of one."""
    graph = Graph(given.definitions)
    used = frozenset(names).union(*map(graph.ancestors, names))
    return not used.isdisjoint(given.names.shapes)


def gradient_is_row(part: Part, exam: Exam) -> bool:
    """Whether a gradient is a row: as the part's own ``layout`` says, else the class's convention."""
    if part.kind == "gradient" and "layout" in part.fields.stated:
        return bool(part.fields.layout == "numerator")
    return exam.conventions.gradient == "row"


def one_of(part: Part) -> list[Diagnostic]:
    """The trouble with a part that differentiates one quantity and names several."""
    if len(part.fields.of) == 1:
        return []
    return [author_error("one-quantity", f"a {part.kind} is of one quantity", part.fields.of[1], help="use a jacobian")]


class OfOne(Kind):
    """A kind that asks for derivatives of one quantity."""

    fields = DerivedFields

    def problems(self, part: Part, exam: Exam) -> list[Diagnostic]:
        """Unknown names, and names in ``wrt`` that nothing depends on."""
        return one_of(part) or derivative_problems(part, part.given)


def of_and_wrt(part: Part) -> tuple[str, tuple[str, ...]]:
    """What a part differentiates, and by which names, in their declared spellings."""
    return canonical(part.fields.of[0], part.given), canonicals(part.fields.wrt, part.given)


def derived_key(kind: str, part: Part, derived: Derived, *, turned: bool = False) -> Key:
    """The key of a derivation: its array or formula, its steps, and its value where the part has an ``at``."""
    tree = derived.tree
    if turned:
        rows = [row.args for row in tree.args]
        tree = Apply("array", tuple(Apply("array", column) for column in zip(*rows, strict=True)))
    if kind == "gradient" and len(tree.args) == 1 and isinstance(tree, Apply) and tree.op == "array":
        tree = tree.args[0]
    key = formula_key(kind, part.name, tree, verified=derived.verified, steps=derived.steps)
    if part.fields.at is not None:
        point = point_of(part.fields.at, part.given)
        key = with_value(key, tree, part.given, point)
        numbers = {name: Number(value) for name, value in point.items()}
        tree = substitute(Scope.of(part.given).graph.expand(tree), numbers)
    if problem := stated_key_problem(part.fields.key, tree, part.given):
        raise SpecError([problem])
    return key._replace(tree=tree)


def read_formula_of(text: str, given: Given) -> Node:
    """A formula of an exam file; its errors were told by :func:`key_syntax_problem` before."""
    return read_statements(text, given.names)[0][-1].result


def key_syntax_problem(text: str, given: Given) -> Diagnostic | None:
    """The trouble with a formula of an exam file, with the place of it; ``None`` where it can be read."""
    try:
        read_statements(text, given.names)
    except MathSyntaxError as error:
        location = text.locate(error.offset, error.width) if isinstance(text, Text) else error.location("exam")
        return Diagnostic(error.code, error.message, "author", location, error.help)
    return None


def stated_key_problem(stated: Formula | None, tree: Node, given: Given) -> Diagnostic | None:
    """The author's own key against the derived one: a witness where they differ."""
    if stated is None:
        return None
    scope = Scope.of(given)
    try:
        node = read(stated, given.names)
    except MathSyntaxError as error:
        location = stated.locate(error.offset, error.width) if isinstance(stated, Text) else error.location("key")
        return Diagnostic(error.code, f"the key cannot be read: {error.message}", "author", location, error.help)
    pairs = list(zip(entries_of(node), entries_of(tree), strict=False))
    if len(entries_of(node)) != len(entries_of(tree)):
        return author_error("stated-key", "the stated key has another size than the derived one", stated)
    for mine, derived in pairs:
        comparison = scope.decide(mine, derived)
        if comparison.verdict != "equal":
            evidence = scope.evidence(comparison, mine, derived)
            where = ", ".join(f"{name} = {value}" for name, value in evidence.at.items())
            message = f"the stated key is not equal to the derived one, {printer.plain(derived)}"
            witness = f": at {where} it gives {evidence.answer}, the derived one {evidence.key}" if where else ""
            return author_error("stated-key", message + witness, stated, help="correct the key, or leave it out")
    return None


def point_of(at: Mapping[str, Numbers], given: Given) -> dict[str, Fraction]:
    """``at`` as a point: the declared names with their numbers, entries of arrays by their own names."""
    return dict(entry for name, value in at.items() for entry in by_entry(canonical(name, given), value))


def with_value(key: Key, tree: Node, given: Given, point: dict[str, Fraction]) -> Key:
    """The key with its numbers at a point."""
    return _with(key, tree, [number_at(entry, given, point) for entry in entries_of(tree)])


def with_numbers(key: Key, tree: Node) -> Key:
    """The key with the numbers that formulas without names are."""
    return _with(key, tree, [number_at(entry, Given(), {}) for entry in entries_of(tree)])._replace(tree=tree)


def _with(key: Key, tree: Node, numbers: list[object]) -> Key:
    shaped = iter([short_value(number) for number in numbers])
    text = _fill(tree, shaped)
    return key._replace(value=_numbers(tree, iter(numbers)), text=text, unicode=text, latex=text)


def _fill(tree: Node, texts: Iterator[str]) -> str:
    if isinstance(tree, Apply) and tree.op == "array":
        return "[" + ", ".join(_fill(arg, texts) for arg in tree.args) + "]"
    return next(texts)


def _numbers(tree: Node, numbers: Iterator[object]) -> object:
    """Numbers in the shape of an array: integers where they are, else doubles."""
    if isinstance(tree, Apply) and tree.op == "array":
        return [_numbers(arg, numbers) for arg in tree.args]
    number = next(numbers)
    if isinstance(number, Fraction) and number.denominator == 1:
        return number.numerator
    return float(number)  # type: ignore[arg-type]


def number_at(node: Node, given: Given, point: dict[str, Fraction]) -> object:
    """The value of a formula at a point: a fraction where it is one, else a ball of 50 digits."""
    expanded = Scope.of(given).graph.expand(node)
    missing = sorted(expanded.symbols() - set(point))
    if missing:
        raise ExamgradError(f"at gives no value for {', '.join(missing)}")
    value = evaluate(expanded, point)
    if value is None:
        raise ExamgradError("the formula has no value at this point")
    return value
