"""Run every example in a docstring, because a stale example misleads."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "tables", "trusts", "schools", "followup", "published", "kpis", "trajectories", "returns", "meetings", "dashboards",
    "demonstration", "config",
]  # fmt: skip
READMES = sorted(path for app in APPS for path in (ROOT / app).glob("README.md"))
WITH_EXAMPLES = sorted(path for app in APPS for path in (ROOT / app).rglob("*.py") if ">>>" in path.read_text())


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=name_of)
def test_examples_in_docstrings_are_correct(path):
    failed, attempted = doctest.testmod(import_module(name_of(path)))

    assert attempted
    assert failed == 0


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.parent.name)
def test_examples_in_readmes_hold(path):
    failed, attempted = doctest.testfile(str(path), module_relative=False)

    assert attempted
    assert failed == 0
