"""A pytest plugin for the runs that judge a changed program (`tests/mutants/__main__.py`).

It keeps the tests that suit the modules under change, runs the quickest first, and makes each run start from nothing:
a value that was cached before the change was switched on would hide the change.
"""

import doctest
import gc
import json
import os
import re
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest
from hypothesis import settings

WITH_DATABASE = bool(os.environ.get("MUTANTS_WITH_DATABASE"))
NEEDS_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}
SLOW = ("journey", "faults", "real_data")
CHANGED = re.compile(r"__mutmut_\d+$")


def pytest_configure(config: pytest.Config) -> None:
    quick = settings(settings.get_profile("sightline"), derandomize=True, max_examples=20, database=None)
    settings.register_profile("mutants", quick)
    settings.load_profile("mutants")
    config.pluginmanager.import_plugin("tests.mutants.database")  # After pytest-django, whose fixture it replaces.


def pytest_sessionstart() -> None:
    if _switched_on():
        _forget()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kept = [item for item in items if _is_judge(item)]
    if dropped := [item for item in items if not _is_judge(item)]:
        config.hook.pytest_deselected(items=dropped)
    if _switched_on():
        durations = _durations()
        kept.sort(key=lambda item: durations.get(item.nodeid, 0))
    items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    # So that the first test of each file is known to call what fills a cache.
    if os.environ.get("MUTANT_UNDER_TEST") == "stats" and item.path != _last_path[0]:
        _last_path[0] = item.path
        _forget()


_last_path: list[Path | None] = [None]


def _is_judge(item: pytest.Item) -> bool:
    needs = bool(NEEDS_DATABASE & set(getattr(item, "fixturenames", ()))) or bool(item.get_closest_marker("django_db"))
    return (WITH_DATABASE or not needs) and not any(item.get_closest_marker(name) for name in SLOW)


def _switched_on() -> bool:
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


def _durations() -> dict[str, float]:
    file = Path("mutmut-stats.json")
    return json.loads(file.read_text())["duration_by_test"] if file.exists() else {}


def _forget() -> None:
    gc.unfreeze()  # mutmut froze what there was, and frozen objects are not listed.
    for cache in _caches():
        cache.cache_clear()


def _caches() -> Iterator[_lru_cache_wrapper]:
    ours = tuple(f"{path.name}." for path in Path().iterdir() if (path / "__init__.py").is_file())
    for item in gc.get_objects():
        if type(item) is _lru_cache_wrapper and (item.__module__ or "").startswith(ours):
            yield item


# Examples in the copies that mutmut makes of a function would run once for each change.
_find = doctest.DocTestFinder.find


def _find_once(self: doctest.DocTestFinder, *args: object, **kwargs: object) -> list[doctest.DocTest]:
    found = _find(self, *args, **kwargs)  # type: ignore[arg-type]
    return [test for test in found if not CHANGED.search(test.name)]


doctest.DocTestFinder.find = _find_once  # type: ignore[method-assign]
