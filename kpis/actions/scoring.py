"""Calculate score lines and trust figures from accepted and published figures. Only changed rows are written."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from kpis.catalogue import Indicator
from kpis.models import Headline, ScoreLine, TrustFigure
from kpis.queries.catalogue import trust_indicators
from kpis.queries.known_figures import known_figures, known_national_figures
from kpis.queries.small_numbers import kept_counts, rules_in_force
from kpis.queries.targets import targets_of
from kpis.queries.trust_totals import first_year_looked_at, recent_figures, total_of
from kpis.rules.privacy import Audience, reader_for, shown_figures, small_counts
from kpis.rules.score import Figure, IndicatorScore, score_indicator
from schools.models import School
from schools.queries import season_of
from schools.rules.terms import Period
from trusts.locks import TRUST_FIGURES, wait_for_turn

PLACES = Decimal("0.0001")  # The database stores four decimals.


@transaction.atomic
def rescore_school(*, trust_id: int, school: School, figures: Mapping[str, Sequence[Figure]], on: date) -> int:
    """Update one school's score lines; return how many changed.

    ``figures`` are the school's by indicator, as ``history`` returns them. Indicators are worded as on the day ``on``.
    """
    of_england = known_national_figures()
    targets = targets_of(school)
    indicators = trust_indicators(on=on)
    given_away = small_counts(figures, indicators)
    rows = []
    for indicator in indicators.values():
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
            period = result.latest.period
            now, then = ((indicator.code, when) for when in (period, period.same_a_year_earlier()))
            counts = kept_counts(given_away.get(now), given_away.get(then))
            rows.append(_line(trust_id, school, indicator, result, counts))
    return replace_rows(ScoreLine.objects.filter(school=school), rows, key=lambda row: row.indicator_id)


@transaction.atomic
def rescore_trust(*, trust_id: int, on: date) -> int:
    """Update the trust's headline figures and its schools' headlines; return how many changed.

    They are as every headteacher may see them: small numbers are hidden, and a trust's figure is made of what is shown.
    Every school of the trust must be in scope. Only one run at a time for each trust: a second run waits.
    """
    wait_for_turn(TRUST_FIGURES, trust_id)
    schools = list(School.objects.filter(trust_id=trust_id).by_name())
    indicators, reader = trust_indicators(on=on), reader_for(Audience.OTHERS, rules_in_force())
    known = {
        urn: shown_figures(figures, indicators, reader, urn)
        for urn, figures in known_figures([school.pk for school in schools]).items()
    }
    since = first_year_looked_at(known)
    headlines: list[Headline] = []
    totals: list[TrustFigure] = []
    for indicator in indicators.values():
        recent = recent_figures(schools, indicator, known, since=since) if indicator.headline else {}
        if recent:
            totals.append(_trust_figure(trust_id, indicator, schools, recent))
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


def _line(
    trust_id: int,
    school: School,
    indicator: Indicator,
    result: IndicatorScore,
    counts: dict[str, Any],
) -> ScoreLine:
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
        small_counts=counts,
    )


def _trust_figure(
    trust_id: int, indicator: Indicator, schools: Sequence[School], recent: Mapping[School, Figure]
) -> TrustFigure:
    result = total_of(schools, indicator, recent)
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
    for school, figure in recent.items():
        yield Headline(
            trust_id=trust_id,
            school=school,
            indicator_id=indicator.code,
            school_year=figure.period.school_year,
            season=season_of(figure.period),
            value=_kept(figure.value),
            status=figure.status.value,
            cohort=_kept(figure.cohort, Decimal("0.01")),
        )


def _kept(value: Decimal | None, places: Decimal = PLACES) -> Decimal | None:
    """Round as the database does, so that a row that is read back equals the row that was written."""
    return None if value is None else value.quantize(places)
