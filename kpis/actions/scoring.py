"""Calculate score lines and trust figures from accepted and published figures. Only changed rows are written."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from kpis.catalogue import Indicator
from kpis.models import Headline, ScoreLine, TrustFigure
from kpis.queries.catalogue import trust_indicators
from kpis.queries.known_figures import known_figures, known_national_figures
from kpis.queries.targets import targets_of
from kpis.rules.privacy import hide_small, hide_small_total
from kpis.rules.rollup import SchoolFigure, trust_figure
from kpis.rules.score import Figure, IndicatorScore, score_indicator
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.queries import season_of
from schools.rules.terms import Period
from trusts.locks import TRUST_FIGURES, wait_for_turn

PLACES = Decimal("0.0001")  # The database stores four decimals.
YEARS_LOOKED_AT = 2  # School years: the newest year with figures and the one before it.


@transaction.atomic
def rescore_school(*, trust_id: int, school: School, figures: Mapping[str, Sequence[Figure]], on: date) -> int:
    """Update one school's score lines; return how many changed.

    ``figures`` are the school's by indicator, as ``history`` returns them. Indicators are worded as on the day ``on``.
    """
    of_england = known_national_figures()
    targets = targets_of(school)
    rows = []
    for indicator in trust_indicators(on=on).values():
        if school.phase not in indicator.phases:
            continue
        result = score_indicator(
            indicator,
            figures.get(indicator.code, []),
            phase=school.phase,
            targets=targets.get(indicator.code, {}),
            national=of_england,
        )
        if result:
            rows.append(_line(trust_id, school, indicator, result))
    return replace_rows(ScoreLine.objects.filter(school=school), rows, key=lambda row: row.indicator_id)


@transaction.atomic
def rescore_trust(*, trust_id: int, on: date) -> int:
    """Update the trust's figures and its schools' headlines; return how many changed.

    Every school of the trust must be in scope. Only one run at a time for each trust: a second run waits.
    """
    wait_for_turn(TRUST_FIGURES, trust_id)
    schools = list(School.objects.filter(trust_id=trust_id).by_name())
    known = known_figures([school.pk for school in schools])
    years = {figure.period.school_year for codes in known.values() for all_ in codes.values() for figure in all_}
    since = max(years, default=0) - YEARS_LOOKED_AT + 1
    headlines: list[Headline] = []
    totals: list[TrustFigure] = []
    for code, indicator in trust_indicators(on=on).items():
        asked = [school for school in schools if school.phase in indicator.phases]
        own = {school: known[school.pk][code] for school in asked if code in known.get(school.pk, {})}
        recent = _recent(own, since=since, asked=len(asked))
        if not recent:
            continue
        totals.append(_trust_figure(trust_id, indicator, asked, recent))
        if indicator.headline:
            headlines += _headlines(trust_id, indicator, recent)
    changed = replace_rows(Headline.objects.all(), headlines, key=lambda row: (row.school_id, row.indicator_id))
    return changed + replace_rows(TrustFigure.objects.all(), totals, key=lambda row: row.indicator_id)


def replace_rows(there: models.QuerySet[Any], rows: Iterable[Any], *, key: Callable[[Any], Any]) -> int:
    """Add, change and delete rows so that a queryset has exactly ``rows``; return how many were written or deleted."""
    fields = [field.attname for field in there.model._meta.concrete_fields if not field.primary_key]
    old = {key(row): row for row in there.order_by("pk")}
    new = {key(row): row for row in rows}
    changed = []
    for name, row in new.items():
        if name in old and any(getattr(old[name], field) != getattr(row, field) for field in fields):
            row.pk = old[name].pk
            changed.append(row)
    added = [row for name, row in new.items() if name not in old]
    gone = [row.pk for name, row in old.items() if name not in new]
    manager = there.model._default_manager
    manager.bulk_create(added)
    if changed:
        manager.bulk_update(changed, fields)
    if gone:
        there.filter(pk__in=gone).delete()
    return len(added) + len(changed) + len(gone)


def _line(trust_id: int, school: School, indicator: Indicator, result: IndicatorScore) -> ScoreLine:
    return ScoreLine(
        trust_id=trust_id,
        school=school,
        indicator_id=indicator.code,
        school_year=result.latest.period.school_year,
        season=season_of(result.latest.period),
        value=_kept(result.latest.value),
        status=result.latest.status.value,
        cohort=_kept(result.latest.cohort, Decimal("0.01")),
        target=_kept(result.target.value if result.target else None),
        target_text=result.target_text,
        rating=result.rating.code.value,
        reason=result.rating.reason,
        distance=result.distance,
        source=result.latest.source,
        movement=result.movement.code.value,
        movement_text=result.movement.sentence,
        movement_size=result.movement_size,
        national=float(result.national.value) if result.national else None,
        national_text=result.national_text,
    )


def _recent(own: Mapping[School, list[Figure]], *, since: int, asked: int) -> dict[School, Figure]:
    """Return the schools' figures for one period, the same for all. Schools without a figure are left out.

    The period is the newest for which at least half of the schools have a figure, so that the first return of a term
    does not become the trust's figure. If there is no such period, it is the newest for which any school has one.
    """
    by_period: dict[Period, dict[School, Figure]] = defaultdict(dict)
    for school, all_ in own.items():
        for figure in all_:
            if figure.period.school_year >= since:
                by_period[figure.period][school] = figure
    if not by_period:
        return {}
    chosen = max(by_period, key=lambda period: (2 * len(by_period[period]) >= asked, period.order))
    return by_period[chosen]


def _school_figure(school: School, figure: Figure | None) -> SchoolFigure:
    return figure.as_part(school.name) if figure else SchoolFigure(school=school.name, status=ValueStatus.TO_FOLLOW)


def _trust_figure(
    trust_id: int, indicator: Indicator, asked: list[School], recent: Mapping[School, Figure]
) -> TrustFigure:
    parts = [_school_figure(school, recent.get(school)) for school in asked]
    made = trust_figure(parts, roll_up=indicator.roll_up, unit=indicator.unit, decimals=indicator.decimals)
    result = hide_small_total(made, sensitive=indicator.sensitive, unit=indicator.unit)
    period: Period = next(iter(recent.values())).period
    return TrustFigure(
        trust_id=trust_id,
        indicator_id=indicator.code,
        school_year=period.school_year,
        season=season_of(period),
        value=_kept(result.value),
        method=result.sentence,
        schools_counted=result.counted,
        schools_expected=result.expected,
    )


def _headlines(trust_id: int, indicator: Indicator, recent: Mapping[School, Figure]) -> Iterable[Headline]:
    parts = [_school_figure(school, figure) for school, figure in recent.items()]
    shown = hide_small(parts, sensitive=indicator.sensitive, unit=indicator.unit)
    for (school, figure), part in zip(recent.items(), shown, strict=True):
        yield Headline(
            trust_id=trust_id,
            school=school,
            indicator_id=indicator.code,
            school_year=figure.period.school_year,
            season=season_of(figure.period),
            value=_kept(part.value),
            status=part.status.value,
            cohort=_kept(part.cohort, Decimal("0.01")),
        )


def _kept(value: Decimal | None, places: Decimal = PLACES) -> Decimal | None:
    """Round as the database does, so that a row that is read back equals the row that was written."""
    return None if value is None else value.quantize(places)
