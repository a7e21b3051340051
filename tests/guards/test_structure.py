"""Keep packages to their sizes, and what a school sends on ways that lead only down, as DEVELOPING.md lists them."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# From the top floor down, as in pyproject.toml; packages of one floor may not use each other.
FLOORS = (
    ("config",),
    ("dashboards", "demonstration"),
    ("meetings",),
    ("returns",),
    ("trajectories",),
    ("kpis",),
    ("published",),
    ("followup",),
    ("schools",),
    ("trusts",),
    ("tables",),
)
FLOOR_OF = {package: number for number, packages in enumerate(FLOORS) for package in packages}
LARGEST_SHARE = 0.29  # Of the lines of Python outside migrations.
MOST_FILES = 20  # On both ways together.


def ways() -> dict[str, list[str]]:
    """Return the modules of each way in DEVELOPING.md, by its title."""
    text = (ROOT / "DEVELOPING.md").read_text(encoding="utf-8")
    section = text.split("\n## The two ways\n")[1].split("\n## ")[0]
    return {
        title: re.findall(r"`([a-z_.]+)`", listed)
        for title, listed in re.findall(r"\*\*(.+?)\*\*\n\n((?:\d+\. .+\n)+)", section)
    }


def file_of(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def starts_a_part(module: str) -> bool:
    """Say whether a module is a view or a task: a request or a message starts there."""
    return module.split(".")[1] in ("views", "tasks")


def imported_by(module: str) -> Iterator[str]:
    """Return every module that a module imports from, and each name it imports as if it were a module."""
    for node in ast.walk(ast.parse(file_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def lines_of(package: str) -> int:
    files = (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def test_no_package_has_more_than_its_share_of_the_lines():
    lines = {package: lines_of(package) for package in FLOOR_OF}

    assert max(lines.values()) / sum(lines.values()) <= LARGEST_SHARE


def test_the_two_ways_are_written_down_and_short():
    assert len(ways()) == 2
    assert len({module for way in ways().values() for module in way}) <= MOST_FILES


@pytest.mark.parametrize("title", ways())
def test_a_way_leads_only_down(title):
    modules = ways()[title]
    floors = [FLOOR_OF[module.split(".")[0]] for module in modules]

    assert floors == sorted(floors)
    for place, module in enumerate(modules):
        import_module(module)
        assert starts_a_part(module) or any(module in imported_by(earlier) for earlier in modules[:place]), (
            f"{module} is imported by none of the modules before it"
        )
