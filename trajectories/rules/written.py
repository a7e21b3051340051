"""The numbered rules as they are written in trajectories/README.md, for pages to print: one text, in one place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from trajectories.rules import DATA

NUMBER = re.compile(r"\*\*([A-Z]\d+[a-c]?)\*\* ")  # At the beginning of a rule.
INLINE = re.compile(r"(\*\*.+?\*\*|\*.+?\*|`.+?`)", re.DOTALL)
KINDS = {"*": "emphasis", "`": "code"}

Segment = tuple[str, str]  # Its kind (plain, strong, emphasis, code) and its text.


@dataclass(frozen=True, kw_only=True)
class Block:
    """A paragraph, or a table with its heads first; a paragraph that begins a rule has the rule's number."""

    number: str = ""
    segments: tuple[Segment, ...] = ()
    rows: tuple[tuple[tuple[Segment, ...], ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the rules: its heading up to the colon, what it asks, and its blocks in order."""

    name: str
    asks: str
    blocks: tuple[Block, ...]

    @property
    def numbers(self) -> list[str]:
        """The numbers of its rules that begin a paragraph."""
        return [each.number for each in self.blocks if each.number]

    @property
    def span(self) -> str:
        """Say from which rule to which it goes."""
        found = self.numbers
        return f"{found[0]} to {found[-1]}" if len(found) > 1 else "".join(found)


@cache
def written_rules() -> tuple[Section, ...]:
    """Return the sections of the rules that have numbers, in their order. Examples in code are left out.

    >>> [each.name for each in written_rules()][:2]
    ['Standing', 'Trajectory']
    """
    text = (DATA.parent / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", re.sub(r"^```.*?^```\n", "", text, flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE)
    sections = []
    for part in parts[1:]:
        heading, _, body = part.partition("\n")
        name, _, asks = heading.partition(": ")
        section = Section(name=name, asks=asks, blocks=tuple(_blocks(body)))
        if section.numbers:
            sections.append(section)
    return tuple(sections)


def _blocks(body: str) -> Iterator[Block]:
    for has_text, group in groupby(body.splitlines(), key=lambda line: bool(line.strip())):
        lines = list(group)
        if not has_text:
            continue
        if lines[0].startswith("|"):
            rows = [tuple(_segments(cell) for cell in _cells(line)) for line in lines if not _is_ruler(line)]
            yield Block(rows=tuple(rows))
            continue
        paragraph = " ".join(line.strip() for line in lines)
        found = NUMBER.match(paragraph)
        text = paragraph[found.end() :] if found else paragraph
        yield Block(number=found.group(1) if found else "", segments=_segments(text))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _is_ruler(line: str) -> bool:
    return not line.strip().strip("|-: ")


def _segments(text: str) -> tuple[Segment, ...]:
    """Split a text into plain parts and marked ones.

    >>> _segments("The *level* is `x`.")
    (('plain', 'The '), ('emphasis', 'level'), ('plain', ' is '), ('code', 'x'), ('plain', '.'))
    """
    found = []
    for part in INLINE.split(text):
        if part.startswith("**") and part.endswith("**") and len(part) > 4:
            found.append(("strong", part[2:-2]))
        elif len(part) > 2 and part[0] in KINDS and part[-1] == part[0]:
            found.append((KINDS[part[0]], part[1:-1]))
        elif part:
            found.append(("plain", part))
    return tuple(found)
