"""Read the headline figures, which every headteacher in the trust may compare."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from dashboards.queries.indicators import TrustTotal, coverage_in_words
from dashboards.queries.line_list import phases_of_education
from kpis.catalogue import Area, Direction, Indicator
from kpis.models import Headline, TrustFigure
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import cohort_text, figure_or_empty
from published.dfe.value_statuses import ValueStatus
from schools.models import School, Season
from schools.queries import period_of
from tables.lists import in_order

HEADLINE_HEADINGS = [
    "School", "URN", "Phase of education", "Area", "Indicator", "Code", "Period", "Unit", "Figure", "Status",
    "Out of", "Trust figure", "Period of trust figure", "Schools in trust figure",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class HeadlineCell:
    """One school's headline figure in words. ``status`` says why it is missing."""

    value: str
    figure: Decimal | None  # The value as a number.
    status: str
    cohort: str
    cohort_size: Decimal | None  # The cohort as a number.
    period: str
    asked: bool  # Whether the indicator applies to the school's phase of education.

    @property
    def status_words(self) -> str:
        """Return the status in words, for example why the figure is missing."""
        if not self.asked:
            return ValueStatus.NOT_APPLICABLE.label
        return ValueStatus(self.status or ValueStatus.TO_FOLLOW).label


@dataclass(frozen=True, kw_only=True)
class HeadlineRow:
    """One headline indicator for the schools, in their order."""

    indicator: Indicator
    schools: list[School]
    cells: list[HeadlineCell]
    total: TrustTotal | None

    @property
    def pairs(self) -> list[tuple[School, HeadlineCell]]:
        return list(zip(self.schools, self.cells, strict=True))

    def best_first(self, school: School) -> tuple[bool, Decimal]:
        """Return the key that sorts schools by their best figure first. Schools without a figure come last."""
        figure = self._cells[school.pk].figure
        lower_first = self.indicator.direction is Direction.LOWER
        return figure is None, (figure or Decimal(0)) * (1 if lower_first else -1)

    def over(self, schools: Iterable[School]) -> "HeadlineRow":
        """Return the row for some of its schools, in their order."""
        over = list(schools)
        return replace(self, schools=over, cells=[self._cells[school.pk] for school in over])

    @cached_property
    def _cells(self) -> dict[int, HeadlineCell]:
        return {school.pk: cell for school, cell in self.pairs}


Pair = tuple[School, HeadlineCell]
HEADLINE_SORTS: dict[str, tuple[str, Callable[[Pair], Any]]] = {  # For the list of one headline.
    "school": ("School", lambda pair: pair[0].name),
    "figure": ("Figure", lambda pair: (pair[1].figure is None, pair[1].figure or 0)),
}


@dataclass(frozen=True, kw_only=True)
class HeadlineFilter:
    """The filters and the order of the headline comparison. ``phase`` is a phase of education."""

    phase: str = ""
    area: str = ""
    sort: str = "school"

    @property
    def query(self) -> dict[str, str]:
        return {"phase": self.phase, "area": self.area}


@dataclass(frozen=True, kw_only=True)
class HeadlinesPage:
    """The schools of one phase of education side by side, by area."""

    schools: list[School]
    areas: dict[Area, list[HeadlineRow]]
    phase: str
    phases: list[tuple[str, str]]
    orders: dict[Area, list[Indicator]]  # Indicators to sort the schools by, besides their names.
    order_words: str  # The chosen order in words; empty if they are sorted by name.

    @property
    def rows(self) -> list[HeadlineRow]:
        return [row for found in self.areas.values() for row in found]


def headlines_page(
    all_schools: Collection[School], chosen: HeadlineFilter, *, own: Collection[int], on: date
) -> HeadlinesPage:
    """Compare schools of the chosen phase of education, by default the phase of ``own``. Three queries."""
    phases = list(dict.fromkeys(school.phase for school in all_schools))
    owned = [school.phase for school in all_schools if school.pk in own]
    phase = chosen.phase if chosen.phase in phases else next(iter([*owned, *phases]), "")
    found = headline_rows([school for school in all_schools if school.phase == phase], trust_indicators(on=on))
    rows = {row.indicator.code: row for of_area in found.values() for row in of_area}
    by_name = {"school": ("School", lambda school: school.name)}
    by_figure = {code: (row.indicator.title, row.best_first) for code, row in rows.items()}
    schools = in_order([school for school in all_schools if school.phase == phase], by_name | by_figure, chosen.sort)
    return HeadlinesPage(
        schools=schools,
        areas={
            area: [row.over(schools) for row in of_area]
            for area, of_area in found.items()
            if chosen.area in ("", area.value)
        },
        phase=phase,
        phases=phases_of_education(all_schools),
        orders={area: [row.indicator for row in of_area] for area, of_area in found.items()},
        order_words=_order_words(rows.get(chosen.sort.removeprefix("-")), turned=chosen.sort.startswith("-")),
    )


def headline_rows(schools: Collection[School], known: Mapping[str, Indicator]) -> dict[Area, list[HeadlineRow]]:
    """Return the indicators in ``known`` for which any school has a headline figure, by area. Two queries.

    Small numbers are already hidden in the stored headlines.
    """
    found: dict[str, dict[int, Headline]] = defaultdict(dict)
    for headline in Headline.objects.all():
        found[headline.indicator_id][headline.school_id] = headline
    totals = {figure.indicator_id: figure for figure in TrustFigure.objects.all()}
    rows: dict[Area, list[HeadlineRow]] = defaultdict(list)
    for indicator in known.values():
        own = found.get(indicator.code, {})
        if any(school.pk in own for school in schools):
            hidden = sum(headline.status == ValueStatus.HIDDEN for headline in own.values())
            total = _total(totals[indicator.code], indicator, hidden) if indicator.code in totals else None
            cells = [_cell(own.get(school.pk), indicator, school) for school in schools]
            rows[indicator.area].append(
                HeadlineRow(indicator=indicator, schools=list(schools), cells=cells, total=total)
            )
    return dict(rows)


def _total(found: TrustFigure, indicator: Indicator, hidden: int) -> TrustTotal:
    return TrustTotal(
        value=figure_or_empty(found.value, indicator),
        figure=found.value,
        period=period_of(found.school_year, found.season).label,
        method=found.method,
        coverage=coverage_in_words(found.schools_counted, found.schools_expected, hidden),
    )


def filtered_schools(row: HeadlineRow, *, phase: str, sort: str) -> HeadlineRow:
    """Filter a headline's schools by phase of education, unless it is empty, and sort them."""
    kept = in_order((pair for pair in row.pairs if phase in ("", pair[0].phase)), HEADLINE_SORTS, sort)
    return row.over(school for school, _ in kept)


def headlines_table(rows: Iterable[HeadlineRow]) -> list[list[object]]:
    """Return headlines as a table with column headings, for a file: a row for each indicator and school."""
    return [list(HEADLINE_HEADINGS), *(_cells(row, *pair) for row in rows for pair in row.pairs)]


def _order_words(row: HeadlineRow | None, *, turned: bool) -> str:
    if row is None:
        return ""
    lowest_first = (row.indicator.direction is Direction.LOWER) is not turned
    return f"Schools in order of {row.indicator.title}, {'lowest' if lowest_first else 'highest'} figure first."


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
        indicator.unit.label,
        None if cell.figure is None else float(cell.figure),
        cell.status_words,
        None if cell.cohort_size is None else float(cell.cohort_size),
        float(total.figure) if total and total.figure is not None else None,
        total.period if total else None,
        total.coverage if total else None,
    ]


def _cell(headline: Headline | None, indicator: Indicator, school: School) -> HeadlineCell:
    asked = school.phase in indicator.phases
    if headline is None:
        return HeadlineCell(value="", figure=None, status="", cohort="", cohort_size=None, period="", asked=asked)
    value = figure_or_empty(headline.value, indicator)
    measured = indicator.comparator.measure is not None
    return HeadlineCell(
        value=value,
        figure=headline.value,
        status=headline.status,
        # A headline does not have its source. A figure for a whole year with a published measure counts as published.
        cohort=cohort_text(headline.cohort, indicator, counted=not (headline.season == Season.YEAR and measured))
        if value
        else "",
        cohort_size=headline.cohort if value else None,
        period=period_of(headline.school_year, headline.season).label,
        asked=asked,
    )
