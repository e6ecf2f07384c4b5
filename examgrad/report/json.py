"""Results and keys as JSON, named as in the contract; points are exact, as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from examgrad.equality import Comparison
from examgrad.errors import Diagnostic
from examgrad.grading.results import PartResult, Report, Result
from examgrad.kinds.base import Evidence, Key, Row

FORMAT = 1


def report_json(report: Report) -> str:
    """The result of ``check`` as one JSON document."""
    return _dump(
        {
            "examgrad": FORMAT,
            "exam": {"title": report.title, "points": str(report.possible)},
            "submissions": [_submission(result) for result in report.submissions],
            "summary": {
                "submissions": len(report.submissions),
                "parts": sum(len(result.parts) for result in report.submissions),
                "verdicts": report.verdicts(),
            },
            "provenance": dict(report.provenance),
        }
    )


def keys_json(title: str, points: Fraction, keys: Mapping[str, Key]) -> str:
    """The result of ``solve`` as one JSON document."""
    return _dump(
        {
            "examgrad": FORMAT,
            "exam": {"title": title, "points": str(points)},
            "keys": [_key(key) for key in keys.values()],
        }
    )


def _dump(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _submission(result: Result) -> dict[str, Any]:
    return {
        "student": result.student,
        "source": result.source,
        "points": str(result.points),
        "possible": str(result.possible),
        "parts": [_part(part) for part in result.parts],
    }


def _part(part: PartResult) -> dict[str, Any]:
    return {
        "part": part.part,
        "kind": part.kind,
        "verdict": part.verdict,
        "points": str(part.points),
        "possible": str(part.possible),
        "answer": part.answer,
        "key": part.key,
        "reason": part.reason,
        "evidence": _evidence(part.evidence),
        "diagnoses": [{"code": item.code, "message": item.message} for item in part.diagnoses],
        "lines": [
            {"line": item.line, "text": item.text, "verdict": item.verdict, "reason": item.reason}
            for item in part.lines
        ],
        "cells": [
            ({"layer": cell.layer} if cell.layer else {})
            | {"row": cell.row, "column": cell.column, "verdict": cell.verdict, "answer": cell.answer, "key": cell.key}
            for cell in part.cells
        ],
        "awarded": [
            {"for": item.reason, "points": str(item.points), "possible": str(item.possible)} for item in part.awarded
        ],
    }


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    if evidence is None:
        return None
    found: dict[str, Any] = {"method": evidence.method}
    if evidence.method == "witness":
        found |= {"at": dict(evidence.at), "answer": evidence.answer, "key": evidence.key}
    if evidence.method == "numeric":
        found |= {"points": evidence.points, "digits": evidence.digits}
    if evidence.note:
        found["note"] = evidence.note
    return found


def _key(key: Key) -> dict[str, Any]:
    return {
        "part": key.part,
        "kind": key.kind,
        "key": key.text,
        "latex": key.latex,
        "value": key.value,
        "verified": {"method": key.verified.method, "points": key.verified.points} if key.verified else None,
        "steps": [{"rule": step.rule, "text": step.text, "latex": step.latex} for step in key.steps],
        "rows": [_row(row) for row in key.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {"layer": row.layer, "op": row.op, **row.values, "formulas": dict(row.formulas)}


def comparison_json(comparison: Comparison) -> str:
    """The result of ``compare`` as one JSON document."""
    witness = comparison.witness
    return _dump(
        {
            "examgrad": FORMAT,
            "verdict": comparison.verdict,
            "method": comparison.method,
            "witness": {
                "at": {name: str(value) for name, value in witness.at.items()},
                "left": witness.left,
                "right": witness.right,
            }
            if witness
            else None,
            "points": comparison.points,
            "digits": comparison.digits,
            "note": comparison.note,
            "entries": [[entry.verdict for entry in row] for row in comparison.entries],
        }
    )


def findings_json(findings: Iterable[tuple[object, Sequence[Diagnostic]]]) -> str:
    """The result of ``lint`` as one JSON document."""
    files = [{"path": str(path), "diagnostics": [_diagnostic(item) for item in found]} for path, found in findings]
    return _dump({"examgrad": FORMAT, "files": files})


def _diagnostic(item: Diagnostic) -> dict[str, Any]:
    place = item.location
    return {
        "code": item.code,
        "message": item.message,
        "path": place.path if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "help": item.help,
    }
