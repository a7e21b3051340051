"""Check that a class can be read without its module, and a file without its neighbour."""

import ast
import doctest
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "config",
    "dashboards",
    "demonstration",
    "followup",
    "kpis",
    "meetings",
    "published",
    "returns",
    "schools",
    "tables",
    "tests",
    "trajectories",
    "trusts",
)
# Names that more than one class may have, each with its reason. A class inside another class is named by both.
MAY_BE_SHARED = {
    "Command": "Django finds a management command by this name; the file says which one it is",
}
# File names that need another file to be understood. A better name says what is in the file:
# return_context.py, cross_checks.py, unusual_figures.py.
VAGUE_FILES = {
    "allowing",
    "answers",
    "around",
    "beside",
    "between",
    "changes",
    "choices",
    "chosen",
    "common",
    "contested",
    "decided",
    "decision",
    "derived",
    "due",
    "engine",
    "expected",
    "explained",
    "filling",
    "form",
    "helpers",
    "history",
    "inputs",
    "keeping",
    "kept",
    "letters",
    "lines",
    "made",
    "marking",
    "misc",
    "national",
    "opening",
    "over_terms",
    "own",
    "places",
    "proposed",
    "proposing",
    "quiet",
    "reading",
    "recorded",
    "said",
    "sense",
    "sets",
    "setting_up",
    "similar",
    "standings",
    "steps",
    "together",
    "typed",
    "utils",
    "versions",
    "written",
}
# Names of variables that do not say what they contain. A better name is the thing: line, school, termly_return.
VAGUE_VARIABLES = {"announced", "around", "beside", "each", "heads", "of", "said", "spared", "wanted"}


def our_files() -> Iterator[Path]:
    """Yield our Python files. Migrations are history."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def classes_of(source: str) -> list[str]:
    """Return the names of the classes of a module, without classes inside other classes or functions."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]


def vague_variables(source: str) -> list[tuple[int, str]]:
    """Return the line and name of each variable and argument with a vague name. Fields of classes are not variables."""
    nodes = list(ast.walk(ast.parse(source)))
    statements = [statement for node in nodes if isinstance(node, ast.ClassDef) for statement in node.body]
    fields = {
        target
        for statement in statements
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
    }
    names = [(node.lineno, node.arg) for node in nodes if isinstance(node, ast.arg)]
    names += [
        (node.lineno, node.id)
        for node in nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in fields
    ]
    return sorted((line, name) for line, name in names if name in VAGUE_VARIABLES)


def examples_in(text: str) -> str:
    """Return the examples of a docstring or README as a module with the same line numbers."""
    lines = [""] * (text.count("\n") + 1)
    for example in doctest.DocTestParser().get_examples(text):
        for number, line in enumerate(example.source.splitlines(), start=example.lineno):
            lines[number] = line
    return "\n".join(lines)


def shared_names(classes: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return each name that more than one class has, with the files of these classes."""
    files = defaultdict(list)
    for file, names in classes.items():
        for name in names:
            files[name].append(file)
    return {name: where for name, where in files.items() if len(where) > 1}


def test_no_two_classes_have_the_same_name():
    shared = shared_names({str(path): classes_of((ROOT / path).read_text(encoding="utf-8")) for path in our_files()})

    assert {name: where for name, where in shared.items() if name not in MAY_BE_SHARED} == {}
    assert set(MAY_BE_SHARED) <= set(shared), "Remove the names that are no longer shared from MAY_BE_SHARED"


def test_no_file_name_needs_its_neighbour_to_be_understood():
    assert [str(path) for path in our_files() if path.stem in VAGUE_FILES] == []


def test_no_variable_has_a_vague_name():
    vague = [
        f"{path}:{line}: {name}"
        for path in our_files()
        for line, name in vague_variables((ROOT / path).read_text(encoding="utf-8"))
    ]

    assert not vague, "Name these variables by what they are:\n" + "\n".join(vague)


def test_no_variable_of_an_example_has_a_vague_name():
    readmes = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.md"))]
    # The tests' own texts show vague names to the guards.
    written = [path for path in our_files() if path.parts[0] != "tests"]
    vague = [
        f"{path}:{line}: {name}"
        for path in (*written, *readmes)
        for line, name in vague_variables(examples_in((ROOT / path).read_text(encoding="utf-8")))
    ]

    assert not vague, "Name these variables by what they are:\n" + "\n".join(vague)


def test_examples_are_found_with_their_lines():
    text = "Words.\n\n>>> for each in lines:\n...     print(each)\n1\n\n    >>> said = 1\n"

    assert vague_variables(examples_in(text)) == [(3, "each"), (7, "said")]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("class Wanted: ...", ["Wanted"]),
        ("class Return:\n    class State: ...", ["Return"]),
        ("def build():\n    class Local: ...", []),
    ],
)
def test_only_classes_of_a_module_are_compared(source, names):
    assert classes_of(source) == names


def test_two_classes_of_one_name_are_found():
    assert shared_names({"a.py": ["Wanted", "Line"], "b.py": ["Wanted"]}) == {"Wanted": ["a.py", "b.py"]}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("total = sum(\n    each.lines for each in returns\n)", [(2, "each")]),
        ("for each, of in pairs: ...", [(1, "each"), (1, "of")]),
        ("def save(of, *, wanted=None, **said): ...", [(1, "of"), (1, "said"), (1, "wanted")]),
        ("key = lambda each: each.name", [(1, "each")]),
        ("if (of := read()): ...", [(1, "of")]),
        ("said, wanted = 1, 2", [(1, "said"), (1, "wanted")]),
        ("class Recomputation:\n    wanted = 0\n    around: int", []),
        ("class Row:\n    def words(self):\n        said = 1", [(3, "said")]),
        ("rows.select_for_update(of=['self'])", []),
    ],
)
def test_vague_variables_are_found_with_their_lines(source, found):
    assert vague_variables(source) == found
