"""What all tests share: cases as data, and golden files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import settings

TESTS = Path(__file__).parent
PROJECT = TESTS.parent

settings.register_profile(
    "default", max_examples=int(os.environ.get("EXAMGRAD_EXAMPLES", "100")), deadline=None, derandomize=True
)
settings.load_profile("default")


def cases(topic: str) -> list[Any]:
    """The cases in ``tests/cases/<topic>/*.yaml``, each a parameter with its sentence as its name."""
    found = []
    for path in sorted((TESTS / "cases" / topic).glob("*.yaml")):
        for case in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader):
            found.append(pytest.param(case, id=f"{path.stem}: {case['case']}"))
    return found


def assert_told(found: Any, case: dict[str, Any]) -> None:
    """A marked part is what its case says: the verdict, and whatever else the case names."""
    told = f"{case['answer']}: {found.verdict}, {found.points}, {found.reason} {found.diagnoses} {found.evidence}"
    assert found.verdict == case["verdict"], told
    if "method" in case:
        assert found.evidence is not None
        assert found.evidence.method == case["method"], told
    if "points" in case:
        assert str(found.points) == case["points"], told
    if "diagnosis" in case:
        assert case["diagnosis"] in [item.code for item in found.diagnoses], told
    if "lines" in case:
        assert [line.verdict for line in found.lines] == case["lines"], (told, found.lines)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write what is printed now to the golden files.")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Any:
    """Compare a text with ``tests/golden/<name>``; ``--update-golden`` writes it instead."""

    def compare(name: str, text: str) -> None:
        path = TESTS / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run pytest --update-golden and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys derived in tests are kept for the run, and never in the user's own cache."""
    shared = Path(tmp_path_factory.getbasetemp()) / "cache"
    monkeypatch.setenv("EXAMGRAD_CACHE", str(shared))
