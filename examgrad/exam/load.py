"""From an exam file to an :class:`Exam`: everything is checked, and everything wrong is told at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from collections.abc import Mapping as Kinds
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

from examgrad.errors import Diagnostic, Location, SpecError
from examgrad.exam.cuts import cut_diagnostics
from examgrad.exam.document import Items, Mapping, Text, Value
from examgrad.exam.fields import Credit, Fields, Points, Prose, Raw, declared, nearest
from examgrad.exam.given import read_given
from examgrad.exam.layers_from import fitted, names_model
from examgrad.exam.model import Conventions, Exam, Given, Part, Problem
from examgrad.exam.validation import read_fields
from examgrad.exam.yaml_reader import read_documents

VERSION: Final = "1"
_ID = re.compile(r"[\w.\-]+")


class ConventionFields(Fields):
    """How the class writes mathematics."""

    gradient: Literal["column", "row"] = "column"
    framework: Literal["exam", "torch", "keras"] = "exam"
    image: Literal["HWC", "CHW"] | None = None
    pool_rounding: Literal["floor", "ceil"] = "floor"


class ExamFields(Fields):
    """The exam file's own fields."""

    examgrad: Prose
    title: Prose = Text()
    conventions: ConventionFields = ConventionFields()
    credit: Credit = Credit()
    problems: Raw


class ProblemFields(Fields):
    """A problem's own fields."""

    id: Prose
    prompt: Prose = Text()
    given: Raw = None
    parts: Raw


class PartFields(Fields):
    """What a part of any kind may have."""

    id: Prose | None = None
    kind: Prose
    prompt: Prose = Text()
    points: Points | None = None
    credit: Credit | None = None


def _points(head: PartFields, fields: Fields) -> Fraction:
    """What a part is worth: what it states, else what its rubric adds up to, else one point."""
    if head.points is not None:
        return head.points
    rubric = getattr(fields, "rubric", None)
    return sum((point.points for point in rubric), Fraction(0)) if rubric else Fraction(1)


def load_exam(path_or_text: Path | str, kinds: Kinds[str, type[Fields]]) -> Exam:
    """An exam from its file, or from the text of one (a string of several lines).

    ``kinds`` gives the fields of every kind of part. Raises :class:`SpecError` with everything found wrong, and
    :class:`OSError` where there is no such file.
    """
    if isinstance(path_or_text, str) and "\n" in path_or_text:
        path, content = "exam", path_or_text.encode("utf-8", "surrogatepass")
    else:
        path, content = str(path_or_text), Path(path_or_text).read_bytes()
    documents = read_documents(content, path)
    loader = _Loader(kinds, path, hashlib.sha256(content).hexdigest())
    exam = loader.exam(documents)
    if exam is None or loader.found:
        raise SpecError(sorted(loader.found, key=_position), path)
    return exam


def _position(diagnostic: Diagnostic) -> tuple[int, int]:
    place = diagnostic.location
    return (place.line, place.column) if place else (0, 0)


def check_version(document: Mapping, what: str) -> Diagnostic | None:
    """The trouble with a file's format version, ``examgrad: 1``."""
    audience: Literal["author", "student"] = "author" if what == "exam" else "student"
    version = document.get("examgrad")
    if version is None:
        message = "the line 'examgrad: 1' is missing, which states the version of the format"
        return Diagnostic("version", message, audience, document.location, "write it at the top of the file")
    if version != VERSION:
        shown = version if isinstance(version, Text) else "that"
        message = f"format version {shown} is unknown: this examgrad reads version {VERSION}"
        return Diagnostic("version", message, audience, version.location, "write 'examgrad: 1'")
    return None


def _only(item: Mapping, wanted: Callable[[str], bool]) -> Mapping:
    """The mapping with some of its names left."""
    values = {name: value for name, value in item.items() if wanted(name)}
    return Mapping(values, item.source, item.start, item.end, flow=item.flow)


def _with_article(noun: str) -> str:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


class _Loader:
    """Reads one exam file; ``found`` is what is wrong with it."""

    def __init__(self, kinds: Kinds[str, type[Fields]], path: str, digest: str) -> None:
        self.kinds: Final = kinds
        self.path: Final = path
        self.digest: Final = digest
        self.found: list[Diagnostic] = []
        self._names: dict[str, Location] = {}
        self._stated: frozenset[str] = frozenset()

    def _report(self, code: str, message: str, location: Location | None, help: str = "") -> None:
        self.found.append(Diagnostic(code, message, "author", location, help))

    def exam(self, documents: list[Mapping]) -> Exam | None:
        """The exam, as far as it can be read."""
        document = documents[0]
        if len(documents) > 1:
            self._report(
                "several-documents", "an exam file holds one document", documents[1].location, "take the '---' away"
            )
        self.found += [diagnostic for each in documents for diagnostic in cut_diagnostics(each)]
        if self.found:  # what was cut shows up as unknown fields and unreadable formulas: tell the cause alone
            return None
        if version := check_version(document, "exam"):
            self.found.append(version)
        fields, found = read_fields(ExamFields, document, "an exam")
        self.found += [item for item in found if "'examgrad'" not in item.message]
        credit = fields.credit if fields else Credit()
        conventions = self._conventions(fields.conventions if fields else ConventionFields(), document)
        problems = self._problems(document.get("problems"), credit, conventions)
        if fields is None:
            return None
        models = [problem.given.model.digest for problem in problems if problem.given.model is not None]
        digest = hashlib.sha256(" ".join([self.digest, *models]).encode()).hexdigest() if models else self.digest
        return Exam(str(fields.title), conventions, problems, self.path, digest, credit)

    def _conventions(self, stated: ConventionFields, document: Mapping) -> Conventions:
        """The class's conventions; layers from a file are PyTorch's, where nothing else is said."""
        framework = stated.framework
        value = document.get("problems")
        problems = value if isinstance(value, Items) else [value]
        given = [
            found for item in problems if isinstance(item, Mapping) and isinstance(found := item.get("given"), Mapping)
        ]
        if (word := next(filter(None, map(names_model, given)), None)) is not None:
            own = next((item.key("layers") for item in given if "layers" in item and "layers_from" not in item), None)
            if "framework" not in stated.__dict__["stated"] and own is not None:
                message = (
                    "layers_from names a model of PyTorch, and these layers are written in the exam: whose are they?"
                )
                self._report("framework", message, own.location, "write conventions: {framework: torch} if PyTorch's")
            elif "framework" in stated.__dict__["stated"] and framework != "torch":
                message = f"layers_from names a model of PyTorch, and the conventions say framework: {framework}"
                self._report("framework", message, word.location, "write framework: torch, or leave it out")
            framework = "torch"
        image = stated.image or ("CHW" if framework == "torch" else "HWC")
        return Conventions(stated.gradient, framework, image, stated.pool_rounding)

    def _mappings(self, value: Value | None, what: str) -> list[Mapping]:
        """A list of mappings, or a single one."""
        items = list(value) if isinstance(value, Items) else [value] if value is not None else []
        for item in items:
            if not isinstance(item, Mapping):
                self._report("bad-value", f"{what} was expected here: a mapping (id: …)", item.location)
        if value is not None and not items:
            self._report("bad-value", f"this list is empty: {what} was expected", value.location)
        return [item for item in items if isinstance(item, Mapping)]

    def _problems(self, value: Value | None, credit: Credit, conventions: Conventions) -> tuple[Problem, ...]:
        problems = []
        seen: dict[str, Location] = {}
        for item in self._mappings(value, "a problem"):
            fields, found = read_fields(ProblemFields, item, "a problem")
            self.found += found
            name = self._id(item)
            if name is not None and name in seen:
                message = f"the problem {name} stands twice; the first is on line {seen[name].line}"
                self._report("problem-twice", message, name.location, "give each problem an id of its own")
            elif name is not None:
                seen[name] = name.location
            stated = item.get("given")
            given, found = read_given(stated)
            self.found += found
            self._stated = frozenset(stated if isinstance(stated, Mapping) else [])
            if names_model(stated) is not None:
                self._stated |= {"layers"} | ({"input"} if given.input is not None else set())
                if (placed := fitted(given, conventions)) is not None:
                    given = given._replace(layers=list(placed.layers))
            parts = self._parts(item.get("parts"), name, given, credit)
            if fields and name is not None:
                problems.append(Problem(str(name), given, parts, str(fields.prompt)))
        return tuple(problems)

    def _id(self, item: Mapping) -> Text | None:
        """The id of a problem or part, where it has one that can be used in a name."""
        name = item.get("id")
        if not isinstance(name, Text) or not name:
            return None
        if not _ID.fullmatch(name):
            self._report("bad-id", f"'{name}' is no id: letters, digits, '_', '-' and '.' were expected", name.location)
            return None
        return name

    def _parts(self, value: Value | None, problem: Text | None, given: Given, credit: Credit) -> tuple[Part, ...]:
        items = self._mappings(value, "a part")
        parts = (self._part(item, problem, given, credit, alone=len(items) == 1) for item in items)
        return tuple(part for part in parts if part is not None)

    def _part(self, item: Mapping, problem: Text | None, given: Given, credit: Credit, *, alone: bool) -> Part | None:
        kind = item.get("kind")
        model = self.kinds.get(kind) if isinstance(kind, Text) else None
        if isinstance(kind, Text) and kind and model is None:
            message = f"unknown kind '{kind}'{nearest(kind, self.kinds)}"
            self._report("unknown-kind", message, kind.location, f"the kinds are {', '.join(self.kinds)}")
        own = declared(model) if model else {}
        common = declared(PartFields)
        what = f"{_with_article(kind)} part" if model and isinstance(kind, Text) else "a part"
        head, found = read_fields(PartFields, _only(item, lambda name: name in common), what)
        self.found += found
        fields: Fields | None = None
        if model is not None:
            rest = _only(item, lambda name: name in own or name not in common)
            fields, found = read_fields(model, rest, what, also=common)
            self.found += found
            self._check_needs(model, what, item)
        name = self._name(item, problem, alone=alone)
        if head is None or fields is None or name is None or problem is None:
            return None
        if head.credit:
            credit = credit.updated(head.credit)
        return Part(
            name,
            str(head.kind),
            fields,
            _points(head, fields),
            given,
            str(problem),
            str(head.prompt),
            credit,
            item.location,
        )

    def _check_needs(self, model: type[Fields], what: str, item: Mapping) -> None:
        """A kind whose key is derived cannot do without what it is derived from."""
        if missing := [need for need in model.needs if need not in self._stated]:
            self._report(
                "missing-given", f"{what} needs the problem's given, with {' and '.join(missing)}", item.location,
                f"write 'given:' and below it '{missing[0]}:' before the parts",
            )  # fmt: skip

    def _name(self, item: Mapping, problem: Text | None, *, alone: bool) -> str | None:
        """The part's name: the problem's id and its own. A problem's only part may do without its own."""
        own = self._id(item)
        if own is None and not alone and not item.get("id"):
            self._report("missing-field", "this part needs an 'id', as its problem has several parts", item.location)
        if problem is None or (own is None and not alone):
            return None
        name = f"{problem}{own or ''}"
        place = own.location if own is not None else item.location
        if name in self._names:
            message = f"the part {name} stands twice; the first is on line {self._names[name].line}"
            self._report("part-twice", message, place, "give each part an id of its own")
            return None
        self._names[name] = place
        return name
