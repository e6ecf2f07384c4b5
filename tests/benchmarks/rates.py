"""How often a decision is wrong, missing, or not a proof, on the pairs of ``tests/cases/families``.

Which pairs are equal is known from the data, where it was checked with another library's numbers at 60 digits and
more; nothing here asks the decision itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

from examgrad.equality import decide
from examgrad.formula.names import Names, Variable, read_domain
from examgrad.formula.parser import read

FAMILIES = Path(__file__).parents[1] / "cases" / "families"


def outcomes() -> Iterator[tuple[bool, str, str]]:
    """For every pair whether it is equal, the verdict and the method."""
    for path in sorted(FAMILIES.glob("*.yaml")):
        for family in yaml.safe_load(path.read_text(encoding="utf-8")):
            domains = {name: read_domain(text) for name, text in family.get("variables", {}).items()}
            names = Names([Variable(name, domain) for name, domain in domains.items()], open_ended=True)
            first, *others = family["forms"]
            key = read(first, names)
            for equal, texts in ((True, others), (False, family["wrong"])):
                for text in texts:
                    result = decide(key, read(text, names), domains)
                    yield equal, result.verdict, result.method


def main() -> None:
    """Count and print."""
    counts = Counter(outcomes())
    equal = sum(count for (right, _, _), count in counts.items() if right)
    unequal = counts.total() - equal
    accepted = sum(count for (right, verdict, _), count in counts.items() if not right and verdict == "equal")
    rejected = sum(count for (right, verdict, _), count in counts.items() if right and verdict == "unequal")
    unknown = sum(count for (_, verdict, _), count in counts.items() if verdict == "unknown")
    said = sum(count for (_, verdict, _), count in counts.items() if verdict == "equal")
    proved = sum(counts[True, "equal", method] for method in ("identical", "exact"))
    print(f"{counts.total()} pairs, {equal} of them equal")
    print(f"false accepts:       {accepted} of {unequal} unequal pairs")
    print(f"false rejects:       {rejected} of {equal} equal pairs")
    print(f"undecided:           {unknown} ({100 * unknown / counts.total():.1f} %)")
    print(f"proved among equal:  {proved} of {said} ({100 * proved / said:.1f} %)")


if __name__ == "__main__":
    main()
