"""The indicator lines of the Panel report, put into words; small numbers hidden."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef

from kpis.catalogue import Direction, Indicator, by_code, load
from kpis.dfe.statuses import ValueStatus
from kpis.models import Observation, ScoreLine, Season
from kpis.rules.privacy import hide_small
from kpis.rules.rollup import SchoolFigure
from kpis.rules.terms import Period, Term
from kpis.rules.wording import figure
from meetings.report import AreaLines, Line
from schools.models import School

TERMS = {Season.AUTUMN: Term.AUTUMN, Season.SPRING: Term.SPRING, Season.SUMMER: Term.SUMMER}
HIDDEN = "Hidden: it is about fewer than six people, or would give away another school's figure that is."

Key = tuple[int, str, int, int]  # URN, indicator, school year, season


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The score lines of a trust's schools with the accepted observations that they stand on."""

    lines: Mapping[int, list[ScoreLine]]  # By URN, in the Board's order.
    observations: Mapping[Key, Observation]
    hidden: frozenset[Key]


def read_figures(schools: Iterable[School]) -> Figures:
    """Read the score lines of the schools and the observations behind them, in two queries."""
    names = {school.urn: school.name for school in schools}
    order = {indicator.code: place for place, indicator in enumerate(load())}
    scored = ScoreLine.objects.filter(school__in=list(names), indicator__in=list(order))
    lines = sorted(scored, key=lambda line: order[line.indicator_id])
    behind = ScoreLine.objects.filter(
        school=OuterRef("school"),
        indicator=OuterRef("indicator"),
        school_year=OuterRef("school_year"),
        season=OuterRef("season"),
    )
    accepted = Observation.objects.filter(Exists(behind), school__in=list(names)).select_related("accepted_by")
    observations = {
        _key(each): each for each in accepted if each.pupil_group == by_code()[each.indicator_id].pupil_group
    }
    by_school: dict[int, list[ScoreLine]] = defaultdict(list)
    for line in lines:
        by_school[line.school_id].append(line)
    return Figures(lines=by_school, observations=observations, hidden=_hidden(lines, observations, names))


def areas_of(school: School, figures: Figures) -> tuple[AreaLines, ...]:
    """Return a school's lines by the Board's areas, in its order; areas without a line are left out."""
    grouped: dict[str, list[Line]] = {}
    for line in figures.lines.get(school.urn, []):
        indicator = by_code()[line.indicator_id]
        hide = _key(line) in figures.hidden
        grouped.setdefault(indicator.area.label, []).append(_in_words(line, indicator, hide=hide))
    return tuple(AreaLines(label=label, lines=tuple(lines)) for label, lines in grouped.items())


def period_label(school_year: int, season: int) -> str:
    """Name the period of a figure.

    >>> period_label(2026, Season.AUTUMN), period_label(2025, Season.YEAR)
    ('autumn 2025', '2024–25')
    """
    return Period(school_year, TERMS.get(Season(season))).label


def sentence(text: str) -> str:
    """Return ``text`` as a sentence: a capital first and one full stop last.

    >>> sentence("1.2 points better than autumn 2024"), sentence("")
    ('1.2 points better than autumn 2024.', '')
    """
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _key(row: ScoreLine | Observation) -> Key:
    return row.school_id, row.indicator_id, row.school_year, row.season


def _hidden(
    lines: Iterable[ScoreLine], observations: Mapping[Key, Observation], names: Mapping[int, str]
) -> frozenset[Key]:
    """Return which figures leave the school too small to be shown; one indicator and period at a time."""
    together: dict[tuple[str, int, int], list[ScoreLine]] = defaultdict(list)
    for line in lines:
        together[line.indicator_id, line.school_year, line.season].append(line)
    hidden: set[Key] = set()
    for (code, _, _), alike in together.items():
        indicator = by_code()[code]
        figures = [_figure(line, observations.get(_key(line)), names) for line in alike]
        shown = hide_small(figures, sensitive=indicator.sensitive, unit=indicator.unit)
        hidden |= {_key(line) for line, before, after in zip(alike, figures, shown, strict=True) if before != after}
    return frozenset(hidden)


def _figure(line: ScoreLine, observation: Observation | None, names: Mapping[int, str]) -> SchoolFigure:
    return SchoolFigure(
        school=names[line.school_id],
        value=line.value,
        numerator=observation.numerator if observation else None,
        denominator=observation.denominator if observation else None,
        cohort=line.cohort,
        status=ValueStatus(line.status),
    )


def _in_words(line: ScoreLine, indicator: Indicator, *, hide: bool) -> Line:
    status = ValueStatus.SUPPRESSED if hide else ValueStatus(line.status)
    shown = status is ValueStatus.VALUE and line.value is not None
    return Line(
        code=indicator.code,
        title=indicator.title,
        period=sentence(period_label(line.school_year, line.season)).rstrip("."),
        value=_written(line.value, indicator) if shown else status.label,
        cohort=f"of {line.cohort:,.0f}" if shown and line.cohort is not None else "",
        target=(target := _target(line, indicator)),
        target_text=sentence(line.target_text.removeprefix(f"{target}: ")),
        national=_written(line.national, indicator),
        national_text=line.national_text,
        rating=line.rating,
        reason=HIDDEN if hide else sentence(line.reason),
        movement="not_known" if hide else line.movement,
        movement_text="" if hide else sentence(line.movement_text),
    )


def _target(line: ScoreLine, indicator: Indicator) -> str:
    if line.target is not None and indicator.direction is Direction.RANGE:
        return line.target_text.partition(":")[0]  # Both its ends, in words.
    return _written(line.target, indicator)


def _written(value: Decimal | float | None, indicator: Indicator) -> str:
    return "" if value is None else figure(Decimal(str(value)), indicator.unit, indicator.decimals)
