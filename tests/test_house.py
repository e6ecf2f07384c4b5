"""The rooms of the house: nothing imports upwards, and sympy stays where keys are derived."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PROJECT

ROOMS = [
    "version", "errors", "formula", "equality", "calculus", "layers", "exam", "kinds", "diagnosis", "grading", "api",
    "report", "cli",
]  # fmt: skip
"""Ground floor first."""

MODULES = sorted((PROJECT / "examgrad").rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """Every module a file imports, its line, and whether at import time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        id(node) for scope in ast.walk(tree) if isinstance(scope, ast.FunctionDef | ast.If) for node in ast.walk(scope)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) not in inner
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno, id(node) not in inner


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "examgrad" else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_nothing_imports_upwards(path: Path) -> None:
    parts = path.relative_to(PROJECT / "examgrad").with_suffix("").parts
    if parts in (("__init__",), ("__main__",)):
        return
    floor = ROOMS.index(parts[0])
    for module, line, _ in imports(path):
        room = room_of(module)
        if room is not None:
            assert ROOMS.index(room) <= floor, f"{path}:{line} imports {module} from a floor above"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_sympy_stays_where_keys_are_derived(path: Path) -> None:
    for module, line, _ in imports(path):
        if module.split(".")[0] == "sympy":
            assert "calculus" in path.parts, f"{path}:{line} imports sympy"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_no_text_is_run_as_code(path: Path) -> None:
    forbidden = {"eval", "exec", "sympify", "parse_expr", "lambdify", "compile", "__import__"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in forbidden, f"{path}:{node.lineno} calls {node.func.id}"
        if isinstance(node, ast.Import):
            assert not {alias.name for alias in node.names} & {"pickle", "marshal", "shelve"}, f"{path}:{node.lineno}"


def test_modules_stay_readable() -> None:
    long = [path for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > 400]
    assert not long, f"these modules are too long to be read at a sitting: {long}"
