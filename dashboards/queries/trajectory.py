"""A school's trajectory as its page shows it: the chart, the rule, how probable each journey is, what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from dashboards.queries.places import Place
from kpis.charts import Chart
from kpis.rules.wording import join, number
from schools.rules.terms import label
from trajectories.models import Outlook
from trajectories.queries.charts import trajectory_chart_of
from trajectories.rules.capacity import journey_name
from trajectories.rules.chance import chance, percent
from trajectories.rules.measures import measures
from trajectories.rules.ruleset import Rule, standard_rules


@dataclass(frozen=True, kw_only=True)
class ShareRow:
    """One of the nine answers with its probability, in words and as a percentage."""

    letter: str
    name: str
    words: str
    percent: str
    width: int  # Of its bar, in hundredths.
    mark: str  # The engine's answer, the next most probable, or nothing.


@dataclass(frozen=True, kw_only=True)
class YearRow:
    """One year that went into the placement, with how well it is known."""

    year: str
    measure: str
    percentile: str
    error: str
    estimated: bool


@dataclass(frozen=True, kw_only=True)
class TrajectorySection:
    """All that a school's page shows of its trajectory."""

    place: Place
    placed: Mapping[str, Any]  # The engine's whole answer, as it was stored; empty where there is none.
    chart: Chart | None
    rule: Rule | None

    @property
    def shares(self) -> list[ShareRow]:
        """The nine answers, the most probable first."""
        probabilities = sorted(self.placed.get("probabilities", {}).items(), key=lambda each: (-each[1], each[0]))
        marks = {self.placed.get("letter"): "the engine’s answer", self.placed.get("runner_up"): "next most probable"}
        return [
            ShareRow(
                letter=letter,
                name=journey_name(letter),
                words=chance(share),
                percent=percent(share),
                width=round(100 * share),
                mark=marks.get(letter, ""),
            )
            for letter, share in probabilities
        ]

    @property
    def sentence(self) -> str:
        """Say how sure the answer is and what comes next."""
        named = [f"{self._named(row.letter)} ({row.percent})" for row in self.shares[:2]]
        if not named:
            return ""
        after = f"; next comes {named[1]}" if len(named) > 1 else ""
        return f"The most probable journey is {named[0]}{after}."

    @property
    def likely(self) -> str:
        """Say the likely shape that the rule was held against."""
        likely = self.placed.get("likely") or {}
        return _shape(likely.get("slope"), likely.get("level"))

    @property
    def alone(self) -> str:
        """Say what the results alone give: the weighted straight line through them."""
        return _shape(self.placed.get("slope"), self.placed.get("level"))

    @property
    def years(self) -> list[YearRow]:
        return [
            YearRow(
                year=label(each["year"]),
                measure=measures()[each["measure"]].name if each.get("measure") in measures() else "",
                percentile=number(Decimal(str(each["percentile"])), 0) if "percentile" in each else "",
                error=number(Decimal(str(each["standard_error"])), 1) if each.get("standard_error") else "",
                estimated=bool(each.get("estimated")),
            )
            for each in self.placed.get("inputs", [])
        ]

    @property
    def years_used(self) -> str:
        return join([each.year for each in self.years])

    @staticmethod
    def _named(letter: str) -> str:
        return "none of the eight" if letter == "none" else f"{letter}, {journey_name(letter).lower()}"


def trajectory_section(place: Place, outlooks: Sequence[Outlook]) -> TrajectorySection:
    """Return a school's trajectory from where it stands and what is expected of it. No query."""
    inputs = place.placement.inputs if place.placement else {}
    placed = inputs.get("placement") or {}
    return TrajectorySection(
        place=place,
        placed=placed,
        chart=trajectory_chart_of(place.school, place.placement, outlooks=outlooks),
        rule=next((each for each in standard_rules().rules if each.number == placed.get("rule")), None),
    )


def _shape(slope: float | None, level: float | None) -> str:
    if slope is None or level is None:
        return ""
    said = number(Decimal(str(slope)), 1)
    return f"{said} percentile points a year, around the national percentile {level:.0f}"
