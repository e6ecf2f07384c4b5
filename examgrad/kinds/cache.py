"""Derived keys kept between runs, in the user's cache directory, by a hash of what they were derived from.

``EXAMGRAD_NO_CACHE`` turns the cache off, ``EXAMGRAD_CACHE`` moves it. A file that is damaged, or was written by
another version, is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from examgrad.calculus.derivation import Step, Verified, where_from_json, where_to_json
from examgrad.exam.model import Conventions, Given, Part
from examgrad.formula.codec import decode, encode
from examgrad.kinds.base import Key, Row
from examgrad.version import __version__

KEPT: Final = frozenset({"derivative", "gradient", "jacobian", "hessian", "update", "layers", "layer_design"})
"""The kinds whose keys cost enough to be kept."""


def cache_directory() -> Path | None:
    """Where keys are kept; ``None`` where the environment turns the cache off."""
    if os.environ.get("EXAMGRAD_NO_CACHE"):
        return None
    if moved := os.environ.get("EXAMGRAD_CACHE"):
        return Path(moved)
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "examgrad"


class KeyCache:
    """Kept keys, a file each, by the hash of what they were derived from."""

    def __init__(self, conventions: Conventions, *, enabled: bool = True) -> None:
        self._conventions: Final = conventions
        self._directory: Final = cache_directory() if enabled else None

    def get(self, part: Part) -> Key | None:
        """The key of a part, if it was kept; a damaged file is as good as none."""
        if part.kind not in KEPT or self._directory is None:
            return None
        try:
            return _read(part, json.loads(self._path(part).read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError, IndexError):
            return None

    def put(self, part: Part, key: Key) -> None:
        """Keep a key, whole or not at all; a cache that cannot be written is no error."""
        if part.kind not in KEPT or self._directory is None:
            return
        import tempfile

        with contextlib.suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._directory, suffix=".tmp")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(_written(key), file)
            os.replace(name, self._path(part))

    def _path(self, part: Part) -> Path:
        assert self._directory is not None
        return self._directory / f"{fingerprint(part, self._conventions)}.json"


def fingerprint(part: Part, conventions: Conventions) -> str:
    """A hash of all that a part's key is derived from: its problem, its own fields, the class's conventions."""
    content = [__version__, _rules(), part.kind, list(conventions), _given(part.given), part.fields.plain()]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@cache
def _rules() -> list[object]:
    """What the deriving code is: its files' sizes and times, so that no key outlives the code that found it."""
    package = Path(__file__).parents[1]
    files = sorted(
        file for room in ("calculus", "formula", "kinds", "layers") for file in (package / room).rglob("*.py")
    )
    return [[file.name, (stat := file.stat()).st_size, stat.st_mtime_ns] for file in files]


def _given(given: Given) -> list[object]:
    variables = [[name, str(variable.domain), list(variable.shape)] for name, variable in given.names.variables.items()]
    definitions = [[name, encode(node)] for name, node in given.definitions.items()]
    return [variables, definitions, given.input, given.layers]


def _written(key: Key) -> dict[str, Any]:
    return {
        "text": key.text, "latex": key.latex, "unicode": key.unicode, "value": key.value,
        "tree": encode(key.tree) if key.tree is not None else None,
        "where": where_to_json(key.where),
        "verified": [key.verified.method, key.verified.points] if key.verified else None,
        "steps": [list(step) for step in key.steps],
        "rows": [[row.layer, row.op, dict(row.values), dict(row.formulas)] for row in key.rows],
    }  # fmt: skip


def _read(part: Part, kept: Mapping[str, Any]) -> Key:
    verified = kept["verified"]
    return Key(
        part.name, part.kind, str(kept["text"]), str(kept["latex"]), str(kept["unicode"]),
        decode(kept["tree"]) if kept["tree"] is not None else None, kept["value"],
        Verified(str(verified[0]), int(verified[1])) if verified else None,
        tuple(Step(*map(str, step)) for step in kept["steps"]),
        tuple(Row(*row) for row in kept["rows"]),
        where_from_json(kept["where"]),
    )  # fmt: skip
