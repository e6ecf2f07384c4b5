"""Derivations in a process of their own that can be stopped: sympy may take for ever, and is imported once there.

Requests and answers cross as lines of JSON. The process ends with the ``with`` block, on Ctrl-C, when a
derivation is over its time, and by itself if this process is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

from examgrad.calculus.derivation import Derived, Request, derived_from_json, request_to_json
from examgrad.errors import DerivationError

TIME_LIMIT: Final = 60.0
"""Seconds that one key may take, the start of the process included."""
_PACKAGE: Final = Path(__file__).resolve().parents[2]


class Derivations:
    """Derives keys one after the other in one child process, which its ``with`` block ends.

    ``limit`` is in seconds, for each key.
    """

    def __init__(self, limit: float = TIME_LIMIT) -> None:
        self.limit: Final = limit
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def derive(self, request: Request) -> Derived:
        """The derived, verified key. Raises :class:`DerivationError`, also where it takes longer than the limit."""
        line = json.dumps(request_to_json(request)).encode() + b"\n"
        try:
            answer = self._ask(line)
        except BaseException:
            self.close()
            raise
        if "error" in answer:
            raise DerivationError(str(answer["error"]))
        return derived_from_json(answer["derived"])

    def close(self) -> None:
        """End the process; the next key starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent yet cannot be sent any more
                        pipe.close()

    def _ask(self, line: bytes) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
            answer = self._answers.get(timeout=self.limit)
        except queue.Empty:
            raise DerivationError(f"the key was not derived within {self.limit:g} seconds") from None
        except OSError:
            answer = b""
        if not answer:
            code = process.wait()
            raise DerivationError(f"the process that derives keys ended unexpectedly (exit status {code})")
        data = json.loads(answer)
        assert isinstance(data, dict)
        return data

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            # hashes are fixed so that sympy's sets, and with them its choices, are the same from run to run
            path = os.pathsep.join(filter(None, (str(_PACKAGE), os.environ.get("PYTHONPATH"))))
            self._process = subprocess.Popen(
                [sys.executable, "-m", "examgrad.calculus.worker", str(self.limit)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path},
            )  # fmt: skip
            self._answers = queue.SimpleQueue()
            threading.Thread(target=_forward, args=(self._process.stdout, self._answers), daemon=True).start()
        return self._process


def _forward(pipe: IO[bytes], answers: queue.SimpleQueue[bytes]) -> None:
    """Every line of a pipe into a queue, and an empty one at its end: a pipe alone cannot be waited for by time."""
    with contextlib.suppress(ValueError):  # closed meanwhile
        for line in pipe:
            answers.put(line)
    answers.put(b"")
