"""What is wrong with a YAML file, in words for the people who write exams and answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from examgrad.errors import Audience, Diagnostic, Location
from examgrad.exam.source import Source

if TYPE_CHECKING:
    from examgrad.exam.document import Items, Text

Words = tuple[str, str]
"""What is wrong, and what to do about it."""

_QUOTE = "put the text into 'single quotes', or into a block: a | behind the colon and the text below it, indented"

ANCHOR: Words = ("an anchor (&name) is not read", f"write the value out; if the & belongs to the text, {_QUOTE}")
ALIAS: Words = ("an alias (*name) is not read", f"write the value out; if the * belongs to the text, {_QUOTE}")
TAG: Words = ("a tag (!name) is not read", f"leave it out; if the ! belongs to the text, {_QUOTE}")
KEY_IS_NO_TEXT: Words = ("a list or a mapping stands where a name was expected", f"if it is a text, {_QUOTE}")

# libyaml's problem, or the start of it -> what is wrong and what helps
_PROBLEMS: dict[str, Words] = {
    "mapping values are not allowed": ("this colon makes no name here", f"if it belongs to the text, {_QUOTE}"),
    "could not find expected ':'": (
        "this line is neither 'name: value' nor a part of the text above it",
        "put a colon and a blank behind the name, or indent the line below the text it continues",
    ),
    "did not find expected ',' or ']'": (
        "this list in [brackets] does not go on or end here",
        "separate its entries with commas, close it with ], and put entries with : { } [ ] into 'single quotes'",
    ),
    "did not find expected ',' or '}'": (
        "this mapping in {braces} does not go on or end here",
        "separate its entries with commas, close it with }, and put entries with : { } [ ] into 'single quotes'",
    ),
    "did not find expected key": (
        "this line does not fit the lines above it",
        "indent it exactly as the line it belongs with, and close every quote and bracket above it",
    ),
    "did not find expected '-' indicator": (
        "this line does not fit the list above it",
        "begin it with '- ', indented as the other entries, or indent it below the entry it belongs to",
    ),
    "block sequence entries are not allowed": (
        "a list cannot begin here",
        "put '- ' on a line of its own below the name; a text that begins with '- ' goes into 'single quotes'",
    ),
    "mapping keys are not allowed": ("a '? ' cannot stand here", f"if it belongs to the text, {_QUOTE}"),
    "did not find expected node content": ("a value was expected here", "write one, or take the comma or bracket away"),
    "did not find expected <document start>": (
        "the file does not go on here", "separate documents by a line '---'; indent what belongs to the text above"
    ),
    "did not find expected comment or line break": (
        "the text of a block begins on the line below its | or >", f"if the | or > belongs to the text, {_QUOTE}"
    ),
    "found unexpected document indicator": ("a quoted text is still open at this '---'", "close its quote"),
}  # fmt: skip
_SPECIAL = {
    "*": "an alias", "&": "an anchor", "!": "a tag", "|": "a block of text", ">": "a block of text",
    "[": "a list", "{": "a mapping", "?": "a name", "-": "a list", "'": "a quoted text", '"': "a quoted text",
}  # fmt: skip
_VALUE = re.compile(r"""\s*(?:- +)*(?:[\w.]+: +)?(?:- +)*(?=([*&!|>\[{?'"\-]))""")
_CLOSING = {"[": "]", "{": "}", "'": "'", '"': '"'}


def explained(error: Exception, source: Source, audience: Audience) -> Diagnostic:
    """A :class:`yaml.YAMLError` in plain words."""
    problem = str(getattr(error, "problem", None) or error)
    mark: Any = getattr(error, "problem_mark", None)
    context: Any = getattr(error, "context_mark", None)
    at = mark.index if mark is not None else 0
    code = "not-yaml"
    if "escape" in problem or "hexdecimal" in problem:
        code = "latex-in-double-quotes"
        written, at, message, help = _escape(source.text, source.text.rfind("\\", 0, at + 2))
        return Diagnostic(code, message, audience, source.location(at, at + len(written)), help)
    if "tab character" in problem or source.text[at : at + 1] == "\t":
        tab = source.text.find("\t", at)
        at = tab if tab >= 0 else at
        message, help = "a tab stands where blanks indent the line", "indent with blanks: YAML takes no tabs there"
        return Diagnostic("tab-indentation", message, audience, source.location(at), help)
    if "found unexpected end of stream" in problem and context is not None:
        message = "this quote is never closed"
        help = f"close it, or, if it belongs to the text, {_QUOTE}"
        return Diagnostic(code, message, audience, source.location(context.index), help)
    if "cannot start any token" in problem:
        message = f"a text cannot begin with {source.text[at]}"
        return Diagnostic(code, message, audience, source.location(at), _QUOTE)
    message, help = next(
        (words for start, words in _PROBLEMS.items() if problem.startswith(start)),
        (f"this is no YAML: {problem}", _QUOTE),
    )
    if special := _special_start(source, at):
        return Diagnostic(code, special[1], audience, special[0], _QUOTE)
    if "',' or" in problem and context is not None:
        return _unclosed(source, context.index, at, (message, help), audience)
    return Diagnostic(code, message, audience, source.location(at), help)


def _unclosed(source: Source, opened: int, at: int, words: Words, audience: Audience) -> Diagnostic:
    """A list in brackets or a mapping in braces, opened at one offset, that does not go on at another."""
    text = source.text
    place, first = source.location(at), source.location(opened)
    since = f"the {text[opened]} on line {first.line}, column {first.column}"
    message, help = words[0], f"{words[1]}; it began with {since}"
    before = text[opened + 1 : at].rstrip()
    if not text[at:].strip():
        place, message = first, f"this {text[opened]} is never closed"
        help = words[1]
    elif text[at] in "[{":
        message, help = f"{text[at]} cannot stand inside this entry", "put the entry into 'single quotes'"
    elif text[at] in "]}":
        message, help = (
            f"{text[at]} does not close {since}",
            "put entries with brackets of their own into 'single quotes'",
        )
    elif before and before[-1] in "]}'\"":
        message, help = (
            f"this entry goes on behind its closing {before[-1]}",
            "put the whole entry into 'single quotes'",
        )
    return Diagnostic("not-yaml", message, audience, place, help)


def _special_start(source: Source, at: int) -> tuple[Location, str] | None:
    """A value on the line of the trouble that begins with a sign of YAML's own, and goes on as a text behind it."""
    begin = source.line_start(at)
    line = source.location(at).text
    match = _VALUE.match(line)
    if match is None or match.end() >= at - begin + 1:
        return None
    sign, column = match[1], match.end()
    if sign in _CLOSING and _CLOSING[sign] not in line[column + 1 : at - begin]:
        return None
    if sign in "?-" and line[column + 1 : column + 2] != " ":
        return None
    if sign in "|>" and at - begin == column:
        return None
    message = f"a value that begins with {sign} is {_SPECIAL[sign]} to YAML, and this one goes on behind it"
    return source.location(begin + column), message


def _escape(text: str, slash: int) -> tuple[str, int, str, str]:
    """What a backslash in double quotes begins, where, and the message and help for it: LaTeX, nearly always."""
    match = re.compile(r"\\(?:[A-Za-z]+|.?)").match(text, slash)
    written = match[0] if match else "\\"
    return (
        written, slash, f"{written} stands in double quotes, where YAML takes a backslash for an escape of its own",
        "LaTeX goes into 'single quotes' or into a block (a | behind the colon and the text below it, indented)",
    )  # fmt: skip


# what LaTeX commands the escapes \a \b \e \f \n \r \t \v \L \N \P silently cut into: \theta is a tab and "heta"
_COMMANDS = frozenset(
    """
    nabla ne neq neg nu not nleq ngeq nmid notin newline ni tan tanh tau tfrac tilde to top text textbf textit textrm
    theta therefore times tr triangle triangleq
    """.split()
)
_BACKSLASH = re.compile(r"\\(?:\\|([A-Za-z]+)|[0_])")


def damaged_latex(text: Text) -> tuple[str, str, Location] | None:
    """The words and the place of LaTeX that double quotes have silently damaged, if there is any."""
    written = text.source.text[text.start : text.end]
    for match in _BACKSLASH.finditer(written):
        letters = match[1] or ""
        legitimate = match[0] == "\\\\" or letters[:1] in ("x", "u", "U")
        if letters[:1] in ("n", "t"):  # a line break or a tab, unless a command begins with it
            legitimate = not any(letters == name or (len(name) > 3 and letters.startswith(name)) for name in _COMMANDS)
        if not legitimate:
            place = text.source.location(text.start + match.start(), text.start + match.end())
            _, _, message, help = _escape(written, match.start())
            return message + " and loses the command", help, place
    return None


def not_a_mapping(document: Items | Text) -> Words:
    """The words for a file whose root is a list or a text."""
    what = "a text" if isinstance(document, str) else "a list"
    return f"this file holds {what}; 'name: value' lines were expected", "it begins with a line 'examgrad: 1'"


def control_character(location: Location, letter: str, audience: Audience) -> Diagnostic:
    """For a character that no YAML file may hold."""
    message = f"the character U+{ord(letter):04X} cannot stand in a YAML file"
    return Diagnostic("not-yaml", message, audience, location, "delete it; it is a control character that is not shown")


def not_utf8(content: bytes, at: int, path: str, audience: Audience) -> Diagnostic:
    """For bytes that are not UTF-8."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Diagnostic(
            "encoding", "this file is in UTF-16, not in UTF-8", audience, Location(path, 1, 1), "save it as UTF-8"
        )
    source = Source(content[:at].decode() + content[at:].decode("latin-1"), path)
    offset = len(content[:at].decode().removeprefix("\ufeff"))
    message = f"this file is not in UTF-8: the byte 0x{content[at]:02x} stands here"
    return Diagnostic("encoding", message, audience, source.location(offset), "save the file as UTF-8")
