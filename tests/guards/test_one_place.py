"""Check that what was once written several times is still written in one place."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What to look for in the Python files of our packages, and the only file that may have it.
ONE_PLACE = {
    r"%-d|\.day\} \{\w+(\.\w+)*:%B": "tables/dates.py",
    r'"st", 2: "nd"': "kpis/rules/figures_in_words.py",
    r'"all schools" if': "kpis/catalogue/national_figures.py",
    r'"autoretry_for"': "trusts/tasks.py",
    r"select_for_update|pg_advisory": "trusts/locks.py",
    r"\.update_or_create\(": "demonstration/actions/loading.py",  # It locks without no_key.
    r"Http404\(\"This return has not": "returns/views/opened_return.py",
}


def our_sources() -> dict[str, str]:
    """Return the Python files outside migrations and tests, by their path."""
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    files = [path for package in packages for path in package.rglob("*.py") if "migrations" not in path.parts]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}


@pytest.mark.parametrize(("pattern", "place"), ONE_PLACE.items(), ids=list(ONE_PLACE.values()))
def test_it_is_written_in_one_place(pattern, place):
    found = {path for path, source in our_sources().items() if re.search(pattern, source)}

    assert found == {place}
