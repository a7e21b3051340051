"""Whether every save that was acknowledged is stored, and every stored save has its row in the history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.bench.heads import Saved

FIGURES = ("value", "numerator", "denominator")
WORDS = {"yes": "1", "no": "0"}
Key = tuple[int, str]  # A line: the school's URN and the indicator's code.


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the database says of a line, or of one save of it in its history."""

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

    def says(self, saved: Saved) -> bool:
        """Say whether it is what somebody typed; figures that were worked out are not compared."""
        texts = {name: saved.typed[name] for name in FIGURES if saved.typed[name]}
        figures = {name: Decimal(WORDS.get(text, text)) for name, text in texts.items()}
        same = all(getattr(self, name) == figure for name, figure in figures.items())
        return same and self.comment == saved.typed["comment"] and self.user == saved.user


@dataclass(frozen=True, kw_only=True)
class Count:
    """What a comparison found; all but the first two are faults."""

    acknowledged: int
    unacknowledged: int  # Stored, but no answer told anybody; sending it again found it there.
    lost: int  # Acknowledged, and not stored as it was typed.
    without_history: int  # Stored in the line, and not in its history as it is.


def compare(
    saved: Iterable[Saved], before: Mapping[Key, int], lines: Iterable[Stored], history: Iterable[Stored]
) -> Count:
    """Hold the acknowledged saves against the lines and their history. ``before`` has each line's number of saves."""
    saved, lines = list(saved), {each.line: each for each in lines}
    changes = {(each.line, each.version): each for each in history}
    told = Counter(((each.school, each.code), each.version) for each in saved)
    lost = 0
    for each in saved:
        line = lines.get((each.school, each.code))
        change = changes.get(((each.school, each.code), each.version))
        is_kept = change is not None and change.says(each)
        is_later = line is not None and line.version > each.version
        is_there = line is not None and line.version == each.version and line.says(each)
        lost += not (is_kept and (is_later or is_there))
    numbers = [(key, number) for key, line in lines.items() for number in range(before[key] + 1, line.version + 1)]
    newest = [(line, changes.get((key, line.version))) for key, line in lines.items() if line.version > before[key]]
    return Count(
        acknowledged=len(saved),
        unacknowledged=sum(each not in told for each in numbers),
        lost=lost,
        without_history=sum(each not in changes for each in numbers)
        + sum(change is not None and change != line for line, change in newest),
    )
