"""Make the invented schools' termly figures and their parts from usual levels, seasons and each school's story.

The figures of a school and term fit together: they count the same pupils, and a group has no more of them than all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from demonstration.trust.pupils import (
    disadvantaged,
    disadvantaged_in_year_group,
    on_roll,
    possible_part,
    year_group,
)
from demonstration.trust.story import SchoolStory
from kpis.catalogue import Indicator, return_lines
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period, TermOfYear
from trajectories.rules.percentiles import table_for, value_at


@dataclass(frozen=True, kw_only=True)
class UsualFigure:
    """The usual figures of one indicator, in its unit: level by phase, effect of one step of lean, seasons and noise.

    ``denominator`` is a number if it is above 1.5, and otherwise a number for each pupil. ``PUPILS_COUNTED`` has the
    indicators whose denominators are pupils.
    """

    primary: float
    secondary: float
    step: float
    noise: float
    denominator: float = 1.0
    seasons: tuple[float, float, float] = (0, 0, 0)
    whole: bool = False


@dataclass(frozen=True, kw_only=True)
class TermFigure:
    """One figure for one term, as in a school's return."""

    indicator: Indicator
    period: Period
    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    status: ValueStatus = ValueStatus.VALUE
    comment: str = ""


TEACHERS, STAFF, INCOME = 0.058, 0.115, 6400.0  # For each pupil of the census; pounds for each pupil.
SESSIONS = {TermOfYear.AUTUMN: 140, TermOfYear.SPRING: 118, TermOfYear.SUMMER: 122}  # For each pupil.
USUAL = {
    "SG1": UsualFigure(primary=97, secondary=97, step=1.5, noise=1.2, denominator=64),
    "SG2": UsualFigure(primary=99.2, secondary=99, step=0.6, noise=0.5, denominator=STAFF),
    "SG3": UsualFigure(primary=98.5, secondary=97.8, step=1.2, noise=1.0, denominator=STAFF),
    "SG8": UsualFigure(primary=0.2, secondary=0.4, step=-0.4, noise=0.5, whole=True),
    "HS1": UsualFigure(primary=96, secondary=95, step=2, noise=1.5, denominator=52),
    "HS2": UsualFigure(primary=0.2, secondary=0.5, step=-0.2, noise=0.5, whole=True),
    "HS3": UsualFigure(primary=0.4, secondary=0.6, step=-0.6, noise=0.6, whole=True),
    "OUT19": UsualFigure(primary=62, secondary=0, step=9, noise=3, seasons=(-4, -1, 1)),
    "OUT20": UsualFigure(primary=0, secondary=45, step=9, noise=3, seasons=(-4, -1, 1)),
    "DIS6": UsualFigure(primary=25, secondary=38, step=-4.5, noise=1.5, seasons=(-2, 1.5, 1)),
    "DIS7": UsualFigure(primary=0, secondary=14, step=-3, noise=2),
    "DIS8": UsualFigure(primary=82, secondary=80, step=6, noise=5, denominator=14),
    "DIS9": UsualFigure(primary=47, secondary=0, step=9, noise=5, seasons=(-4, -1, 1)),
    "DIS10": UsualFigure(primary=0, secondary=27, step=7, noise=4, seasons=(-4, -1, 1)),
    "AB1": UsualFigure(primary=5.3, secondary=8.5, step=-0.7, noise=0.25, seasons=(-0.5, 0.3, 0.4)),
    "AB2": UsualFigure(primary=14.5, secondary=25, step=-3.2, noise=0.9, seasons=(-1.5, 0.8, 1.2)),
    "AB3": UsualFigure(primary=0.9, secondary=3.2, step=-0.4, noise=0.15),
    "AB6": UsualFigure(primary=0.6, secondary=4.6, step=-1.1, noise=0.5),
    "AB7": UsualFigure(primary=0.0, secondary=0.03, step=-0.02, noise=0.03),
    "FIN1": UsualFigure(primary=0.4, secondary=0.6, step=1.1, noise=0.5),
    "FIN4": UsualFigure(primary=79, secondary=78, step=-1.6, noise=0.6),
    "FIN11": UsualFigure(primary=98, secondary=99, step=1.2, noise=0),
    "STF1": UsualFigure(
        primary=2.0, secondary=2.1, step=-0.45, noise=0.25, denominator=TEACHERS, seasons=(0.1, 0.5, -0.4)
    ),
    "STF3": UsualFigure(primary=14, secondary=15, step=-2.6, noise=1.0, denominator=STAFF),
    "STF4": UsualFigure(primary=2.4, secondary=3.4, step=-1.2, noise=0.8, denominator=TEACHERS),
    "WB2": UsualFigure(primary=80, secondary=74, step=6, noise=3, denominator=0.09),
    "WB3": UsualFigure(primary=94, secondary=90, step=2.5, noise=1.5, denominator=0.7),
}
# Indicators whose denominators are pupils, and how many there are of them in a term.
PUPILS_COUNTED: dict[str, Callable[[SchoolStory, Period], int]] = {
    **dict.fromkeys(("AB2", "AB3", "AB6", "AB7"), on_roll),
    **dict.fromkeys(("DIS6", "DIS7"), lambda school, _: disadvantaged(school)),
    **dict.fromkeys(("OUT19", "OUT20"), lambda school, _: year_group(school)),
    **dict.fromkeys(("DIS9", "DIS10"), lambda school, _: disadvantaged_in_year_group(school)),
}
GROUP_OF = {"DIS6": "AB2", "DIS9": "OUT19", "DIS10": "OUT20"}  # The same about some of the pupils.
# Counts that are at most another count: severe absence is persistent too, and a pupil may have several suspensions.
AT_MOST = {"AB3": "AB2", "DIS7": "AB6"}
POUNDS = {"FIN1", "FIN4"}
FOUR_PLACES = Decimal("0.0001")  # As a return keeps a figure.
TENTHS = {"STF1", "STF4"}  # These count half days and part-time posts.
# Unusual figures and missing figures, each with its reason, by code and number of terms before the last.
ODD = {
    ("AB1", 6): (2.6, "Chickenpox went round the school: about a third of our pupils were off for a week"),
    ("STF1", 4): (1.9, "One teacher was signed off for five weeks"),
}
# Schools' own forecasts: the published measure, and how many percentiles too high the forecasts are if results are
# falling.
FORECASTS = {"OUT19": "PTRWM_EXP", "OUT20": "PTL2BASICS_95", "OUT21": "ATT8SCR"}
HOPE = 7
MISSING = {("WB2", 5): (ValueStatus.NOT_COLLECTED, "We moved the survey to the summer term")}


def term_figures(school: SchoolStory, periods: list[Period]) -> Iterator[TermFigure]:
    """Yield the figures for every line of the school's return in each of ``periods``, oldest first."""
    random, hopes = (np.random.default_rng([school.urn, seed]) for seed in (7, 8))
    newest, first = periods[-1].school_year, periods[0].school_year
    for place, period in enumerate(periods):
        lean = school.lean + school.drift * (period.school_year - newest)
        before_last = len(periods) - 1 - place
        figures = {}
        for indicator in return_lines(school.phase):
            # Always drawn, so that a change to one indicator does not change the others.
            drawn = (random if indicator.code in USUAL else hopes).normal()
            if indicator.code in FORECASTS:
                figure = _foreseen(school, indicator, period, period.school_year - first, drawn)
            else:
                figure = _figure(school, indicator, period, lean, drawn, before_last)
            figures[indicator.code] = figure
        yield from _fitting(figures).values()


def _fitting(figures: dict[str, TermFigure]) -> dict[str, TermFigure]:
    """Return the figures of one school and term with the groups made to fit the whole."""
    fitting = dict(figures)
    for code, whole_code in (GROUP_OF | AT_MOST).items():
        part, whole = fitting.get(code), fitting.get(whole_code)
        if part and whole:
            (counted, size), (all_counted, all_size) = _whole_parts(part), _whole_parts(whole)
            possible = min(counted, all_counted)
            if code in GROUP_OF:
                possible = possible_part(counted, part_size=size, whole=all_counted, whole_size=all_size)
            fitting[code] = _with_numerator(part, Decimal(possible))
    return fitting


def _whole_parts(figure: TermFigure) -> tuple[int, int]:
    return int(figure.numerator or 0), int(figure.denominator or 0)


def _with_numerator(figure: TermFigure, numerator: Decimal) -> TermFigure:
    assert figure.denominator  # Only figures with parts are made to fit.
    value = (numerator / figure.denominator * figure.indicator.unit.multiplier).quantize(FOUR_PLACES)
    return replace(figure, numerator=numerator, value=value)


def own_figure(school: SchoolStory, indicator: Indicator, period: Period) -> TermFigure:
    """Return one figure for the trust's own indicator: a share of the year group, higher in better schools."""
    pupils, term = year_group(school), period.term or TermOfYear.AUTUMN
    share = float(np.clip(86 + 4 * school.lean + 2 * term.number, 40, 100))
    figure = TermFigure(indicator=indicator, period=period, value=None, denominator=Decimal(pupils))
    return _with_numerator(figure, Decimal(round(share / 100 * pupils)))


def _foreseen(school: SchoolStory, indicator: Indicator, period: Period, place: int, drawn: float) -> TermFigure:
    """Return the school's own forecast: close to its story, and too high if its results are falling."""
    table = table_for(FORECASTS[indicator.code], school.phase, period.school_year)
    assert table is not None  # These measures have a table for every year of the demonstration.
    told = school.percentiles
    step = (told[-1] - told[0]) / (len(told) - 1)
    percentile = told[place] if place < len(told) else told[-1] + step
    level = value_at(table, float(np.clip(percentile + HOPE * (step < 0) + drawn, 1, 99)))
    if indicator.has_parts:
        return _of_parts(school, indicator, period, level, "")
    return TermFigure(indicator=indicator, period=period, value=Decimal(str(round(level, indicator.decimals))))


def _figure(
    school: SchoolStory, indicator: Indicator, period: Period, lean: float, drawn: float, before_last: int
) -> TermFigure:
    code = indicator.code
    if (code, before_last) in MISSING and school.lean < 0:
        status, why = MISSING[(code, before_last)]
        return TermFigure(indicator=indicator, period=period, value=None, status=status, comment=why)
    usual = USUAL[code]
    term = period.term or TermOfYear.AUTUMN
    level = getattr(usual, school.phase) + usual.step * lean + usual.seasons[term.number - 1] + usual.noise * drawn
    extra, comment = ODD.get((code, before_last), (0.0, "")) if school.phase == "primary" and lean < 0 else (0.0, "")
    low, high = indicator.limits.minimum, indicator.limits.maximum
    level = float(np.clip(level + extra, float(low or 0) if low is not None else -50, float(high or 100)))
    if code in ("SG1", "SG2", "SG3", "HS1", "WB3"):
        level = min(level, 100.0)
    if not indicator.has_parts:
        return TermFigure(indicator=indicator, period=period, value=Decimal(max(0, round(level))), comment=comment)
    return _of_parts(school, indicator, period, level, comment)


def _of_parts(school: SchoolStory, indicator: Indicator, period: Period, level: float, comment: str) -> TermFigure:
    """Return the figure whose parts come closest to the level."""
    code, multiplier = indicator.code, indicator.unit.multiplier
    if code == "FIN11":  # Here the pupils on roll are counted, and the plan is the same for the whole year.
        above, below = float(on_roll(school, period)), round(school.pupils / level * multiplier)
    else:
        below = _denominator(school, code, period)
        above = round(level * below / multiplier, 1 if code in TENTHS else 0)
    figure = TermFigure(
        indicator=indicator, period=period, value=None, denominator=Decimal(str(below)), comment=comment
    )
    return _with_numerator(figure, Decimal(str(above)))


def _denominator(school: SchoolStory, code: str, period: Period) -> int:
    if code in PUPILS_COUNTED:
        return PUPILS_COUNTED[code](school, period)
    if code == "AB1":
        return on_roll(school, period) * SESSIONS[period.term or TermOfYear.AUTUMN]
    if code in POUNDS:
        return round(school.pupils * INCOME / 100) * 100
    counted = USUAL[code].denominator
    return round(counted) if counted > 1.5 else max(7, round(school.pupils * counted))
