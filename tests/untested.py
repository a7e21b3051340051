"""List the lines of rules, actions, queries and permissions that no test ran, from coverage's report.

python -m tests.untested REPORT.json. A line that writes or refuses is marked; with one of those it ends with status 1.
"""

import ast
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LAYERS = ("rules", "actions", "queries", "permissions")
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


@dataclass(frozen=True)
class Untested:
    """One line that no test ran. ``mark`` says what it does if it must have a test: it writes, or it refuses."""

    path: str
    number: int
    text: str
    mark: str

    def __str__(self) -> str:
        return f"{self.path}:{self.number}: {self.mark:<8}{self.text}"


def untested(report: Mapping[str, Mapping[str, Mapping[str, list[int]]]], root: Path) -> Iterator[Untested]:
    """Yield the lines of the layers below ``root`` that ``report``, coverage's JSON, calls missing."""
    for path, found in sorted(report["files"].items()):
        if found["missing_lines"] and in_layer(Path(path)):
            source = (root / path).read_text()
            marks = marked_lines(source)
            for number in found["missing_lines"]:
                yield Untested(path, number, source.splitlines()[number - 1].strip(), marks.get(number, ""))


def in_layer(path: Path) -> bool:
    """Say whether a module is in one of the layers: `kpis/rules/score.py`, `trusts/permissions.py`."""
    return len(path.parts) > 1 and path.parts[1].removesuffix(".py") in LAYERS


def marked_lines(source: str) -> dict[int, str]:
    """Return what the statement on each line does, for statements that write to the database or refuse something."""
    marks = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise | ast.Assert):
            marks |= dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), "refuses")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {*WRITES, "execute"}
        ):
            marks |= dict.fromkeys(range(node.lineno, (node.end_lineno or node.lineno) + 1), "writes")
    return marks


def main(report: Path) -> int:
    lines = list(untested(json.loads(report.read_text()), Path.cwd()))
    for line in lines:
        print(line)
    marked = sum(bool(line.mark) for line in lines)
    print(f"{len(lines)} lines of {', '.join(LAYERS)} that no test runs; {marked} of them write or refuse")
    return 1 if marked else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
