"""The figures that the adversary is after, and the policy that says from whom each is hidden.

This is the policy as a trust decides it, written without a look at the product's own rules, so that it can judge them.
Small is 1 to 5.

- Duties and events are counts of things that the trust answers for. The schools' own people, the trust's centre and
  the Board see them. Small ones are hidden from everybody else.
- Figures about pupils or staff as a group are hidden outside the school and the centre if the group has few people, or
  if few are not in it. Sensitive shares are also hidden if few people are counted, or all but a few.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kpis.catalogue import FigureUnit, Indicator, catalogue_by_code

SMALL = range(1, 6)
DUTIES = frozenset({"SG8", "HS2", "HS3", "HS5", "AB7", "STF4", "WB7"})
# Indicators about some pupils, and the indicator that counts all pupils in the same way. ``part_of`` has the others.
COUNTED_ALIKE = {"DIS6": "AB2", "DIS7": "AB6", "DIS9": "OUT19", "DIS10": "OUT20"}


class Readership(Enum):
    """Readers from whom the policy hides the same figures of a school."""

    INSIDE = "the school and the centre"
    BOARD = "the Board, and those who read the Panel's papers"
    OUTSIDE = "everybody else"


class Cell(NamedTuple):
    """One figure: a school, an indicator and a term."""

    urn: int
    code: str
    school_year: int
    season: int


class Unknown(NamedTuple):
    """A whole number of a figure in one of its versions."""

    cell: Cell
    version: int
    part: str  # One of the names below.


COUNT = "count"  # The count itself, or the numerator.
WHOLE = "whole"  # The denominator: the people the figure is about.
SHOWN = "shown"  # The figure as a page rounds it, in units of its last decimal.
BELOW = "below"  # The people of a share who are not counted.
OTHERS = "others"  # The people who are not in the group.
OTHERS_COUNTED = "others counted"


def counted_of_the_same(cell: Cell, other: Cell) -> bool:
    """Return whether two figures of a school and a term are out of the same people, by their definitions."""
    first, second = indicator_of(cell), indicator_of(other)
    same_people = (first.denominator, first.pupil_group) == (second.denominator, second.pupil_group)
    return same_people and bool(first.denominator) and cell._replace(code=other.code) == other != cell


@dataclass(frozen=True)
class Counted:
    """The true numbers of a figure: a count alone, or a count and what it is out of."""

    count: int
    whole: int | None = None


@dataclass(frozen=True)
class HiddenFigure:
    """A figure that an audience may not see, the small numbers in it, and why it is hidden."""

    cell: Cell
    version: int
    secrets: tuple[str, ...]
    why: str


def indicator_of(cell: Cell) -> Indicator:
    return catalogue_by_code()[cell.code]


def is_share(indicator: Indicator) -> bool:
    """Return whether the figure is a share of people, so that those who are not counted are a number of people too."""
    return indicator.unit is FigureUnit.PERCENT


def all_pupils_of(code: str) -> str | None:
    """Return the indicator that counts all pupils in the same way, for an indicator about some pupils."""
    return catalogue_by_code()[code].part_of or COUNTED_ALIKE.get(code)


# By figure and version, which is the number of corrections before it; None for a figure that is missing.
Truth = Mapping[tuple[Cell, int], Counted | None]


def version_at(truth: Truth, cell: Cell, moment: int) -> int | None:
    """Return the newest version of a figure after some corrections, or None if there is no such figure."""
    return max((version for known, version in truth if known == cell and version <= moment), default=None)


def all_pupils_at(truth: Truth, cell: Cell, version: int) -> tuple[Cell, int] | None:
    """Return the figure about all pupils that a group's figure belongs to, with its version at the time."""
    code = all_pupils_of(cell.code)
    everybody = cell._replace(code=code) if code else None
    found = None if everybody is None else version_at(truth, everybody, version)
    return None if everybody is None or found is None else (everybody, found)


def hidden_from(audience: Readership, cell: Cell, version: int, truth: Truth) -> HiddenFigure | None:
    """Return what the policy hides of a figure from an audience, or None."""
    figure = truth.get((cell, version))
    if figure is None or audience is Readership.INSIDE:
        return None
    if cell.code in DUTIES:
        if audience is Readership.BOARD or figure.count not in SMALL:
            return None
        return HiddenFigure(cell, version, (COUNT,), "a small count of duties or events")
    secrets = list(_secrets(cell, version, figure, truth))
    if not secrets:
        return None
    return HiddenFigure(cell, version, tuple(part for part, _ in secrets), secrets[0][1])


def _secrets(cell: Cell, version: int, figure: Counted, truth: Truth) -> Iterator[tuple[str, str]]:
    indicator = indicator_of(cell)
    if figure.whole is None:
        if indicator.sensitive and figure.count in SMALL:
            yield COUNT, "a small count of people"
        return
    if figure.whole in SMALL:
        yield WHOLE, "a small group"
    if indicator.sensitive and figure.count in SMALL:
        yield COUNT, "few people counted"
    if indicator.sensitive and is_share(indicator) and figure.whole - figure.count in SMALL:
        yield BELOW, "all but a few people counted"
    key = all_pupils_at(truth, cell, version)
    everybody = truth[key] if key else None
    if everybody and everybody.whole is not None and everybody.whole - figure.whole in SMALL:
        yield OTHERS, "all pupils but a few"


def numbers_of(cell: Cell, version: int, truth: Truth) -> dict[Unknown, int]:
    """Return every true number of a figure, as the adversary names them."""
    figure = truth.get((cell, version))
    if figure is None:
        return {}
    indicator = indicator_of(cell)
    found = {COUNT: figure.count}
    if figure.whole is None:
        found[SHOWN] = figure.count
    else:
        scale = multiplier_of(indicator)
        found |= {WHOLE: figure.whole, SHOWN: (2 * scale * figure.count + figure.whole) // (2 * figure.whole)}
        if is_share(indicator):
            found[BELOW] = figure.whole - figure.count
        key = all_pupils_at(truth, cell, version)
        everybody = truth[key] if key else None
        if everybody and everybody.whole is not None:
            found |= {OTHERS: everybody.whole - figure.whole, OTHERS_COUNTED: everybody.count - figure.count}
    return {Unknown(cell, version, part): value for part, value in found.items()}


def multiplier_of(indicator: Indicator) -> int:
    """Return what a count is multiplied by, after it is divided, to give the figure in units of its last decimal."""
    return int(indicator.unit.multiplier) * 10**indicator.decimals
