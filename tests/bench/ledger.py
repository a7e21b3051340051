"""Check that every acknowledged save is stored, and every stored save is in the history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.bench.heads import AcknowledgedSave

FIGURES = ("value", "numerator", "denominator")
WORDS = {"yes": "1", "no": "0"}
Key = tuple[int, str]  # A line: the school's URN and the indicator's code.


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The stored values of a line, or of one save in its history."""

    school: int
    code: str
    version: int
    user: int
    comment: str
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None

    @property
    def line(self) -> Key:
        return self.school, self.code

    def says(self, saved: AcknowledgedSave) -> bool:
        """Return whether it is what the person typed. Calculated figures are not compared."""
        texts = {name: saved.typed[name] for name in FIGURES if saved.typed[name]}
        figures = {name: Decimal(WORDS.get(text, text)) for name, text in texts.items()}
        same = all(getattr(self, name) == figure for name, figure in figures.items())
        return same and self.comment == saved.typed["comment"] and self.user == saved.user


@dataclass(frozen=True, kw_only=True)
class Count:
    """The result of a comparison. All except the first two are faults."""

    acknowledged: int
    unacknowledged: int  # Stored, but the answer was lost.
    lost: int  # Acknowledged, but not stored as typed.
    without_history: int  # Stored in the line, but not in its history.


def compare(
    saved: Iterable[AcknowledgedSave], before: Mapping[Key, int], lines: Iterable[Stored], history: Iterable[Stored]
) -> Count:
    """Compare the acknowledged saves with the lines and their history. ``before`` has each line's earlier version."""
    saved, lines = list(saved), {row.line: row for row in lines}
    changes = {(row.line, row.version): row for row in history}
    told = Counter(((save.school, save.code), save.version) for save in saved)
    lost = 0
    for save in saved:
        line = lines.get((save.school, save.code))
        change = changes.get(((save.school, save.code), save.version))
        is_kept = change is not None and change.says(save)
        is_later = line is not None and line.version > save.version
        is_there = line is not None and line.version == save.version and line.says(save)
        lost += not (is_kept and (is_later or is_there))
    numbers = [(key, number) for key, line in lines.items() for number in range(before[key] + 1, line.version + 1)]
    newest = [(line, changes.get((key, line.version))) for key, line in lines.items() if line.version > before[key]]
    return Count(
        acknowledged=len(saved),
        unacknowledged=sum(number not in told for number in numbers),
        lost=lost,
        without_history=sum(number not in changes for number in numbers)
        + sum(change is not None and change != line for line, change in newest),
    )
