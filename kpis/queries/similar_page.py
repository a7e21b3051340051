"""Read a school's similar schools for their page: distance, context and published results."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from kpis.catalogue import EnglandFigure, Indicator, nearest_national
from kpis.charts import Chart, StripMeasure, StripPoint, strip_chart
from kpis.models import SimilarSchools
from kpis.queries.known_figures import known_national_figures
from kpis.queries.score_lines import figure_or_empty
from kpis.queries.similar_context import compared_indicators, compared_results
from kpis.queries.similar_figures import similar_figures_of
from kpis.rules.figures_in_words import figure_in_words
from kpis.rules.similar_figure import SimilarFigure
from kpis.rules.similar_schools import ContextMeasure, similarity_rules
from published.dfe.authorities import local_authorities
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.rules.terms import school_year_label
from tables.lists import in_order

PREFERRED = {"secondary": ("OUT11", "OUT10"), "primary": ("OUT6", "OUT9")}  # The page opens on the first with figures.
LAST = float("inf")


@dataclass(frozen=True, kw_only=True)
class PublishedCell:
    """One published figure in words, or why it is missing."""

    value: Decimal | None
    text: str
    status: ValueStatus | None  # None if no imported file has the figure.
    release: str = ""
    school_year: int = 0

    @property
    def period(self) -> str:
        return school_year_label(self.school_year)


@dataclass(frozen=True, kw_only=True)
class SimilarSchoolRow:
    """One similar school."""

    place: int
    urn: int
    name: str
    authority: str
    distance: float
    context: Mapping[str, float]
    features: list[tuple[ContextMeasure, str]]  # Features that any of the schools has, in words; empty if not known.
    result: PublishedCell


@dataclass(frozen=True, kw_only=True)
class ComparedIndicatorRow:
    """One indicator in the newest year: the school, its similar schools and England."""

    indicator: Indicator
    similar: SimilarFigure
    own: PublishedCell  # For the same year.
    newest_own: PublishedCell  # The school's newest figure, for use if there is no figure for the same year.
    england: Decimal | None  # For the same year.

    @property
    def national(self) -> str:
        return figure_or_empty(self.england, self.indicator)


@dataclass(frozen=True, kw_only=True)
class SimilarSchoolsPage:
    """Everything that the page shows. If there are no neighbours, ``found`` has the reason."""

    found: SimilarSchools | None
    rows: list[SimilarSchoolRow]
    features: list[tuple[ContextMeasure, str]]  # The school's own.
    compared: list[ComparedIndicatorRow]
    chosen: ComparedIndicatorRow | None
    chart: Chart | None

    @property
    def years(self) -> tuple[str, str]:
        """Return the school years of the similar schools' context and of the school's own context."""
        found = self.found
        if found is None or not found.context_year or not found.own_year:
            return "", ""
        return school_year_label(found.context_year), school_year_label(found.own_year)

    @property
    def columns(self) -> list[ContextMeasure]:
        """Return the parts of the context that are known for at least one school."""
        return [
            feature for feature in similarity_rules().features if any(feature.code in row.context for row in self.rows)
        ]

    @property
    def authorities(self) -> list[str]:
        return sorted({row.authority for row in self.rows if row.authority})


def _by(code: str) -> Callable[[SimilarSchoolRow], float]:
    """Return a key that sorts by one part of the context, with unknown values last."""
    return lambda row: row.context.get(code, LAST)


SIMILAR_SCHOOL_SORTS: dict[str, tuple[str, Callable[[SimilarSchoolRow], Any]]] = {
    "distance": ("Distance", lambda row: row.place),
    "name": ("School", lambda row: row.name),
    **{feature.code: (feature.name, _by(feature.code)) for feature in similarity_rules().features},
    "result": ("Result", lambda row: LAST if row.result.value is None else float(row.result.value)),
}


def similar_schools_page(school: School, *, code: str) -> SimilarSchoolsPage:
    """Return a school's similar schools with their figures for one indicator; ``code`` is its code, or empty.

    Six queries: the stored set, the schools' names, their figures and the school's own (two), England's (two).
    """
    found = SimilarSchools.objects.filter(school=school).first()
    if found is None or not found.neighbours:
        return SimilarSchoolsPage(found=found, rows=[], features=_features(found), compared=[], chosen=None, chart=None)
    indicators = compared_indicators(found.phase)
    results = compared_results([school.pk, *(neighbour["urn"] for neighbour in found.neighbours)], indicators)
    cells = _cells(results, {indicator.code: indicator for indicator in indicators})
    compared = _compared(school, found, indicators, cells)
    chosen = next((row for row in compared if row.indicator.code == code), None) or _first(compared, found.phase)
    rows = _rows(found, chosen, cells)
    return SimilarSchoolsPage(
        found=found,
        rows=rows,
        features=_features(found),
        compared=compared,
        chosen=chosen,
        chart=_chart(school, chosen, rows) if chosen else None,
    )


def filtered_similar_schools(page: SimilarSchoolsPage, *, authority: str, sort: str) -> list[SimilarSchoolRow]:
    """Return the schools of one local authority, or of all, sorted by ``sort``."""
    return in_order([row for row in page.rows if authority in ("", row.authority)], SIMILAR_SCHOOL_SORTS, sort)


def similar_schools_table(page: SimilarSchoolsPage, rows: list[SimilarSchoolRow]) -> list[list[object]]:
    """Return similar schools as a table with column headings, for a file. *Status* says why a figure is missing."""
    features, result = similarity_rules().features, page.chosen
    names = [feature.name for feature in features]
    headings: list[object] = ["Place", "School", "URN", "Local authority", "Distance", *names, "Context of"]
    headings += ["Indicator", "School year", "Figure", "Status", "Release"]
    about = [result.indicator.title, result.similar.period] if result else ["", ""]
    return [headings, *(_table_row(row, page.years[0], about) for row in rows)]


def _table_row(row: SimilarSchoolRow, context_of: str, about: list[str]) -> list[object]:
    published = row.result
    return [
        *(row.place, row.name, row.urn, row.authority, row.distance),
        *(row.context.get(feature.code) for feature in similarity_rules().features),
        *(context_of, *about),
        *(
            None if published.value is None else float(published.value),
            published.status.label if published.status else "",
            published.release,
        ),
    ]


Cells = dict[tuple[int, str, int], PublishedCell]  # By URN, indicator and school year.
NO_FIGURE = PublishedCell(value=None, text="", status=None)


def _cells(results: pd.DataFrame, indicators: Mapping[str, Indicator]) -> Cells:
    return {
        (int(urn), code, int(year)): _cell(indicators[code], value, status, release, int(year))
        for urn, code, year, value, status, release in results.itertuples(index=False, name=None)
    }


def _cell(indicator: Indicator, value: float | None, status: str, release: str, year: int) -> PublishedCell:
    exact = None if status != ValueStatus.VALUE or value is None else Decimal(str(value))
    text = figure_or_empty(exact, indicator)
    return PublishedCell(value=exact, text=text, status=ValueStatus(status), release=release, school_year=year)


def _compared(
    school: School, found: SimilarSchools, indicators: list[Indicator], cells: Cells
) -> list[ComparedIndicatorRow]:
    england, figures = known_national_figures(), similar_figures_of(found)
    rows = []
    for indicator in indicators:
        if years := figures.get(indicator.code):
            newest = years[max(years)]
            rows.append(
                ComparedIndicatorRow(
                    indicator=indicator,
                    similar=newest,
                    own=cells.get((school.pk, indicator.code, newest.school_year), NO_FIGURE),
                    newest_own=_newest(school, indicator, cells),
                    england=_national(england, indicator, found.phase, newest.school_year),
                )
            )
    return rows


def _newest(school: School, indicator: Indicator, cells: Cells) -> PublishedCell:
    own = [cell for (urn, code, _), cell in cells.items() if (urn, code) == (school.pk, indicator.code) and cell.text]
    return max(own, key=lambda cell: cell.school_year, default=NO_FIGURE)


def _national(england: tuple[EnglandFigure, ...], indicator: Indicator, phase: str, year: int) -> Decimal | None:
    """Return the national figure of the same year; None if there is no such figure."""
    figure = nearest_national(england, indicator, phase=phase, school_year=year)
    return figure.value if figure and figure.school_year == year else None


def _first(compared: list[ComparedIndicatorRow], phase: str) -> ComparedIndicatorRow | None:
    by_code = {row.indicator.code: row for row in compared}
    return next((by_code[code] for code in PREFERRED[phase] if code in by_code), compared[0] if compared else None)


def _features(found: SimilarSchools | None) -> list[tuple[ContextMeasure, str]]:
    return _in_words(found.context) if found else []


def _in_words(context: Mapping[str, float], held: Collection[str] = ()) -> list[tuple[ContextMeasure, str]]:
    return [
        (
            feature,
            figure_in_words(Decimal(str(context[feature.code])), feature.unit, feature.decimals)
            if feature.code in context
            else "",
        )
        for feature in similarity_rules().features
        if not held or feature.code in held
    ]


def _rows(found: SimilarSchools, chosen: ComparedIndicatorRow | None, cells: Cells) -> list[SimilarSchoolRow]:
    names, held = local_authorities(), {code for neighbour in found.neighbours for code in neighbour["context"]}
    rows = []
    for place, neighbour in enumerate(found.neighbours, start=1):
        code = neighbour.get("authority")
        key = (neighbour["urn"], chosen.indicator.code, chosen.similar.school_year) if chosen else None
        rows.append(
            SimilarSchoolRow(
                place=place,
                urn=neighbour["urn"],
                name=neighbour.get("name") or f"URN {neighbour['urn']}",
                authority=names.get(code, f"Authority {code}") if code else "",
                distance=neighbour["distance"],
                context=neighbour["context"],
                features=_in_words(neighbour["context"], held),
                result=cells.get(key, NO_FIGURE) if key else NO_FIGURE,
            )
        )
    return rows


def _chart(school: School, chosen: ComparedIndicatorRow, rows: list[SimilarSchoolRow]) -> Chart:
    similar = chosen.similar
    return strip_chart(
        StripMeasure(
            title=chosen.indicator.title,
            period=similar.period,
            unit=chosen.indicator.unit,
            decimals=chosen.indicator.decimals,
            points=tuple(
                StripPoint(name=row.name, value=row.result.value) for row in rows if row.result.value is not None
            ),
            median=similar.median,
            lower=similar.lower,
            upper=similar.upper,
            own_name=school.name,
            own=chosen.own.value,
            national=chosen.england,
        ),
        element_id="similar-strip",
    )
