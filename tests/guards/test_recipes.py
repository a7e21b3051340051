"""Check that the files, make targets and commands that the recipes in DEVELOPING.md name exist."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
SECTION = re.search(r"^## Recipes$(.*?)^## ", (ROOT / "DEVELOPING.md").read_text(), re.DOTALL | re.MULTILINE)
assert SECTION
RECIPES = dict(re.findall(r"^### (.+?)$(.*?)(?=^### |\Z)", SECTION[1], re.DOTALL | re.MULTILINE))
TARGETS = set(re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
MAKE_TARGETS = {target for targets in TARGETS for target in targets.split()}


def files_of(recipe: str) -> list[str]:
    """Return the paths in the list that ends a recipe."""
    return re.findall(r"`(.+?)`", recipe.partition("\nFiles: ")[2])


def tests_run_by(recipe: str) -> list[str]:
    """Return the paths of tests that a recipe says to run."""
    runs = re.findall(r"`make quick T=\"?([^`\"]+)\"?`", recipe)
    return [path for run in runs for path in run.split()]


def commands_in(text: str, program: str) -> set[str]:
    """Return what a text calls ``make`` or ``manage.py`` with, without options: ``make install static`` is two."""
    found = re.findall(rf"`{re.escape(program)} ([a-z_][a-z_ -]*)", text)
    return {word for words in found for word in words.split()}


def test_every_recipe_the_project_promises_is_there():
    promised = {"an indicator", "a page", "a list", "a permission", "a role", "a rule", "a task"}

    assert {f"Add {thing}" for thing in promised} <= set(RECIPES)


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_ends_with_files_that_exist(title):
    paths = files_of(RECIPES[title])

    assert paths, "the recipe has no list of files"
    assert [path for path in paths if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("title", RECIPES)
def test_recipe_runs_tests_that_exist(title):
    assert [path for path in tests_run_by(RECIPES[title]) if not (ROOT / path).exists()] == []


def test_make_targets_in_recipes_exist():
    named = commands_in(SECTION[1], "make")

    assert {"install", "static", "quick"} <= named
    assert named <= MAKE_TARGETS


def test_commands_in_recipes_exist():
    named = commands_in(SECTION[1], "manage.py")

    assert {"sync_catalogue", "makemigrations"} <= named
    assert named <= set(get_commands())
