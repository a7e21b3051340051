"""Look for words to avoid (docs/words.md) in everything that a person reads."""

import ast
import itertools
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = tomllib.loads((ROOT / "tests" / "guards" / "words.toml").read_text())
AVOID = {
    row["phrase"]: re.compile(row["pattern"].replace(" ", r"\s+"), re.MULTILINE | re.IGNORECASE)
    for row in LIST["avoid"]
}
SUFFIXES = {".py", ".html", ".txt", ".md", ".typ", ".js", ".scss", ".toml"}
# Migrations are history, and words.toml is the list itself.
NOT_PROSE = re.compile(r"/migrations/|/words\.toml$")

Passage = tuple[int, str]  # The number of its first line, and its text.

# Names in code: code in backticks, addresses, paths, identifiers, CSS classes.
CODE = re.compile(r"``.+?``|`[^`]+`|\S+@\S+|\w*[/\\]\w[\w/\\.]*|\w*_\w+|\bsl-[\w-]+|\b(?!e\.g|i\.e)\w+(?:\.\w+)+\b")
DOCTEST = re.compile(r"^\s*(>>>|\.\.\.).*$", re.MULTILINE)
SPOKEN = re.compile(r'\b(?:aria-label|alt|title|placeholder|content)="([^"]*)"')


def blanked(text: str) -> str:
    """Return only the line breaks of a text, so that later text keeps its line number."""
    return "\n" * text.count("\n")


def is_prose(text: str) -> bool:
    """Return whether a text is a sentence or a label, not a key."""
    return " " in text.strip() or re.match(r"[A-Z][a-z]+$", text) is not None


def strings(tree: ast.Module) -> Iterator[Passage]:
    """Yield the strings of a module, without doctests. An f-string has … for each value."""
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            texts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(map(str, texts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            yield node.lineno, DOCTEST.sub("", node.value)


def comments(source: str) -> Iterator[Passage]:
    """Yield the comments of a module, joined if they are on consecutive lines."""
    tokens = tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__)
    found = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    for line in found:
        if line - 1 not in found:
            block = itertools.takewhile(found.__contains__, itertools.count(line))
            yield line, "\n".join(found[number] for number in block)


def python_passages(source: str) -> Iterator[Passage]:
    """Yield the strings, comments and test names of a module."""
    tree = ast.parse(source)
    yield from ((line, text) for line, text in strings(tree) if is_prose(text))
    yield from comments(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.lineno, node.name.replace("_", " ")


def template_passages(source: str) -> Iterator[Passage]:
    """Yield the text of a template, its spoken attributes and the quoted text in its tags."""
    text = re.sub(
        r"{%.*?%}|{{.*?}}",
        lambda tag: "…" + " … ".join(filter(is_prose, re.findall(r'"([^"]*)"', tag[0]))) + blanked(tag[0]),
        source,
        flags=re.DOTALL,
    )
    text = re.sub(
        r"<[a-z/!](?:[^<>\"]|\"[^\"]*\")*>",
        lambda element: " … ".join(SPOKEN.findall(element[0])) + blanked(element[0]),
        text,
    )
    yield 1, text


def script_passages(source: str) -> Iterator[Passage]:
    """Yield the comments and the strings of JavaScript or SCSS."""
    for found in re.finditer(r"/\*.*?\*/|(?<!:)//[^\n]*|\"([^\"\n]*)\"|`([^`]*)`", source, re.DOTALL):
        line = 1 + source.count("\n", 0, found.start())
        if found[0].startswith("/") or is_prose(found[1] or found[2] or ""):
            yield line, found[0]


def report_passages(source: str) -> Iterator[Passage]:
    """Yield the comments, strings and content blocks of a typst document."""
    for found in re.finditer(r"(?<!:)//[^\n]*|\"([^\"\n]*)\"|\[([^][#]*)\]", source):
        if found[0].startswith("/") or is_prose(found[1] or found[2] or ""):
            yield 1 + source.count("\n", 0, found.start()), found[0]


def document_passages(source: str) -> Iterator[Passage]:
    """Yield a document's text without its blocks of code."""
    yield 1, re.sub(r"^```.*?^```", lambda block: blanked(block[0]), source, flags=re.DOTALL | re.MULTILINE)


READERS = {
    ".py": python_passages,
    ".html": template_passages,
    ".js": script_passages,
    ".scss": script_passages,
    ".typ": report_passages,
}


def avoided(source: str, suffix: str) -> list[str]:
    """Return the avoided phrases in the prose of a file, each with its line number."""
    found = []
    for start, passage in READERS.get(suffix, document_passages)(source):
        text = CODE.sub(lambda code: "…" + blanked(code[0]), passage)
        for phrase, pattern in AVOID.items():
            for match in pattern.finditer(text):
                line = start + text.count("\n", 0, match.start())
                near = " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
                found.append(f"{line}: “{phrase}” in: {near}")
    return found


def files_in(place: str) -> list[Path]:
    path = ROOT / place
    paths = [path] if path.is_file() else sorted(path.rglob("*"))
    return [found for found in paths if found.suffix in SUFFIXES and not NOT_PROSE.search(found.as_posix())]


@pytest.mark.parametrize("place", LIST["rewritten"])
def test_prose_uses_no_avoided_words(place):
    found = [
        f"{path.relative_to(ROOT)}:{where}"
        for path in files_in(place)
        for where in avoided(path.read_text(), path.suffix)
    ]

    assert files_in(place), "this folder has no prose, or no longer exists"
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("phrase", AVOID)
def test_pattern_finds_its_phrase(phrase):
    assert AVOID[phrase].search(phrase)


def test_page_lists_the_same_words():
    page = (ROOT / "docs" / "words.md").read_text()

    rows = re.findall(r"^\| `(.+)` \| (.+) \|$", page, re.MULTILINE)
    assert rows == [(row["phrase"], row["write"]) for row in LIST["avoid"]]


@pytest.mark.parametrize(("suffix", "source"), LIST["found"])
def test_avoided_word_is_found_in_every_kind_of_file(suffix, source):
    assert avoided(source, suffix)


@pytest.mark.parametrize(("suffix", "source"), LIST["not_found"])
def test_code_is_not_prose(suffix, source):
    assert avoided(source, suffix) == []
