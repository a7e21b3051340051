"""One school's page: who it is, where it stands and why, and its indicators by area."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dashboards.queries.lines import LineRow, line_rows
from dashboards.queries.places import Change, Place, changes, places, since_when
from kpis.catalogue import Area
from kpis.charts import Chart
from kpis.models import Recomputation
from kpis.queries.history import history
from kpis.rules.rating import RatingCode
from kpis.rules.terms import label
from kpis.rules.wording import join, number
from meetings.queries.chart import trajectory_chart_of
from schools.models import School
from trajectories.queries import features, judgements
from trajectories.rules.phase import LineLevel, RubricLine, standard_rubric, suggest_levels
from trajectories.rules.phase import settled as settled_of
from trajectories.rules.ruleset import Rule, standard_rules
from trajectories.rules.standing import Standing

VOICES = (("data", "The data suggests"), ("school", "The school judges"), ("trust", "The trust moderates"))


@dataclass(frozen=True, kw_only=True)
class VoiceCell:
    """What one voice says of one line of the rubric; ``level`` is None where it says nothing."""

    name: str
    level: LineLevel | None
    counts: bool  # Whether this voice settled the line.


@dataclass(frozen=True, kw_only=True)
class RubricRow:
    """One line of the rubric with its three voices."""

    line: RubricLine
    voices: tuple[VoiceCell, ...]
    settled: LineLevel | None
    holds_back: bool

    @property
    def feature(self) -> str:
        """Return what can be observed at the phase this line is at."""
        return self.line.feature(self.settled.phase) if self.settled else ""


@dataclass(frozen=True, kw_only=True)
class AreaLines:
    """One of the Board's areas with the school's lines in it."""

    area: Area
    rows: list[LineRow]

    @property
    def off_target(self) -> int:
        return sum(row.line.rating == RatingCode.OFF_TARGET for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class SchoolPage:
    """All that a school's page shows."""

    place: Place
    areas: list[AreaLines]
    chart: Chart | None
    placed: Mapping[str, Any]  # The engine's whole answer, as it was stored.
    rule: Rule | None
    rubric: list[RubricRow]
    history: list[Change]
    capacity_since: date | None
    is_waiting: bool

    @property
    def school(self) -> School:
        return self.place.school

    @property
    def lines(self) -> list[LineRow]:
        return [row for area in self.areas for row in area.rows]

    @property
    def slope(self) -> str:
        """Write the slope of the trajectory, in percentile points a year."""
        return number(Decimal(str(self.placed["slope"])), 1)

    @property
    def years_used(self) -> str:
        return join([label(point["year"]) for point in self.placed["inputs"]])

    @property
    def voices(self) -> list[str]:
        return [name for _, name in VOICES]


def school_page(school: School, *, inside: Collection[int]) -> SchoolPage:
    """Return a school's page from what was accepted, published and worked out.

    Twelve queries: three of where it stands, three of its changes, two of its lines, three of its figures and one
    each of judgements and recomputation.
    """
    place = places([school])[0]
    changed = changes([school])
    inputs = place.placement.inputs if place.placement else {}
    placed = inputs.get("placement") or {}
    return SchoolPage(
        place=place,
        areas=by_area(line_rows([school], inside=inside)),
        chart=trajectory_chart_of(school, place.placement),
        placed=placed,
        rule=next((each for each in standard_rules().rules if each.number == placed.get("rule")), None),
        rubric=_rubric(school, place, inputs.get("standings", [])),
        history=changed,
        capacity_since=since_when(changed, "Capacity", place.capacity.computed_at if place.capacity else None),
        is_waiting=Recomputation.objects.stale().filter(school=school).exists(),
    )


def by_area(rows: Collection[LineRow]) -> list[AreaLines]:
    """Return lines by the Board's areas, in its order; areas without a line are left out."""
    areas = [AreaLines(area=area, rows=[row for row in rows if row.indicator.area is area]) for area in Area]
    return [each for each in areas if each.rows]


def exceptions(rows: Collection[LineRow]) -> list[LineRow]:
    """Return the lines off target, the furthest first, then those close to it."""
    wanted = (RatingCode.OFF_TARGET, RatingCode.CLOSE)
    return sorted(
        (row for row in rows if row.line.rating in wanted),
        key=lambda row: (wanted.index(RatingCode(row.line.rating)), row.line.distance or 0.0),
    )


def _rubric(school: School, place: Place, standings: list[dict[str, Any]]) -> list[RubricRow]:
    """Return every line of the rubric with what each voice says of it now."""
    held = [Standing(**each) for each in standings]
    suggested = suggest_levels(features(school, held, history([school.pk]).get(school.pk, {})))
    judged = judgements(school)
    back = set(place.proposal.held_back_by) if place.proposal else set()
    rows = []
    for line in standard_rubric().lines:
        said = {"data": suggested.get(line.code), **judged.get(line.code, {})}
        settled = settled_of(said)
        voices = tuple(
            VoiceCell(name=name, level=said.get(voice), counts=settled is not None and said.get(voice) is settled)
            for voice, name in VOICES
        )
        rows.append(RubricRow(line=line, voices=voices, settled=settled, holds_back=line.code in back))
    return rows
