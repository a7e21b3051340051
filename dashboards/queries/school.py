"""Read one school's page: its journey, phase and capacity with their reasons, and its indicators by area."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from dashboards.queries.inspections import InspectionSection, inspection_section
from dashboards.queries.school_positions import (
    SchoolChange,
    SchoolPosition,
    school_changes,
    school_positions,
    since_when,
)
from dashboards.queries.trajectory import TrajectorySection, trajectory_section
from dashboards.queries.warnings import ForecastRecordRow, OutlookRow, forecast_record_rows, outlook_chart, outlook_rows
from kpis.catalogue import Area
from kpis.charts import Chart
from kpis.models import Recomputation
from kpis.queries.catalogue import trust_indicators
from kpis.queries.score_lines import ScoreRow, old_year, score_rows
from kpis.queries.similar_figures import with_similar_figures
from kpis.rules.privacy import FigureReader
from kpis.rules.rating import RatingCode
from schools.models import School
from tables.word_lists import join_in_words
from trajectories.models import PhaseProposal
from trajectories.rules.rubric import RubricLine, standard_rubric
from trajectories.rules.rubric_voices import VOICE_WORDS


@dataclass(frozen=True, kw_only=True)
class RubricRow:
    """One line of the rubric with the level that the proposal used; no phase if nobody has judged the line."""

    line: RubricLine
    phase: str
    voice: str
    reason: str
    holds_back: bool

    @property
    def feature(self) -> str:
        """Return what can be observed in the line's phase."""
        return self.line.feature(self.phase) if self.phase else ""


@dataclass(frozen=True, kw_only=True)
class AreaScoreLines:
    """One area with the school's lines."""

    area: Area
    rows: list[ScoreRow]

    @property
    def off_target(self) -> int:
        return sum(row.line.rating == RatingCode.OFF_TARGET for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class SchoolPage:
    """The content of a school's page."""

    place: SchoolPosition
    areas: list[AreaScoreLines]
    trajectory: TrajectorySection
    rubric: list[RubricRow]
    history: list[SchoolChange]
    capacity_since: date | None
    is_waiting: bool
    old_year: str  # The school year of the newest figure, if that is long ago.
    outlooks: list[OutlookRow]
    outlook_chart: Chart | None
    inspections: InspectionSection
    forecast_record: list[ForecastRecordRow]

    @property
    def school(self) -> School:
        return self.place.school

    @property
    def lines(self) -> list[ScoreRow]:
        return [row for area in self.areas for row in area.rows]

    @property
    def off_target(self) -> int:
        return sum(area.off_target for area in self.areas)

    @property
    def judged(self) -> list[RubricRow]:
        return [row for row in self.rubric if row.phase]

    @property
    def unjudged(self) -> str:
        """Return the names of the rubric lines without a level."""
        return join_in_words([row.line.name.lower() for row in self.rubric if not row.phase])


def school_page(school: School, *, on: date, reader: FigureReader) -> SchoolPage:
    """Return a school's page from accepted and published figures and calculated results.

    At most eighteen queries: five for journey, phase and capacity, five for their changes, three for the lines, three
    for the inspections, the outlook and the recomputation.
    """
    place = school_positions([school])[0]
    changed = school_changes([school])
    lines = with_similar_figures(score_rows([school], trust_indicators(on=on), reader))
    outlooks = outlook_rows([school])
    return SchoolPage(
        place=place,
        areas=score_lines_by_area(lines),
        trajectory=trajectory_section(place, [row.outlook for row in outlooks]),
        rubric=_rubric(place.proposal),
        history=changed,
        capacity_since=since_when(changed, "Capacity", place.capacity.computed_at if place.capacity else None),
        is_waiting=Recomputation.objects.stale().filter(school=school).exists(),
        old_year=old_year(lines, on=on),
        outlooks=outlooks,
        outlook_chart=outlook_chart(school, outlooks),
        inspections=inspection_section(school),
        forecast_record=forecast_record_rows(outlooks),
    )


def score_lines_by_area(rows: Collection[ScoreRow]) -> list[AreaScoreLines]:
    """Return lines by area, in the Board's order. Areas without a line are left out."""
    areas = [AreaScoreLines(area=area, rows=[row for row in rows if row.indicator.area is area]) for area in Area]
    return [area for area in areas if area.rows]


def lines_off_target(rows: Collection[ScoreRow]) -> list[ScoreRow]:
    """Return the lines off target, the furthest first, then the lines close to target."""
    worst_first = (RatingCode.OFF_TARGET, RatingCode.CLOSE)
    return sorted(
        (row for row in rows if row.line.rating in worst_first),
        key=lambda row: (worst_first.index(RatingCode(row.line.rating)), row.line.distance or 0.0),
    )


def _rubric(proposal: PhaseProposal | None) -> list[RubricRow]:
    """Return the rubric's lines as the proposal used them, the lines that hold the school back first."""
    if proposal is None:
        return []
    levels, back = proposal.inputs["levels"], set(proposal.held_back_by)
    rows = []
    for line in standard_rubric().lines:
        level = levels.get(line.code, {})
        rows.append(
            RubricRow(
                line=line,
                phase=level.get("phase", ""),
                voice=_capital(VOICE_WORDS.get(level.get("voice", ""), "")),
                reason=level.get("reason", ""),
                holds_back=line.code in back,
            )
        )
    return sorted(rows, key=lambda row: (not row.holds_back, not row.phase))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
