"""Describe a school's trajectory: the chart, the rule, the probability of each journey, and the years behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboards.queries.school_positions import SchoolPosition
from kpis.charts import Chart
from kpis.rules.figures_in_words import number_in_words, whole_percentile
from schools.rules.terms import school_year_label
from tables.word_lists import join_in_words
from trajectories.models import Outlook
from trajectories.queries.charts import trajectory_chart_of
from trajectories.rules.capacity import journey_name
from trajectories.rules.chances_in_words import chance_in_words, percent_in_words
from trajectories.rules.journey_rules import JourneyRule, standard_rules
from trajectories.rules.measures import measures


@dataclass(frozen=True, kw_only=True)
class JourneyShareRow:
    """One of the nine answers with its probability, in words and as a percentage."""

    letter: str
    name: str
    words: str
    percent: str
    width: int  # The width of its bar, in hundredths.
    mark: str  # "the engine’s answer", "next most probable" or empty.


@dataclass(frozen=True, kw_only=True)
class PlacementYearRow:
    """One year in the placement, with its standard error."""

    year: str
    measure: str
    percentile: str
    error: str
    estimated: bool


@dataclass(frozen=True, kw_only=True)
class TrajectorySection:
    """The part of a school's page about its trajectory."""

    place: SchoolPosition
    placed: Mapping[str, Any]  # The engine's whole stored answer; empty without one.
    chart: Chart | None
    rule: JourneyRule | None

    @property
    def shares(self) -> list[JourneyShareRow]:
        """Return the nine answers, the most probable first."""
        probabilities = sorted(self.placed.get("probabilities", {}).items(), key=lambda share: (-share[1], share[0]))
        marks = {self.placed.get("letter"): "the engine’s answer", self.placed.get("runner_up"): "next most probable"}
        return [
            JourneyShareRow(
                letter=letter,
                name=journey_name(letter),
                words=chance_in_words(share),
                percent=percent_in_words(share),
                width=round(100 * share),
                mark=marks.get(letter, ""),
            )
            for letter, share in probabilities
        ]

    @property
    def sentence(self) -> str:
        """Say how sure the answer is, and what the next most probable journey is."""
        named = [f"{self._named(row.letter)} ({row.percent})" for row in self.shares[:2]]
        if not named:
            return ""
        after = f"; next comes {named[1]}" if len(named) > 1 else ""
        return f"The most probable journey is {named[0]}{after}."

    @property
    def likely(self) -> str:
        """Return the likely slope and level that the rule used."""
        likely = self.placed.get("likely") or {}
        return _shape(likely.get("slope"), likely.get("level"))

    @property
    def alone(self) -> str:
        """Return the slope and level of the weighted straight line through the results."""
        return _shape(self.placed.get("slope"), self.placed.get("level"))

    @property
    def years(self) -> list[PlacementYearRow]:
        return [
            PlacementYearRow(
                year=school_year_label(year["year"]),
                measure=measures()[year["measure"]].name if year.get("measure") in measures() else "",
                percentile=number_in_words(Decimal(str(year["percentile"])), 0) if "percentile" in year else "",
                error=number_in_words(Decimal(str(year["standard_error"])), 1) if year.get("standard_error") else "",
                estimated=bool(year.get("estimated")),
            )
            for year in self.placed.get("inputs", [])
        ]

    @property
    def years_used(self) -> str:
        return join_in_words([row.year for row in self.years])

    @staticmethod
    def _named(letter: str) -> str:
        return "none of the eight" if letter == "none" else f"{letter}, {journey_name(letter).lower()}"


def trajectory_section(place: SchoolPosition, outlooks: Sequence[Outlook]) -> TrajectorySection:
    """Return a school's trajectory from its place and its outlooks. No query."""
    inputs = place.placement.inputs if place.placement else {}
    placed = inputs.get("placement") or {}
    return TrajectorySection(
        place=place,
        placed=placed,
        chart=trajectory_chart_of(place.school, place.placement, outlooks=outlooks),
        rule=next((rule for rule in standard_rules().rules if rule.number == placed.get("rule")), None),
    )


def _shape(slope: float | None, level: float | None) -> str:
    if slope is None or level is None:
        return ""
    points = number_in_words(Decimal(str(slope)), 1)
    return f"{points} percentile points a year, around the national percentile {whole_percentile(level)}"
