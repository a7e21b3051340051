"""Read schools' accepted and published figures."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import pandas as pd
from django.utils import timezone

from kpis.catalogue import EnglandFigure, Indicator, catalogue_indicators, national_figures
from kpis.catalogue.national_figures import NationalFigureStatus
from kpis.models import Observation
from kpis.rules.score import Figure
from published.dfe.value_statuses import ValueStatus
from published.models import NationalFigure
from published.queries import BEST_FIRST, published_results_of
from schools.queries import period_of
from schools.rules.terms import Period
from tables.dates import day_in_words

STATE_FUNDED = "state-funded"  # The scope of all phases; the scope of one is "state-funded primary" and so on.
FiguresBySchool = dict[int, dict[str, list[Figure]]]  # By URN, then indicator code.


# The fields that figure_of() needs. Reading only these takes a fifth of the time that whole rows take.
FIGURE_FIELDS = (
    "school_year", "season", "value", "numerator", "denominator", "status", "source", "comment", "accepted_at",
)  # fmt: skip


class AcceptedFigure(Protocol):
    """The fields of an observation that make a figure."""

    school_year: int
    season: int
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    source: str
    comment: str
    accepted_at: datetime


def known_figures(
    school_ids: Collection[int], *, since: int | None = None, read: pd.DataFrame | None = None
) -> FiguresBySchool:
    """Return every figure of these schools by URN and indicator. An accepted figure replaces a published one.

    School years before ``since`` are left out. Two queries for accepted figures and lineage, and one for published
    figures, whatever the number of schools. Accepted figures are read in the trust's scope; published figures are
    public. Pass ``read`` if you already have what ``published`` returns for the measures of ``compared_measures``.
    """
    found: dict[int, dict[str, dict[Period, Figure]]] = defaultdict(lambda: defaultdict(dict))
    published_figures = published_results_of(school_ids, measures=compared_measures()) if read is None else read
    for urn, code, figure in _published_figures(published_figures, since):
        found[urn][code][figure.period] = figure
    for urn, code, figure in _accepted_figures(school_ids, since):
        found[urn][code][figure.period] = figure
    return {urn: {code: list(periods.values()) for code, periods in codes.items()} for urn, codes in found.items()}


def compared_measures() -> list[str]:
    """Return the codes of the published measures that indicators use."""
    return list(_by_measure())


def known_national_figures() -> tuple[EnglandFigure, ...]:
    """Return the national figures of the imported files and the catalogue. The catalogue's replace the others."""
    by_measure = _by_measure()
    rows = NationalFigure.objects.filter(geography="England", scope__startswith=STATE_FUNDED, measure__in=by_measure)
    read = [
        EnglandFigure(
            indicator=indicator.code,
            phase=str(phase),
            school_year=row.school_year,
            term="",
            pupil_group=indicator.pupil_group,
            value=Decimal(str(row.value)),
            status=NationalFigureStatus(row.release)
            if row.release in list(NationalFigureStatus)
            else NationalFigureStatus.FINAL,
            source=f"Department for Education, {row.file.name}",
        )
        for row in sorted(rows.select_related("file").order_by("pk"), key=_worst_release_first)
        for indicator in by_measure[row.measure]
        if indicator.pupil_group == row.pupil_group
        for phase in sorted(indicator.phases)
        if row.scope in (STATE_FUNDED, f"{STATE_FUNDED} {phase}")
    ]
    best = {figure.key: figure for figure in read} | {figure.key: figure for figure in national_figures()}
    return tuple(best.values())


def _worst_release_first(row: NationalFigure) -> int:
    return -BEST_FIRST.get(row.release, len(BEST_FIRST))


def _by_measure() -> dict[str, list[Indicator]]:
    found: dict[str, list[Indicator]] = defaultdict(list)
    for indicator in catalogue_indicators():
        if indicator.comparator.measure:
            found[indicator.comparator.measure].append(indicator)
    return dict(found)


def _accepted_figures(school_ids: Collection[int], since: int | None) -> Iterable[tuple[int, str, Figure]]:
    rows = Observation.objects.filter(school_id__in=school_ids)
    if since is not None:
        rows = rows.filter(school_year__gte=since)
    for row in rows.order_by("pk").values_list("school_id", "indicator_id", *FIGURE_FIELDS, named=True):
        yield row.school_id, row.indicator_id, figure_of(row)


def figure_of(row: AcceptedFigure) -> Figure:
    """Return an accepted observation as a figure."""
    accepted = _day_in_words(row.accepted_at)
    return Figure(
        period=period_of(row.school_year, row.season),
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        cohort=row.denominator,
        status=ValueStatus(row.status),
        source=f"School's return, accepted {accepted}" if row.source == "return" else f"Import, accepted {accepted}",
        comment=row.comment,
    )


@lru_cache(maxsize=10_000)  # Hundreds of figures on a page have the same time of acceptance.
def _day_in_words(at: datetime) -> str:
    return day_in_words(timezone.localdate(at))


def _published_figures(frame: pd.DataFrame, since: int | None) -> Iterable[tuple[int, str, Figure]]:
    by_measure = _by_measure()
    if since is not None:
        frame = frame[frame["school_year"] >= since]
    best = frame[frame["is_best"] & frame["measure"].isin(by_measure)]
    for row in best.to_dict("records"):
        for indicator in by_measure[row["measure"]]:
            if indicator.pupil_group == row["pupil_group"]:
                yield row["urn"], indicator.code, _published_figure(row)


def _published_figure(row: dict[Any, Any]) -> Figure:
    is_value = row["status"] == ValueStatus.VALUE
    via = "" if row["via_urn"] == row["urn"] else f", as URN {row['via_urn']} before it became an academy"
    cohort = row["cohort"]
    return Figure(
        period=Period(int(row["school_year"])),
        value=Decimal(str(row["value"])) if is_value else None,
        cohort=Decimal(str(cohort)) if cohort == cohort and cohort is not None else None,
        status=ValueStatus(row["status"]),
        source=f"Published, {row['release']}{via}",
    )
