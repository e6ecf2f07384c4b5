"""The child process of :mod:`examgrad.calculus.bounded`: one request a line on standard input, one answer a line."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
from typing import Final

MEMORY: Final = 2 * 1024**3
"""Bytes that the process may take, where the system can limit it."""


def main() -> None:
    """Answer requests until standard input ends."""
    limit = float(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this process
    _limit_memory()
    answers, sys.stdout = sys.stdout.buffer, sys.stderr
    with open(os.devnull, "w") as silence:
        for line in sys.stdin.buffer:
            # a process that nobody waits for any more ends by itself, whatever it is in
            faulthandler.dump_traceback_later(2 * limit + 10, exit=True, file=silence)
            answers.write(json.dumps(_answer(line)).encode() + b"\n")
            answers.flush()
            faulthandler.cancel_dump_traceback_later()


def _answer(line: bytes) -> dict[str, object]:
    try:
        from examgrad.calculus.derivation import derived_to_json, request_from_json
        from examgrad.errors import ExamgradError

        try:
            request = request_from_json(json.loads(line))
            if request.shapes:
                from examgrad.calculus.matrix.derive import derive
            else:
                from examgrad.calculus.scalar import derive
            return {"derived": derived_to_json(derive(request))}
        except ExamgradError as error:
            return {"error": str(error)}
    except (RecursionError, MemoryError):
        return {"error": "the derivation becomes too large"}
    except Exception as error:  # a bug here must not look like a dead process there
        return {"error": f"the derivation failed ({type(error).__name__}: {error})"}


def _limit_memory() -> None:
    if sys.platform == "linux":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))


if __name__ == "__main__":
    main()
