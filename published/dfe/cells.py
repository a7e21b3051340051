"""Read single cells of published files: a number in its unit, or a code that says why the number is missing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import nan

import numpy as np
import pandas as pd

from published.dfe.value_statuses import PUBLISHED_CODES, ValueStatus, code_of
from tables.numbers import plain_number


class CellUnit(StrEnum):
    """The unit of a measure's values."""

    PERCENT = "percent"  # 60.5 means 60.5%
    POINTS = "points"  # average points or scaled scores
    SCORE = "score"  # progress, centred on 0, may be negative
    COUNT = "count"
    RATIO = "ratio"
    BAND = "band"  # 1 (well above average) to 5 (well below average)
    POUNDS = "pounds"


@dataclass(frozen=True)
class UnitLimits:
    """The limits of a unit's numbers, and the words for them."""

    low: float
    high: float
    expected: str


UNIT_LIMITS = {
    CellUnit.PERCENT: UnitLimits(0, 100, "a percentage from 0 to 100"),
    CellUnit.POINTS: UnitLimits(0, 1_000, "points from 0 to 1,000"),
    CellUnit.SCORE: UnitLimits(-100, 100, "a score from -100 to 100"),
    CellUnit.COUNT: UnitLimits(0, 100_000_000, "a count, 0 or more"),
    CellUnit.RATIO: UnitLimits(0, 1_000, "a ratio from 0 to 1,000"),
    CellUnit.BAND: UnitLimits(1, 5, "a band from 1 to 5"),
    CellUnit.POUNDS: UnitLimits(-1e12, 1e12, "an amount in pounds"),
}

STATUSES = tuple(ValueStatus)  # the order of status codes in arrays
VALUE_POSITION = STATUSES.index(ValueStatus.VALUE)
BANDS = {
    "well above average": 1,
    "above average": 2,
    "average": 3,
    "below average": 4,
    "well below average": 5,
}
# Official statistics mark a number as revised, provisional, estimated, a break in the series or significant.
_MARK = re.compile(r"(?<=[\d%])\s*(\[(r|p|e|b|s|ns)\]|\((r|p)\)|(r|p))$", re.IGNORECASE)
_NUMBER = re.compile(r"-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?|-?\.\d+", re.ASCII)


class UnreadableCell(ValueError):
    """A cell that is neither a number in its unit nor a known code. The message says what was expected."""


def parse_cell(
    text: str, unit: CellUnit, codes: Mapping[str, ValueStatus] = PUBLISHED_CODES
) -> tuple[float, ValueStatus]:
    """Return a cell's number, in its unit, and its status; the number is NaN unless the status is ``value``.

    A percentage comes with or without its sign, an amount in pounds with or without its own;
    thousands may be grouped by commas, and a mark such as ``[r]`` for revised may follow. It guesses nothing else.

    Raises:
        UnreadableCell: the text is neither a number within the unit's limits nor a known code.

    >>> parse_cell("60.5%", CellUnit.PERCENT)
    (60.5, <ValueStatus.VALUE: 'value'>)
    >>> parse_cell("£45,421", CellUnit.POUNDS)[0]
    45421.0
    >>> parse_cell("SUPP", CellUnit.SCORE)
    (nan, <ValueStatus.SUPPRESSED: 'suppressed'>)
    >>> parse_cell("48.2 [r]", CellUnit.POINTS)[0], parse_cell("Below average", CellUnit.BAND)[0]
    (48.2, 4.0)
    """
    if (status := codes.get(code_of(text))) is not None:
        return nan, status
    if unit is CellUnit.BAND and (band := BANDS.get(text.strip().lower())):
        return float(band), ValueStatus.VALUE
    limits = UNIT_LIMITS[unit]
    digits = _without_sign(_MARK.sub("", plain_number(text)), unit)
    if not _NUMBER.fullmatch(digits):
        raise UnreadableCell(limits.expected + _advice(text.strip(), codes))
    number = float(digits.replace(",", ""))
    if not limits.low <= number <= limits.high:
        raise UnreadableCell(limits.expected)
    return number + 0.0, ValueStatus.VALUE  # + 0.0: "-0.0" is 0


def _advice(text: str, codes: Mapping[str, ValueStatus]) -> str:
    """Say what to do about a text that stands for a missing number in some programs, but has no one meaning."""
    if text.startswith("#"):
        return ". This is a spreadsheet's error: use the file as it was downloaded"
    if text.upper() in ("N/A", "NULL", "NAN", "NONE", "-", "\N{EN DASH}", "\N{EM DASH}"):
        return (
            ". This can mean several things: use the file as it was downloaded, or write z for not applicable, "
            "x for not available or c for suppressed"
        )
    return f", or one of the codes {', '.join(filter(None, codes))}"


def _without_sign(text: str, unit: CellUnit) -> str:
    if unit is CellUnit.PERCENT:
        return text.removesuffix("%").rstrip()
    if unit is CellUnit.POUNDS:
        return "-" + text[2:] if text.startswith("-£") else text.removeprefix("£")
    return text


@dataclass(frozen=True)
class UnreadableAt:
    """A text that could not be read, what was expected, and the positions of the rows with the text."""

    text: str
    expected: str
    positions: np.ndarray


@dataclass(frozen=True)
class ParsedColumn:
    """A column of cells as arrays of one length: numbers, and positions in ``STATUSES``."""

    values: np.ndarray
    statuses: np.ndarray
    unreadable: list[UnreadableAt]


def parse_columns(
    table: pd.DataFrame, columns: Sequence[str], unit: CellUnit, codes: Mapping[str, ValueStatus] = PUBLISHED_CODES
) -> dict[str, ParsedColumn]:
    """Parse columns of text that share a unit.

    Each different text is parsed once: a national file has 200,000 cells and a thousand different ones.
    """
    cells = np.concatenate([table[column].to_numpy(dtype=object) for column in columns])
    positions, texts = pd.factorize(cells)
    numbers = np.full(len(texts), nan)
    statuses = np.zeros(len(texts), dtype=np.int8)
    unreadable = {}
    for position, text in enumerate(texts):
        try:
            numbers[position], status = parse_cell(text, unit, codes)
            statuses[position] = STATUSES.index(status)
        except UnreadableCell as why:
            unreadable[position] = (text, str(why))
    parsed = {}
    for column, its in zip(columns, np.split(positions, len(columns)), strict=True):
        wrong = [
            UnreadableAt(text, expected, np.flatnonzero(its == position))
            for position, (text, expected) in unreadable.items()
        ]
        parsed[column] = ParsedColumn(numbers[its], statuses[its], wrong)
    return parsed
