"""What a check costs at the desk: checking the midterm with a warm cache against ``python -c "import sympy"``.

Both are run by turns, each as a process of its own; the medians and their ratio are printed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 5
ANSWERS = Path(__file__).parents[2] / "problems" / "deep-learning-midterm" / "answers.yaml"
CHECK = [sys.executable, "-m", "examgrad", "check", str(ANSWERS), "--exit-zero"]
SYMPY = [sys.executable, "-c", "import sympy"]


def seconds(command: list[str]) -> float:
    """The wall time of one run."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Warm up, measure by turns, print."""
    for command in (CHECK, SYMPY):
        seconds(command)
    pairs = [(seconds(CHECK), seconds(SYMPY)) for _ in range(RUNS)]
    check, sympy = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"check the midterm, warm cache: {1000 * check:.0f} ms")
    print(f"import sympy:                  {1000 * sympy:.0f} ms")
    print(f"ratio:                         {check / sympy:.2f}")


if __name__ == "__main__":
    main()
