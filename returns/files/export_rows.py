"""Tell the rows of an export about pupils or groups from rows that add up, average or describe other rows.

A row of totals is known by its numbers: they are the sum or the mean of other rows, and the row is not named as they
are. What only its numbers or only its name suggests is asked. No name is quoted, because it may be a pupil's.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from returns.files.export_questions import (
    COUNT,
    LEAVE_OUT,
    MOST_QUESTIONS,
    ExportQuestion,
    answer_to,
    rows_in_words,
)
from tables.sheets import SheetRow

TOTAL_WORDS = {
    "total", "totals", "subtotal", "subtotals", "overall", "average", "averages", "mean", "median", "sum", "count",
    "all", "everyone", "whole", "school", "minimum", "maximum", "percentage",
}  # fmt: skip
# Words that are next to these in the name of a row of totals.
GROUP_WORDS = {"grand", "sub", "year", "class", "form", "group", "tutor", "house", "key", "stage", "of", "for", "the"}
GROUP_WORDS |= {"pupils", "students", "children", "reception", "nursery", "y", "yr", "ks"}
WORD = re.compile(r"[^\W\d_]+")
USUAL_SHARE = Decimal("0.6")  # Of the names that are written in one way, for this to be how names are written.
MOST_SESSIONS = 420  # A school year has about 380 sessions.
MOST_GROUPS = 60  # Different texts in a column that says which group a row is in.
FEW_ROWS = 50  # Of those added up, to see which columns they fill.


@dataclass(frozen=True, slots=True)
class SessionsRow:
    """A row with its name, in small letters, and its numbers, possible sessions first. None if one is faulty."""

    row: SheetRow
    name: str
    numbers: tuple[Decimal, ...]

    @property
    def number(self) -> int:
        return self.row.number

    @property
    def has_sessions(self) -> bool:
        return bool(self.numbers) and self.numbers[0] > 0


@dataclass(frozen=True, kw_only=True)
class SortedRows:
    """The rows that are about a pupil or a group, those left out as totals, and what is still to be asked."""

    counted: list[SessionsRow]
    totals: list[SessionsRow]
    unexplained: list[int]  # Rows left out that are named as totals but add up nothing.
    unsure: set[int]  # Rows that are still asked about.
    questions: list[ExportQuestion]


def is_pupil_number(name: str) -> bool:
    """Say whether a name is a number, such as a UPN, that only one pupil has.

    >>> is_pupil_number("A801200001001"), is_pupil_number("Ash, Bee"), is_pupil_number("7A Total")
    (True, False, False)
    """
    return any(letter.isdigit() for letter in name) and not any(letter.isspace() or letter == "," for letter in name)


def sort_rows(
    rows: Sequence[SessionsRow], *, are_pupils: bool, columns: Sequence[int], answers: Mapping[str, str]
) -> SortedRows:
    """Sort the rows. ``columns`` are the positions of the columns with neither names nor numbers that were chosen."""
    reader = _TotalsReader(rows, are_pupils, columns)
    first = reader.read({})
    answered: dict[int, str] = {}
    for question, asked in _questions(first, are_pupils):
        if answer := answer_to(question, answers):
            answered |= dict.fromkeys(asked, answer)
    # An answer about one row can explain the sums of others.
    found = reader.read(answered) if answered else first
    open_questions, unsure = [], set[int]()
    for question, asked in _questions(found, are_pupils):
        answer = answer_to(question, answers)
        if answer:
            answered |= dict.fromkeys(asked, answer)
        else:
            open_questions.append(question)
            unsure |= set(asked)
    left_out = found.totals | {number for number, answer in answered.items() if answer == LEAVE_OUT}
    return SortedRows(
        counted=[row for row in rows if row.number not in left_out],
        totals=[row for row in rows if row.number in left_out],
        unexplained=sorted(found.unexplained),
        unsure=unsure,
        questions=open_questions,
    )


@dataclass
class _Found:
    """The rows of totals by their numbers, and why others may be totals too."""

    totals: set[int] = field(default_factory=set)
    unexplained: set[int] = field(default_factory=set)  # Those of the totals that are known only by their names.
    doubts: dict[int, str] = field(default_factory=dict)  # The reason, by the number of the row.
    added_up: dict[int, str] = field(default_factory=dict)  # Which rows a row is the sum of.


class _RunningSums:
    """Rows in their order, to find a run of them that ends with the last and has a given sum."""

    def __init__(self, width: int) -> None:
        self.rows: list[SessionsRow] = []
        self.sums: list[tuple[Decimal, ...]] = [(Decimal(0),) * width]
        self.starts = {self.sums[0]: 0}

    def add(self, row: SessionsRow) -> None:
        self.rows.append(row)
        self.sums.append(_plus(self.sums[-1], row.numbers))
        self.starts[self.sums[-1]] = len(self.rows)

    def run_with_sum(self, numbers: tuple[Decimal, ...]) -> list[SessionsRow]:
        """Return the run, or nothing. There is only one, because every row has possible sessions."""
        start = self.starts.get(tuple(map(Decimal.__sub__, self.sums[-1], numbers)), len(self.rows))
        return self.rows[start:]

    def is_mean(self, numbers: tuple[Decimal, ...], start: int, end: int) -> bool:
        """Say whether numbers are the mean of a run, as they are rounded."""
        count = end - start
        totals = map(Decimal.__sub__, self.sums[end], self.sums[start])
        return count > 0 and all(
            abs(total - number * count) * 2 <= count * Decimal(10) ** int(number.as_tuple().exponent)
            for total, number in zip(totals, numbers, strict=True)
        )


class _TotalsReader:
    """Finds the rows that add up others."""

    def __init__(self, rows: Sequence[SessionsRow], are_pupils: bool, columns: Sequence[int]) -> None:
        self.rows, self.are_pupils, self.columns = rows, are_pupils, columns
        names = [row.name for row in rows if row.name]
        self.writing = _usual((_writing(name) for name in names), len(names)) if are_pupils else ""
        length = _usual((str(len(name)) for name in names), len(names)) if self.writing == "number" else ""
        self.length = int(length or 0)  # Of UPNs and other long numbers.
        self.unlike = {row.number for row in rows if self._is_unlike(row)}
        self.width = max((len(row.numbers) for row in rows), default=0)

    def read(self, answered: Mapping[int, str]) -> _Found:
        """Find the totals. ``answered`` says what a person said about rows by their numbers."""
        found = _Found(totals={number for number, answer in answered.items() if answer == LEAVE_OUT})
        counted = {number for number, answer in answered.items() if answer == COUNT}
        self._read_both_orders(found, counted)
        if self._read_groups(found, counted):
            self._read_both_orders(found, counted)
        settled = found.totals | counted
        for row in self.rows:
            if row.number in settled:
                continue
            if row.number in self.unlike and _is_nothing_else(row.name):
                found.unexplained.add(row.number)
            elif reason := self._doubt(row, found):
                found.doubts[row.number] = reason
        found.totals |= found.unexplained
        return found

    def _read_both_orders(self, found: _Found, counted: set[int]) -> None:
        for _ in range(3):  # A total above its rows, found in the second order, is no part of a sum in the first.
            before = len(found.totals) + len(found.added_up)
            self._read_in_order(self.rows, found, counted)
            self._read_in_order(self.rows[::-1], found, counted)
            if len(found.totals) + len(found.added_up) == before:
                break

    def _read_in_order(self, rows: Sequence[SessionsRow], found: _Found, counted: set[int]) -> None:
        """Find sums and means of the rows before each row."""
        sure, every = _RunningSums(self.width), _RunningSums(self.width)
        group, group_start = (0, 0), 0  # The run before the last total, and where the next one starts.
        settled = found.totals | counted
        for row in rows:
            if row.number not in settled and row.has_sessions:
                runs = (group, (group_start, len(sure.rows)), (0, len(sure.rows)))
                self._recognise(row, sure, every, runs, found)
            if row.number in found.totals:
                if group_start < len(sure.rows):
                    group, group_start = (group_start, len(sure.rows)), len(sure.rows)
            elif row.has_sessions:
                every.add(row)
                if row.number in counted or not (row.number in self.unlike or row.number in found.added_up):
                    sure.add(row)

    def _recognise(
        self,
        row: SessionsRow,
        sure: _RunningSums,
        every: _RunningSums,
        runs: Iterable[tuple[int, int]],
        found: _Found,
    ) -> None:
        """Note whether a row is the sum of rows before it, or the mean of one of the runs.

        A total may have been made of the rows that certainly are no totals, or of all.
        """
        is_unlike = row.number in self.unlike
        for sums in (sure, every):
            added = sums.run_with_sum(row.numbers)
            if self._is_total(row, added, is_unlike):
                found.totals.add(row.number)
            elif len(added) > 1:
                found.added_up[row.number] = _run_in_words(added)
        if is_unlike and _is_an_average(row) and any(sure.is_mean(row.numbers, *run) for run in runs):
            found.totals.add(row.number)

    def _read_groups(self, found: _Found, counted: set[int]) -> bool:
        """Find sums of the rows that have the same text in another column, wherever they are."""
        rows = [row for row in self.rows if row.number not in found.totals and row.has_sessions]
        usual = [
            column
            for column in self.columns
            if sum(bool(row.row.cell(column).text) for row in rows) >= USUAL_SHARE * len(rows)
        ]
        unsure = [
            row
            for row in rows
            if row.number not in counted
            and (row.number in self.unlike or any(not row.row.cell(column).text for column in usual))
        ]
        if not unsure:
            return False
        left_out = {row.number for row in unsure}
        others = [row for row in rows if row.number not in left_out]
        sums = {numbers for column in usual for numbers in _sums_by_text(others, column)}
        totals = {row.number for row in unsure if row.numbers in sums}
        found.totals |= totals
        return bool(totals)

    def _is_total(self, row: SessionsRow, added: Sequence[SessionsRow], is_unlike: bool) -> bool:
        if not added:
            return False
        if len(added) == 1:  # Two pupils often have the same numbers, so only a name that is nothing else decides.
            return is_unlike and _is_named_total(row.name)
        return is_unlike or self._lacks_a_cell(row, added[:FEW_ROWS])

    def _is_unlike(self, row: SessionsRow) -> bool:
        """Say whether a row is not named as rows about a pupil or a group are."""
        if not row.name:
            return True
        if not self.are_pupils:
            return bool(_words(row.name) & TOTAL_WORDS)
        if self.writing in ("number", "comma"):
            is_other_number = self.length > 5 and len(row.name) != self.length
            return _writing(row.name) != self.writing or is_other_number
        return bool(_words(row.name) & TOTAL_WORDS)

    def _lacks_a_cell(self, row: SessionsRow, added: Sequence[SessionsRow]) -> bool:
        return any(
            not row.row.cell(column).text and all(other.row.cell(column).text for other in added)
            for column in self.columns
        )

    def _doubt(self, row: SessionsRow, found: _Found) -> str:
        """Return why a row may be a total, or "" if nothing says so."""
        if row.number in found.added_up:
            return found.added_up[row.number]
        if not row.name:
            return NO_NAME[self.are_pupils]
        if row.number in self.unlike and _words(row.name) & TOTAL_WORDS:
            return LIKE_A_TOTAL
        if self.are_pupils and self.writing in ("number", "comma") and _writing(row.name) != self.writing:
            return NAMED_OTHERWISE
        return MANY_SESSIONS if self.are_pupils and row.has_sessions and row.numbers[0] > MOST_SESSIONS else ""


NO_NAME = {True: "Nothing says which pupil this is", False: "Nothing says which group this is"}
LIKE_A_TOTAL = "Named like a total, but not the sum or the mean of the rows around it"
NAMED_OTHERWISE = "Named in another way than the other rows"
MANY_SESSIONS = "More possible sessions than a pupil can have in a school year"
CHOICES = {
    are_pupils: (
        (COUNT, "A pupil: count" if are_pupils else "A group: count"),
        (LEAVE_OUT, "A total, an average or a note: leave out"),
    )
    for are_pupils in (True, False)
}


def _questions(found: _Found, are_pupils: bool) -> list[tuple[ExportQuestion, list[int]]]:
    """Return the questions, each with the numbers of its rows. Many rows with the same reason have one question."""
    by_reason: dict[str, list[int]] = {}
    for number, reason in found.doubts.items():
        by_reason.setdefault("" if number in found.added_up else reason, []).append(number)
    asked = []
    for reason, numbers in by_reason.items():
        together = len(numbers) > MOST_QUESTIONS
        for rows in [numbers] if together else [[number] for number in numbers]:
            hint = reason or ("Rows before or after have these numbers added up" if together else found.doubts[rows[0]])
            question = ExportQuestion(
                name=f"rows-{rows[0]}-{len(rows)}",
                words=f"What {'is' if len(rows) == 1 else 'are'} {_lower(rows_in_words(rows))}?",
                hint=hint,
                choices=CHOICES[are_pupils],
            )
            asked.append((question, rows))
    return asked


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _run_in_words(added: Sequence[SessionsRow]) -> str:
    numbers = sorted(row.number for row in added)
    return f"The same numbers as rows {numbers[0]} to {numbers[-1]} added up"


def _plus(one: tuple[Decimal, ...], other: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    return tuple(map(Decimal.__add__, one, other))


def _usual(ways: Iterable[str], count: int) -> str:
    """Return the way that most names are written in, or ""."""
    way, times = max(Counter(ways).items(), key=lambda found: found[1], default=("", 0))
    return way if times >= USUAL_SHARE * count else ""


def _writing(name: str) -> str:
    if is_pupil_number(name):
        return "number"
    return "comma" if "," in name else "words"


def _words(name: str) -> set[str]:
    return set(WORD.findall(name))


def _is_named_total(name: str) -> bool:
    """Say whether a name has nothing but words for totals and groups.

    >>> _is_named_total("7a total"), _is_named_total("sam all")
    (True, False)
    """
    words = {word for word in _words(name) if len(word) > 1}
    return bool(words & TOTAL_WORDS) and words <= TOTAL_WORDS | GROUP_WORDS


def _is_nothing_else(name: str) -> bool:
    """Say whether a name can only be that of a total, whatever its numbers: "All" and "School" can be in other names.

    >>> _is_nothing_else("grand total"), _is_nothing_else("nursery school")
    (True, False)
    """
    return _is_named_total(name) and not _words(name) & {"all", "everyone", "whole", "school"}


def _is_an_average(row: SessionsRow) -> bool:
    """Say whether a row may be an average: whole numbers are also what a pupil has."""
    return bool(_words(row.name) & TOTAL_WORDS) or any(number % 1 for number in row.numbers)


def _sums_by_text(rows: Sequence[SessionsRow], column: int) -> Iterable[tuple[Decimal, ...]]:
    """Return the sums of rows that have the same text in a column, unless nearly every row has a text of its own."""
    texts = [row.row.cell(column).text.casefold() for row in rows]
    if len(set(texts)) > MOST_GROUPS:
        return []
    sums: dict[str, tuple[Decimal, ...]] = {}
    for text, row in zip(texts, rows, strict=True):
        sums[text] = _plus(sums[text], row.numbers) if text in sums else row.numbers
    counts = Counter(texts)
    return [numbers for text, numbers in sums.items() if text and counts[text] > 1]
