"""Read score lines as pages, the Panel report and the API show them: in words, as the reader may see them."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Exists, OuterRef

from kpis.catalogue import Direction, FigureUnit, Indicator
from kpis.models import Observation, ScoreLine
from kpis.queries.small_numbers import counts_from_kept
from kpis.rules.figures_in_words import figure_in_words, number_in_words
from kpis.rules.movement import MovementCode
from kpis.rules.privacy import HIDDEN_BECAUSE_SMALL, MARK, FigureReader, Showing
from kpis.rules.rating import RatingCode
from kpis.rules.similar_figure import SimilarFigure
from published.dfe.value_statuses import ValueStatus
from schools.models import School
from schools.queries import period_of
from schools.rules.terms import school_year_label, school_year_on

WORST_FIRST = (
    RatingCode.OFF_TARGET, RatingCode.CLOSE, RatingCode.ON_TARGET, RatingCode.NO_TARGET, RatingCode.NO_VALUE,
    RatingCode.HIDDEN,
)  # fmt: skip
NO_MOVEMENT = "Not shown: one of the two figures is hidden from you"
YEARS_CURRENT = 2  # School years: yearly results are published months after their year has ended.
SHARES = (FigureUnit.PERCENT, FigureUnit.PER_100_PUPILS)


@dataclass(frozen=True, kw_only=True)
class ScoreRow:
    """One school's score line for one indicator, as the reader may see it."""

    line: ScoreLine  # Not as it is stored: what the reader may not see is taken out.
    indicator: Indicator
    school: School
    behind: Observation | None  # The accepted figure that was scored; None for a published or hidden figure.
    mark: str = ""  # A request not to pass it on.
    similar: SimilarFigure | None = None  # If the page asked for it and it is published.

    @property
    def counted(self) -> bool:
        """Return whether the school counted the cohort itself; if not, it is a published number of pupils."""
        return self.behind is not None

    @property
    def hidden(self) -> bool:
        """Return whether the figure, and all that follows from it, is hidden from the reader."""
        return self.status is ValueStatus.HIDDEN

    @property
    def status(self) -> ValueStatus:
        return ValueStatus(self.line.status)

    @property
    def value(self) -> str:
        """Return the figure with its unit; empty if there is no figure to show."""
        return figure_or_empty(self.line.value, self.indicator)

    @property
    def cohort(self) -> str:
        """Return how many people the figure is about, in words; empty if there is no figure."""
        return cohort_text(self.line.cohort, self.indicator, counted=self.counted) if self.value else ""

    @property
    def period(self) -> str:
        return period_of(self.line.school_year, self.line.season).label

    @property
    def target(self) -> str:
        """Return the target, with both ends of a range; empty if there is no target."""
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
        return self.line.reason

    @property
    def movement(self) -> str:
        """Return how the figure changed, in words; empty if it is hidden or not comparable."""
        return "" if self.line.movement == MovementCode.NOT_COMPARABLE else self.line.movement_text

    @property
    def why_no_movement(self) -> str:
        """Return why no movement is shown."""
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


def score_rows(schools: Iterable[School], known: Mapping[str, Indicator], reader: FigureReader) -> list[ScoreRow]:
    """Return schools' score lines as a reader may see them, in the order of ``known`` (indicators by code) and then of
    ``schools``. Two queries, whatever the number of schools.
    """
    by_urn = {school.pk: school for school in schools}
    order = {code: place for place, code in enumerate(known)}
    scored = list(ScoreLine.objects.filter(school__in=list(by_urn), indicator__in=list(order)))
    places = {urn: place for place, urn in enumerate(by_urn)}
    scored.sort(key=lambda line: (order[line.indicator_id], places[line.school_id]))
    return score_rows_of(scored, by_urn, known, reader)


def score_rows_of(
    lines: Collection[ScoreLine], schools: Mapping[int, School], known: Mapping[str, Indicator], reader: FigureReader
) -> list[ScoreRow]:
    """Return score lines as a reader may see them, in the order given. Lines whose indicator is not in ``known`` are
    left out. One query, for the accepted figures.
    """
    behind = _observations(lines)
    rows = []
    for line in lines:
        if (indicator := known.get(line.indicator_id)) is None:
            continue
        showing = _showing(line, reader, "now")
        is_hidden = showing is Showing.HIDDEN
        rows.append(
            ScoreRow(
                line=_line_as_shown(line, reader),
                indicator=indicator,
                school=schools[line.school_id],
                behind=None if is_hidden else behind.get(_key(line, indicator)),
                mark=MARK if showing is Showing.MARKED else "",
            )
        )
    return rows


def _showing(line: ScoreLine, reader: FigureReader, name: str) -> Showing:
    """Return whether the reader may see the line's figure (*now*) or the one a year earlier (*then*)."""
    if name == "now" and line.value is None:
        return Showing.SHOWN
    return reader.showing(line.school_id, counts_from_kept(line.small_counts, name))


def _line_as_shown(line: ScoreLine, reader: FigureReader) -> ScoreLine:
    """Return a copy of the line without what the reader may not see: rating, distance and movement go with the figure.

    The copy is never saved.
    """
    shown = copy(line)
    if _showing(line, reader, "now") is Showing.HIDDEN:
        shown.value = shown.cohort = shown.distance = None
        shown.status, shown.rating = ValueStatus.HIDDEN.value, RatingCode.HIDDEN.value
        shown.reason = HIDDEN_BECAUSE_SMALL
    if shown.status == ValueStatus.HIDDEN or _showing(line, reader, "then") is Showing.HIDDEN:
        shown.movement, shown.movement_size = MovementCode.NOT_COMPARABLE.value, None
        shown.movement_text = NO_MOVEMENT
    return shown


def worst_rating(rows: Iterable[ScoreRow]) -> RatingCode:
    """Return the worst rating among rows; *no value* if there are no rows."""
    found = {row.line.rating for row in rows}
    return next((rating for rating in WORST_FIRST if rating in found), RatingCode.NO_VALUE)


def old_year(rows: Iterable[ScoreRow], *, on: date) -> str:
    """Return the school year of the newest figure if it is not recent; empty if it is.

    Pages show it, so that nobody takes old results for current ones.
    """
    years = [row.line.school_year for row in rows if row.line.value is not None]
    return school_year_label(max(years)) if years and max(years) < school_year_on(on) - YEARS_CURRENT else ""


def figure_or_empty(value: Decimal | None, indicator: Indicator) -> str:
    """Return an indicator's figure with its unit; empty for None."""
    return "" if value is None else figure_in_words(value, indicator.unit, indicator.decimals)


def cohort_text(cohort: Decimal | None, indicator: Indicator, *, counted: bool) -> str:
    """Return how many people or things a figure is about, such as "of 420 pupils on roll".

    If the school counted them, the noun is the indicator's denominator. If not, it is "pupils". If the number is not
    known, the text of a share says so, and the text of other figures is empty.
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
    """Return whether a number went up or down or is level, from whether it got better or worse."""
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
    """Return the accepted figures of score lines."""
    same = ScoreLine.objects.filter(
        school=OuterRef("school"),
        indicator=OuterRef("indicator"),
        season=OuterRef("season"),
        school_year=OuterRef("school_year"),
        pk__in=[line.pk for line in lines],
    )
    found = Observation.objects.filter(Exists(same)).select_related("accepted_by")
    return {(row.school_id, row.indicator_id, row.school_year, row.season, row.pupil_group): row for row in found}
