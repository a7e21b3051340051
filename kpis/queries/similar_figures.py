"""Read published measures among similar schools, to compare with a school's figure and the national figure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from kpis.catalogue import Indicator, catalogue_by_code
from kpis.models import SimilarSchools
from kpis.queries.score_lines import ScoreRow
from kpis.queries.similar_context import newest_file
from kpis.rules.similar_figure import SimilarFigure, nearest_similar
from schools.models import School, Season

Similar = dict[int, dict[str, dict[int, SimilarFigure]]]  # By URN, then indicator code, then school year.


def similar_figures(school_ids: Collection[int], *, codes: Collection[str] | None = None) -> Similar:
    """Return figures among the similar schools of each school, by URN, indicator and school year.

    A forecast has the figures of the result that it forecasts. One query, whatever the number of schools and codes.
    """
    found: Similar = {urn: {} for urn in school_ids}
    for row in SimilarSchools.objects.filter(school__in=list(school_ids)):
        own = similar_figures_of(row)
        for code, indicator in catalogue_by_code().items():
            years = own.get(indicator.comparator.same_as or code, {})
            if years and (codes is None or code in codes):
                found[row.school_id][code] = {
                    year: replace(figure, indicator=indicator) for year, figure in years.items()
                }
    return found


def similar_figures_of(row: SimilarSchools) -> dict[str, dict[int, SimilarFigure]]:
    """Return the stored figures among one school's similar schools, by indicator and school year. No query."""
    return {
        code: {
            int(year): _figure(catalogue_by_code()[code], int(year), kept, len(row.neighbours))
            for year, kept in years.items()
        }
        for code, years in row.figures.items()
        if code in catalogue_by_code()
    }


def _figure(indicator: Indicator, year: int, kept: Mapping[str, Any], schools: int) -> SimilarFigure:
    median, lower, upper = (Decimal(str(kept[name])) for name in ("median", "lower", "upper"))
    return SimilarFigure(
        indicator=indicator, school_year=year, median=median, lower=lower, upper=upper, count=kept["count"],
        schools=schools,
        releases=tuple(kept["releases"]),
    )  # fmt: skip


def with_similar_figures(rows: Iterable[ScoreRow]) -> list[ScoreRow]:
    """Return score lines with their figures among similar schools. One query."""
    rows = list(rows)
    found = similar_figures({row.school.pk for row in rows})
    return [
        replace(
            row,
            similar=nearest_similar(
                found[row.school.pk].get(row.indicator.code, {}),
                school_year=row.line.school_year,
                whole_year=row.line.season == Season.YEAR,
            ),
        )
        for row in rows
    ]


def behind_the_imports(trust_ids: Collection[int]) -> list[int]:
    """Return the trusts with a school whose similar schools were found before the newest import. Two queries."""
    seen = SimilarSchools.objects.filter(files_seen__gte=newest_file()).values("school_id")
    behind = School.objects.filter(trust_id__in=list(trust_ids)).exclude(pk__in=seen)
    return sorted({trust_id for trust_id in behind.values_list("trust_id", flat=True) if trust_id is not None})
