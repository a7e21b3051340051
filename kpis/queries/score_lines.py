"""Score lines as pages, the Panel report and the API show them: in words, with small numbers hidden."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef

from kpis.catalogue import Direction, FigureUnit, Indicator
from kpis.models import Observation, ScoreLine
from kpis.queries.known_figures import figure_of
from kpis.rules.figures_in_words import figure_in_words, number_in_words
from kpis.rules.privacy import FEWEST_SHOWN, must_hide
from kpis.rules.rating import RatingCode
from kpis.rules.rollup import SchoolFigure
from kpis.rules.similar_figure import SimilarFigure
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.queries import period_of
from schools.rules.terms import school_year_label, school_year_on

WORST_FIRST = (RatingCode.OFF_TARGET, RatingCode.CLOSE, RatingCode.ON_TARGET, RatingCode.NO_TARGET, RatingCode.NO_VALUE)
HIDDEN_BECAUSE_SMALL = f"Hidden outside the school: fewer than {FEWEST_SHOWN} people stand behind it"
YEARS_CURRENT = 2  # School years: yearly results come out months after the year that they are of.
SHARES = (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS)


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """Where one school stands on one indicator, as a page prints it."""

    line: ScoreLine
    indicator: Indicator
    school: School
    behind: Observation | None  # The accepted figure it stands on; None for a published one.
    hidden: bool  # Too few people stand behind the figure to show it.
    then_hidden: bool  # Too few stood behind the figure of a year earlier, which the movement would give away.
    similar: SimilarFigure | None = None  # Where the page asked for it and it is published.

    @property
    def counted(self) -> bool:
        """Say whether the school counted it: the cohort is its own denominator, else a published number of pupils."""
        return self.behind is not None

    @property
    def status(self) -> ValueStatus:
        return ValueStatus.TOO_FEW_PUPILS if self.hidden else ValueStatus(self.line.status)

    @property
    def value(self) -> str:
        """Write the figure with its unit; empty when there is none to show."""
        return "" if self.hidden else figure_or_empty(self.line.value, self.indicator)

    @property
    def cohort(self) -> str:
        """Say how many the figure is about; empty when there is no figure."""
        return cohort_text(self.line.cohort, self.indicator, counted=self.counted) if self.value else ""

    @property
    def period(self) -> str:
        return period_of(self.line.school_year, self.line.season).label

    @property
    def target(self) -> str:
        """Write the target, both ends of a range; empty when there is none."""
        if self.line.target is not None and self.indicator.direction is Direction.RANGE:
            return self.line.target_text.partition(":")[0]
        return figure_or_empty(self.line.target, self.indicator)

    @property
    def target_provenance(self) -> str:
        return self.line.target_text.partition(": ")[2]

    @property
    def national(self) -> str:
        value = self.line.national
        return "" if value is None else figure_or_empty(Decimal(str(value)), self.indicator)

    @property
    def reason(self) -> str:
        return HIDDEN_BECAUSE_SMALL if self.hidden else self.line.reason

    @property
    def movement(self) -> str:
        """Say how it moved; empty when hidden or not comparable."""
        if self.hidden or self.then_hidden or self.line.movement == "not_comparable":
            return ""
        return self.line.movement_text

    @property
    def why_no_movement(self) -> str:
        """Say why there is no movement to show."""
        if self.hidden or self.then_hidden:
            when = "figure" if self.hidden else "earlier figure"
            return f"Not shown: the {when} is of fewer than {FEWEST_SHOWN} people"
        return self.line.movement_text

    @property
    def direction(self) -> str:
        """Return which way the number went: up, down or level."""
        return direction_of(self.line.movement, self.indicator)

    @property
    def judgement(self) -> str:
        return self.line.movement if self.line.movement in ("better", "worse") else "level"

    @property
    def rating_label(self) -> str:
        return RatingCode(self.line.rating).label


def score_rows(
    schools: Iterable[School], known: Mapping[str, Indicator], *, inside: Collection[int] = ()
) -> list[ScoreRow]:
    """Return the score lines of schools in the order of ``known``, the indicators by code, then as the schools come.

    ``inside`` are the URNs whose small numbers the reader may see. Two queries, whatever the number of schools.
    """
    by_urn = {school.pk: school for school in schools}
    order = {code: place for place, code in enumerate(known)}
    scored = list(ScoreLine.objects.filter(school__in=list(by_urn), indicator__in=list(order)))
    places = {urn: place for place, urn in enumerate(by_urn)}
    scored.sort(key=lambda line: (order[line.indicator_id], places[line.school_id]))
    return score_rows_of(scored, by_urn, known, inside=inside)


def score_rows_of(
    lines: Collection[ScoreLine],
    schools: Mapping[int, School],
    known: Mapping[str, Indicator],
    *,
    inside: Collection[int] = (),
) -> list[ScoreRow]:
    """Return score lines that were read, in their order, as they may be shown; one that nothing known defines is left
    out. One query, for what is behind them.
    """
    behind = _observations(lines)
    defined = [(line, known[line.indicator_id]) for line in lines if line.indicator_id in known]
    return [
        ScoreRow(
            line=line,
            indicator=indicator,
            school=schools[line.school_id],
            behind=behind.get(_key(line, indicator)),
            hidden=line.school_id not in inside and _is_small(line, indicator, behind.get(_key(line, indicator))),
            then_hidden=line.school_id not in inside and _was_small(line, indicator, behind),
        )
        for line, indicator in defined
    ]


def worst_rating(rows: Iterable[ScoreRow]) -> RatingCode:
    """Return the worst rating among rows; *no value* where there are none."""
    found = {row.line.rating for row in rows}
    return next((rating for rating in WORST_FIRST if rating in found), RatingCode.NO_VALUE)


def old_year(rows: Iterable[ScoreRow], *, on: date) -> str:
    """Return the school year of the newest figure if none is of the last years; empty otherwise.

    A page says it, so that nobody takes what was so then for what is so now.
    """
    years = [row.line.school_year for row in rows if row.line.value is not None]
    return school_year_label(max(years)) if years and max(years) < school_year_on(on) - YEARS_CURRENT else ""


def figure_or_empty(value: Decimal | None, indicator: Indicator) -> str:
    """Write a figure of an indicator with its unit; empty for None."""
    return "" if value is None else figure_in_words(value, indicator.unit, indicator.decimals)


def cohort_text(cohort: Decimal | None, indicator: Indicator, *, counted: bool) -> str:
    """Say how many a figure is about: in the words of the indicator's denominator where the school counted it.

    A published figure says its pupils. A share always says so, also when the number is not known; other figures
    stay silent then.
    """
    if cohort is None:
        return "how many is not given" if indicator.unit in SHARES else ""
    noun = indicator.denominator if counted and indicator.denominator else "pupils"
    if noun.endswith(" (£)"):
        amount, noun = f"£{number_in_words(cohort, 0)}", noun.removesuffix(" (£)")
    else:
        amount = number_in_words(cohort, 0 if cohort == cohort.to_integral_value() else 1)
    return f"of {amount} {noun[0].lower()}{noun[1:]}"


def direction_of(movement: str, indicator: Indicator) -> str:
    """Return which way a number went, from whether it got better: up, down or level."""
    if movement in ("higher", "lower"):
        return "up" if movement == "higher" else "down"
    if movement not in ("better", "worse"):
        return "level"
    higher_is_better = indicator.direction is Direction.HIGHER
    return "up" if (movement == "better") == higher_is_better else "down"


Key = tuple[int, str, int, int, str]  # URN, indicator, school year, season, pupil group.


def _key(line: ScoreLine, indicator: Indicator) -> Key:
    return line.school_id, line.indicator_id, line.school_year, line.season, indicator.pupil_group.value


def _observations(lines: Collection[ScoreLine]) -> Mapping[Key, Observation]:
    """Return the accepted figures behind score lines and those of a year earlier: they know the numerators."""
    same = ScoreLine.objects.filter(
        school=OuterRef("school"),
        indicator=OuterRef("indicator"),
        season=OuterRef("season"),
        pk__in=[line.pk for line in lines],
    )
    now, then = same.filter(school_year=OuterRef("school_year")), same.filter(school_year=OuterRef("school_year") + 1)
    found = Observation.objects.filter(Exists(now) | Exists(then)).select_related("accepted_by")
    return {
        (each.school_id, each.indicator_id, each.school_year, each.season, each.pupil_group): each for each in found
    }


def is_hidden(row: Observation, indicator: Indicator | None, *, inside: Collection[int]) -> bool:
    """Say whether an accepted figure has too few people behind it for readers who are ``inside`` these schools."""
    if row.school_id in inside:
        return False
    if indicator is None:  # It has left the catalogue, and nothing says any more whether it points to people.
        return True
    return must_hide(figure_of(row).as_part(), sensitive=indicator.sensitive, unit=indicator.unit)


def figure_with_counts(line: ScoreLine, behind: Observation | None) -> SchoolFigure:
    """Return a score line's figure with the counts behind it, where the school gave them."""
    return SchoolFigure(
        school="",
        value=line.value,
        numerator=behind.numerator if behind else None,
        denominator=behind.denominator if behind else None,
        cohort=line.cohort,
        status=ValueStatus(line.status),
    )


def _is_small(line: ScoreLine, indicator: Indicator, behind: Observation | None) -> bool:
    return must_hide(figure_with_counts(line, behind), sensitive=indicator.sensitive, unit=indicator.unit)


def _was_small(line: ScoreLine, indicator: Indicator, behind: Mapping[Key, Observation]) -> bool:
    """Say whether too few stood behind the figure that the line's movement compares with."""
    school_id, code, year, season, group = _key(line, indicator)
    then = behind.get((school_id, code, year - 1, season, group))
    return then is not None and is_hidden(then, indicator, inside=())
