"""Every letter of every scalar is found again in the file, and nothing in a file is turned into something else."""

from __future__ import annotations

import itertools
import pickle
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from examgrad.errors import SpecError
from examgrad.exam.document import Items, Mapping, Text, Value, from_python
from examgrad.exam.yaml_reader import read_documents

LETTERS = [chr(code) for code in [*range(0x61, 0x7B), *range(0x3B1, 0x3C9)]] + ["𝒳", "\u0302", "中", "é", "ﬀ", "😀"]
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\/": "/", "\\x41": "A", "\\u0416": "Ж", "\\U0001F600": "😀", "\\u005a": "Z"}


def texts_of(value: Value) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, Items):
        return [text for item in value for text in texts_of(item)]
    return [text for key, item in value.pairs() for text in [key, *texts_of(item)]]


def check_spans(text: Text) -> int:
    """Each letter of the value stands where its place says; how many were compared."""
    file = text.source
    if text.style in ("|", ">") and not text.strip():
        return 0  # a block of blank lines: there is nothing to point at
    lines = file.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spans = text._spans()
    assert len(spans) == len(text)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans)), "places in order"
    for offset, letter in enumerate(text):
        if letter.isspace():
            start, end = (text.start + edge for edge in spans[offset])
            assert file.text[start:end].isspace()
            continue
        place = text.locate(offset)
        assert place.text == lines[place.line - 1]
        written = place.text[place.column - 1 : place.column - 1 + place.width]
        if text.style == '"':
            written = ESCAPES.get(written, written)
        elif text.style == "'":
            written = written.replace("''", "'")
        assert written == letter, (str(text), offset, place)
    behind = text.locate(len(text))
    assert behind.column <= len(behind.text) + 1
    return len(spans)


def document(draw: st.DrawFn, scalar: str, nesting: int) -> str:
    """A scalar in a mapping at some depth, behind other lines."""
    indent = "  " * nesting
    before = "".join("  " * level + f"k{level}:\n" for level in range(nesting))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return f"{mark}first: 1  # ζ 𝒳\n{before}{indent}key: {scalar}\nlast: 2\n"


def unique(draw: st.DrawFn, pieces: list[str]) -> list[str]:
    """``L`` in the pieces replaced by letters that occur once."""
    letters = iter(draw(st.permutations(LETTERS)))
    return [next(letters, "0") if piece == "L" else piece for piece in pieces]


@st.composite
def flow_scalars(draw: st.DrawFn, quote: str) -> str:
    more = {"": ["L"], "'": ["''", "\\", "#", ": "], '"': [*ESCAPES, "\\\n", "'", "#"]}[quote]
    kinds = st.sampled_from(["L", "L", "L", " ", "  ", "\t", "\n", "\n\n", " \n ", "\u2028", "\x85", *more])
    pieces = unique(draw, draw(st.lists(kinds, max_size=30)))
    nesting = draw(st.integers(0, 2))
    text = "".join(pieces).replace("\n", "\n" + "  " * (nesting + 1)) if quote or pieces else ""
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return document(draw, quote + text + quote, nesting).replace("\n", ends)


@st.composite
def block_scalars(draw: st.DrawFn) -> str:
    nesting = draw(st.integers(0, 2))
    base = 2 * nesting
    extra = draw(st.integers(1, 4))
    header = draw(st.sampled_from("|>")) + draw(st.sampled_from(["", "-", "+"]))
    if draw(st.booleans()):
        header += str(extra)
    header += draw(st.sampled_from(["", "  # a comment"]))
    kinds = st.sampled_from(["L", "L", "L", " ", "\t", "\n", "\n", "#", ": ", "\\", "\u2029", "\x85"])
    lines = "".join(unique(draw, draw(st.lists(kinds, max_size=40)))).split("\n")
    blank = draw(st.booleans())
    body = "\n".join((" " * (base + extra) if line or blank else "") + line for line in lines)
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    return document(draw, f"{header}\n{body}", nesting).replace("\n", ends)


def compare_all(file: str) -> None:
    try:
        documents = read_documents(file, "f.yaml")
    except SpecError:
        assume(False)
    assert sum(check_spans(text) for text in texts_of(documents[0])) > 0


@pytest.mark.parametrize("quote", ["", "'", '"'], ids=["plain", "single quotes", "double quotes"])
@settings(max_examples=300)
@given(data=st.data())
def test_every_letter_of_a_flow_scalar_has_its_place(quote: str, data: st.DataObject) -> None:
    compare_all(data.draw(flow_scalars(quote)))


@settings(max_examples=600)
@given(block_scalars())
def test_every_letter_of_a_block_scalar_has_its_place(file: str) -> None:
    compare_all(file)


@pytest.mark.parametrize(
    ("file", "offset", "line", "column"),
    [
        ("k: a b\n   c d\n", 4, 2, 4),
        ("k: 'it''s x'\n", 5, 1, 11),
        ('k: "a\\u00e9\\\n   b"\n', 2, 2, 4),
        ("k: |2\n   a\n    b\n", 5, 3, 5),
        ("k: >-\n  a\n  b\n\n  c\n", 4, 5, 3),
        ("k: |\r\n  a\r\n  b\r\n", 2, 3, 3),
        ("\ufeffk: yy\n", 1, 1, 5),
        ("k: x\u0302 y\n", 3, 1, 7),
        ("k: 𝒳 y\n", 2, 1, 6),
    ],
)
def test_places_in_scalars_of_every_style(file: str, offset: int, line: int, column: int) -> None:
    text = texts_of(read_documents(file, "f.yaml")[0])[1]
    place = text.locate(offset)
    assert (place.line, place.column) == (line, column)


def test_a_place_is_as_wide_as_its_line_allows() -> None:
    text = texts_of(read_documents("k: |\n  abc def\n  ghi\n", "f.yaml")[0])[1]
    assert text.locate(4, 3).width == 3
    assert text.locate(4, 99).width == 3
    behind = text.locate(len(text))
    assert (behind.line, behind.column) == (3, 6)
    assert text.location.text == "  abc def"


def test_every_scalar_stays_the_text_that_was_written() -> None:
    written = ["False", "no", "1e3", "08", "0x1F", "null", "~", "2026-11-23", "1_000", ".inf", "y", "1:30", "<<", "="]
    document = read_documents("".join(f"k{at}: {text}\n" for at, text in enumerate(written)), "f.yaml")[0]
    assert list(document.values()) == written


def test_brackets_and_braces_can_be_had_as_they_were_written() -> None:
    document = read_documents("a: [x,  {y: 1}]\nb: {v if g > 0; 0 otherwise}\n", "f.yaml")[0]
    first, second = document[Text("a")], document[Text("b")]
    assert isinstance(first, Items)
    assert isinstance(second, Mapping)
    assert first.written() == "[x,  {y: 1}]"
    assert second.written() == "{v if g > 0; 0 otherwise}"
    assert second.written().locate(6).column == 10


def test_the_lines_of_a_block_know_their_places() -> None:
    text = texts_of(read_documents("k: |\n  a = b\n\n    c = d\n", "f.yaml")[0])[1]
    lines = text.lines()
    assert lines == ["a = b", "c = d"]
    assert (lines[1].locate(4).line, lines[1].locate(4).column) == (4, 9)
    assert Text("x\ny").lines() == ["x", "y"]


def test_values_survive_a_process_boundary() -> None:
    document = read_documents("a: [x, 'y z']\nb: {c: d}\n", "f.yaml")[0]
    again = pickle.loads(pickle.dumps(document))
    assert again == document
    item = again[Text("a")][1]
    assert item.locate(2) == texts_of(document)[2].locate(2)


def test_values_of_a_program() -> None:
    value = from_python({"a": [1, True, None, "x"], 2: Fraction(1, 3)}, "answers")
    assert value == {"a": ["1", "True", "", "x"], "2": "1/3"}
    assert value.location.path == "answers"


def test_carets_stand_under_the_letter_however_wide_those_before_it_are() -> None:
    text = texts_of(read_documents("k: y\u0302 中 + x3\n", "f.yaml")[0])[1]
    assert text.locate(7, 2).caret() == "k: y\u0302 中 + x3\n          ^^"
