"""Headlines: the figures that every headteacher of the trust may compare with, chosen, sorted, and as a file."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from dashboards.queries.indicators import Total, total_of
from dashboards.queries.line_list import phases_of
from kpis.catalogue import Area, Direction, Indicator
from kpis.models import Headline, TrustFigure
from kpis.queries.catalogue import indicators
from kpis.queries.score_lines import cohort_text, written
from published.dfe.statuses import ValueStatus
from schools.models import School, Season
from schools.queries import period_of
from tables.lists import in_order

GIVE_AWAY = 2  # Hidden figures with which a total gives one away: the second may be hidden to protect the first.
HEADS = ["School", "URN", "Phase of education", "Area", "Indicator", "Code", "Period", "Figure", "Status", "Of",
         "The trust", "The trust's period", "Schools in it"]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HeadlineCell:
    """One school's headline figure in words; ``status`` says why there is none."""

    value: str
    figure: Decimal | None  # The same as a number.
    status: str
    cohort: str
    of: Decimal | None  # The cohort as a number.
    period: str
    asked: bool  # Whether the indicator applies to the school's phase of education.

    @property
    def status_words(self) -> str:
        """Say that there is a figure, or why there is none."""
        if not self.asked:
            return ValueStatus.NOT_APPLICABLE.label
        return ValueStatus(self.status or ValueStatus.TO_FOLLOW).label


@dataclass(frozen=True, kw_only=True)
class HeadlineRow:
    """One headline indicator over the schools, in their order."""

    indicator: Indicator
    schools: list[School]
    cells: list[HeadlineCell]
    total: Total | None

    @property
    def pairs(self) -> list[tuple[School, HeadlineCell]]:
        return list(zip(self.schools, self.cells, strict=True))

    def best_first(self, school: School) -> tuple[bool, Decimal]:
        """Return the key by which schools come with their best figure first; those without one come last."""
        figure = self._cells[school.pk].figure
        lower_first = self.indicator.direction is Direction.LOWER
        return figure is None, (figure or Decimal(0)) * (1 if lower_first else -1)

    def over(self, schools: Iterable[School]) -> "HeadlineRow":
        """Return the row over these of its schools, in their order."""
        over = list(schools)
        return replace(self, schools=over, cells=[self._cells[school.pk] for school in over])

    @cached_property
    def _cells(self) -> dict[int, HeadlineCell]:
        return {school.pk: cell for school, cell in self.pairs}


Pair = tuple[School, HeadlineCell]
HEADLINE_SORTS: dict[str, tuple[str, Callable[[Pair], Any]]] = {  # Of one headline.
    "school": ("School", lambda pair: pair[0].name),
    "figure": ("Figure", lambda pair: (pair[1].figure is None, pair[1].figure or 0)),
}


@dataclass(frozen=True, kw_only=True)
class HeadlinesWanted:
    """Which headlines to compare: of schools of a phase of education, of an area, and the schools in which order."""

    phase: str = ""
    area: str = ""
    sort: str = "school"

    @property
    def query(self) -> dict[str, str]:
        return {"phase": self.phase, "area": self.area}


@dataclass(frozen=True, kw_only=True)
class HeadlinesPage:
    """The schools of one phase of education beside each other, area by area."""

    schools: list[School]
    areas: dict[Area, list[HeadlineRow]]
    phase: str
    phases: list[tuple[str, str]]
    orders: dict[Area, list[Indicator]]  # What the schools can be put in order of, besides their names.
    order_words: str  # Which of these they are in; empty where it is their names.

    @property
    def rows(self) -> list[HeadlineRow]:
        return [row for found in self.areas.values() for row in found]


def headlines_page(
    every: Collection[School], wanted: HeadlinesWanted, *, own: Collection[int], on: date
) -> HeadlinesPage:
    """Compare the schools of the phase wanted, else of one's own, else of the first there is. Three queries."""
    there = list(dict.fromkeys(school.phase for school in every))
    owned = [school.phase for school in every if school.pk in own]
    phase = wanted.phase if wanted.phase in there else next(iter([*owned, *there]), "")
    found = headlines([school for school in every if school.phase == phase], indicators(on=on))
    rows = {row.indicator.code: row for of_area in found.values() for row in of_area}
    by_name = {"school": ("School", lambda school: school.name)}
    by_figure = {code: (row.indicator.title, row.best_first) for code, row in rows.items()}
    schools = in_order([school for school in every if school.phase == phase], by_name | by_figure, wanted.sort)
    return HeadlinesPage(
        schools=schools,
        areas={
            area: [row.over(schools) for row in of_area]
            for area, of_area in found.items()
            if wanted.area in ("", area.value)
        },
        phase=phase,
        phases=phases_of(every),
        orders={area: [row.indicator for row in of_area] for area, of_area in found.items()},
        order_words=_order_words(rows.get(wanted.sort.removeprefix("-")), turned=wanted.sort.startswith("-")),
    )


def headlines(schools: Collection[School], known: Mapping[str, Indicator]) -> dict[Area, list[HeadlineRow]]:
    """Return which of ``known`` any of the schools has a headline figure for, by area. Two queries.

    Small numbers were hidden when the headlines were made.
    """
    found: dict[str, dict[int, Headline]] = defaultdict(dict)
    for each in Headline.objects.all():
        found[each.indicator_id][each.school_id] = each
    totals = {each.indicator_id: each for each in TrustFigure.objects.all()}
    rows: dict[Area, list[HeadlineRow]] = defaultdict(list)
    for indicator in known.values():
        own = found.get(indicator.code, {})
        if any(school.pk in own for school in schools):
            hidden = sum(each.status == ValueStatus.SUPPRESSED for each in own.values())
            total = total_of(totals.get(indicator.code), indicator, kept_back=0 < hidden <= GIVE_AWAY)
            cells = [_cell(own.get(school.pk), indicator, school) for school in schools]
            rows[indicator.area].append(
                HeadlineRow(indicator=indicator, schools=list(schools), cells=cells, total=total)
            )
    return dict(rows)


def chosen_schools(row: HeadlineRow, *, phase: str, sort: str) -> HeadlineRow:
    """Keep a headline's schools of a phase of education, if one is named, and sort them."""
    kept = in_order((pair for pair in row.pairs if phase in ("", pair[0].phase)), HEADLINE_SORTS, sort)
    return row.over(school for school, _ in kept)


def headlines_table(rows: Iterable[HeadlineRow]) -> list[list[object]]:
    """Return headlines as a table with its heads, for a file: a row for each indicator and school."""
    return [list(HEADS), *(_cells(row, *pair) for row in rows for pair in row.pairs)]


def _order_words(row: HeadlineRow | None, *, turned: bool) -> str:
    if row is None:
        return ""
    lowest_first = (row.indicator.direction is Direction.LOWER) is not turned
    return f"Schools in order of {row.indicator.title}, the {'lowest' if lowest_first else 'highest'} figure first."


def _cells(row: HeadlineRow, school: School, cell: HeadlineCell) -> list[object]:
    indicator, total = row.indicator, row.total
    return [
        school.name,
        school.pk,
        school.get_phase_display(),
        indicator.area.label,
        indicator.title,
        indicator.code,
        cell.period,
        None if cell.figure is None else float(cell.figure),
        cell.status_words,
        None if cell.of is None else float(cell.of),
        float(total.figure) if total and total.figure is not None else None,
        total.period if total else None,
        total.coverage if total else None,
    ]


def _cell(each: Headline | None, indicator: Indicator, school: School) -> HeadlineCell:
    asked = school.phase in indicator.phases
    if each is None:
        return HeadlineCell(value="", figure=None, status="", cohort="", of=None, period="", asked=asked)
    value = written(each.value, indicator)
    measured = indicator.comparator.measure is not None
    return HeadlineCell(
        value=value,
        figure=each.value,
        status=each.status,
        # A headline does not know its source: a whole year's figure with a published measure is taken as published.
        cohort=cohort_text(each.cohort, indicator, counted=not (each.season == Season.YEAR and measured))
        if value
        else "",
        of=each.cohort if value else None,
        period=period_of(each.school_year, each.season).label,
        asked=asked,
    )
