"""The numbered rules as they are written in trajectories/README.md, so that pages print that text and no other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from trajectories.rules import DATA

NUMBER = re.compile(r"\*\*([A-Z]\d+[a-c]?)\*\* ")  # At the start of a rule.
INLINE = re.compile(r"(\*\*.+?\*\*|\*.+?\*|`.+?`)", re.DOTALL)
KINDS = {"*": "emphasis", "`": "code"}

Segment = tuple[str, str]  # Its kind (plain, strong, emphasis, code) and its text.


@dataclass(frozen=True, kw_only=True)
class RulesBlock:
    """A paragraph, or a table with its column headings first. A paragraph that starts a rule has the rule's number."""

    number: str = ""
    segments: tuple[Segment, ...] = ()
    rows: tuple[tuple[tuple[Segment, ...], ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RulesSection:
    """One part of the rules: its heading up to the colon, the question it answers, and its blocks in order."""

    name: str
    asks: str
    blocks: tuple[RulesBlock, ...]

    @property
    def numbers(self) -> list[str]:
        """The numbers of its rules that start a paragraph."""
        return [block.number for block in self.blocks if block.number]

    @property
    def span(self) -> str:
        """The first and the last rule number."""
        numbers = self.numbers
        return f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else "".join(numbers)


@cache
def written_rules() -> tuple[RulesSection, ...]:
    """Return the sections that have numbered rules, in order. Code examples are left out.

    >>> [section.name for section in written_rules()][:2]
    ['Standing', 'Trajectory']
    """
    text = (DATA.parent / "README.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", re.sub(r"^```.*?^```\n", "", text, flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE)
    sections = []
    for part in parts[1:]:
        heading, _, body = part.partition("\n")
        name, _, asks = heading.partition(": ")
        section = RulesSection(name=name, asks=asks, blocks=tuple(_blocks(body)))
        if section.numbers:
            sections.append(section)
    return tuple(sections)


def _blocks(body: str) -> Iterator[RulesBlock]:
    for has_text, group in groupby(body.splitlines(), key=lambda line: bool(line.strip())):
        lines = list(group)
        if not has_text:
            continue
        if lines[0].startswith("|"):
            rows = [tuple(_segments(cell) for cell in _cells(line)) for line in lines if not _is_ruler(line)]
            yield RulesBlock(rows=tuple(rows))
            continue
        paragraph = " ".join(line.strip() for line in lines)
        number = NUMBER.match(paragraph)
        text = paragraph[number.end() :] if number else paragraph
        yield RulesBlock(number=number.group(1) if number else "", segments=_segments(text))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _is_ruler(line: str) -> bool:
    return not line.strip().strip("|-: ")


def _segments(text: str) -> tuple[Segment, ...]:
    """Split a text into plain and marked parts.

    >>> _segments("The *level* is `x`.")
    (('plain', 'The '), ('emphasis', 'level'), ('plain', ' is '), ('code', 'x'), ('plain', '.'))
    """
    segments = []
    for part in INLINE.split(text):
        if part.startswith("**") and part.endswith("**") and len(part) > 4:
            segments.append(("strong", part[2:-2]))
        elif len(part) > 2 and part[0] in KINDS and part[-1] == part[0]:
            segments.append((KINDS[part[0]], part[1:-1]))
        elif part:
            segments.append(("plain", part))
    return tuple(segments)
