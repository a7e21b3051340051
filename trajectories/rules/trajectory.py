"""Trajectory: which of Carter's eight journeys a school is on, by which rule, and how sure that is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kpis.rules.terms import label
from kpis.rules.wording import MINUS
from trajectories.rules.decision import Decision, Point, decide, points_of
from trajectories.rules.measures import measures
from trajectories.rules.reference import ReferenceSet
from trajectories.rules.ruleset import WORDS, Condition, Rule, RuleSet, bound_of, boundaries_of

SHAPE_FIELDS = ("level", "level_se", "slope", "slope_se", "before", "after", "turn", "turn_se", "end")
FEATURES = {
    "level": ("the mean national percentile", ""),
    "slope": ("the slope", " points a year"),
    "before": ("the slope of the first half", " points a year"),
    "after": ("the slope of the second half", " points a year"),
    "end": ("the fitted percentile of the last year", ""),
}


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A school's journey, with all that is needed to explain it.

    ``letter`` is A to H, "none" (steady and below average: not one of the eight), or None when the school is
    not placed, and then ``reason`` says why. Levels are in national percentiles, slopes in percentile points
    a year. ``distance`` is how many standard errors away the nearest boundary is that would change the
    letter; None when there is none.
    """

    school: int | str
    phase: str
    letter: str | None
    rule: str | None
    says: str | None
    reason: str
    inputs: tuple[Point, ...]
    rules_version: str
    reference_version: str
    cut_off: int
    proposed: str | None = None
    runner_up: str | None = None
    runner_up_rule: str | None = None
    runner_up_reason: str | None = None
    level: float | None = None
    level_se: float | None = None
    slope: float | None = None
    slope_se: float | None = None
    before: float | None = None
    after: float | None = None
    turn: float | None = None
    turn_se: float | None = None
    end: float | None = None
    confidence: str | None = None
    confidence_reason: str | None = None
    distance: float | None = None
    cautions: tuple[str, ...] = ()


def placements(
    history: pd.DataFrame,
    *,
    phase: str,
    cut_off: int | None = None,
    rules: RuleSet | None = None,
    reference: ReferenceSet | None = None,
) -> list[Placement]:
    """Place every school of one phase of education on a journey, in the order of the schools' first rows.

    ``history`` has the columns ``school, year, percentile`` and may have ``standard_error`` (percentile
    points), ``measure`` and ``estimated``; one row a school and year, in any order. A NaN percentile is a
    gap: it has no weight and is never filled in, and time passes. A NaN standard error takes the usual one.
    ``cut_off`` is the last year of the data, by default the last in the frame; later rows are left out.

    Source: trajectories/README.md, rules T1 to T14.

    Raises:
        ValueError: a column is missing, a school and year come twice, a percentile is not 0 to 100, or the
            phase has no reference lines; the message names the row.
    """
    decision = decide(history, phase=phase, cut_off=cut_off, rules=rules, reference=reference)
    points = points_of(decision.known)
    return [_explain(decision, position, points.get(school, ())) for position, school in enumerate(decision.schools)]


def _explain(decision: Decision, position: int, points: tuple[Point, ...]) -> Placement:
    rules = decision.rules
    common: dict[str, Any] = {
        "school": _plain(decision.schools[position]),
        "phase": decision.phase,
        "inputs": points,
        "rules_version": rules.version,
        "reference_version": decision.reference.version,
        "cut_off": decision.cut_off,
    }
    if len(points) < rules.years_needed:
        return Placement(**common, letter=None, rule=None, says=None, reason=_too_few(points, rules))
    rule = rules.rules[decision.which[position]]
    cautions = _cautions(points, decision.cut_off)
    proposed = _proposed(decision, position) if rule.letter == "none" else None
    shape: dict[str, Any] = {name: round(float(getattr(decision.shapes, name)[position]), 2) for name in SHAPE_FIELDS}
    return Placement(
        **common,
        **shape,
        **_runner_up(decision, position),
        **_confidence(decision, position, any(point.estimated for point in points)),
        letter=rule.letter,
        rule=rule.number,
        says=rule.says,
        reason=_reason(decision, position, rule, proposed),
        proposed=proposed,
        cautions=cautions,
    )


def _plain(school: Any) -> int | str:
    return school if isinstance(school, str) else int(school)


def _too_few(points: tuple[Point, ...], rules: RuleSet) -> str:
    held = ", ".join(label(point.year) for point in points)
    return (
        f"Not placed: {rules.years_needed} comparable years are needed and there "
        f"{'is' if len(points) == 1 else 'are'} {len(points) or 'none'}{f' ({held})' if held else ''}."
    )


def _condition(decision: Decision, position: int, each: Condition) -> str:
    name, unit = FEATURES[each.feature]
    value = float(getattr(decision.shapes, each.feature)[position])
    limit = bound_of(each, decision.bounds)
    return f"{name} is {_written(value)}{unit} (rule: {WORDS[each.sign]} {_written(limit, 'g')})"


def _written(value: float, form: str = ".1f") -> str:
    # A true minus sign, and never a negative zero.
    return f"{round(float(value), 1) + 0.0:{form}}".replace("-", MINUS)


def _reason(decision: Decision, position: int, rule: Rule, proposed: str | None) -> str:
    conditions = [_condition(decision, position, each) for each in rule.conditions if each.feature != "years"]
    if rule.letter != "none":
        return f"{rule.says}: {'; '.join(conditions)}."
    slope, level = decision.shapes.slope[position], decision.shapes.level[position]
    coasting = decision.bounds["coasting"]
    side = "below" if proposed == "H" else "at or above"
    return (
        f"{rule.says}. The slope is {_written(slope)} points a year and the mean national percentile is "
        f"{level:.1f}, {side} the coasting line at {_written(coasting, 'g')}: {proposed} is proposed. "
        f"A person must decide."
    )


def _proposed(decision: Decision, position: int) -> str:
    return "H" if decision.shapes.level[position] < decision.bounds["coasting"] else "E"


def _runner_up(decision: Decision, position: int) -> dict[str, Any]:
    if decision.near.rule[position] < 0:
        return {}
    rule = decision.rules.rules[decision.near.rule[position]]
    each = boundaries_of(decision.rules)[decision.near.boundary[position]]
    name, unit = FEATURES[each.feature]
    value = float(getattr(decision.shapes, each.feature)[position])
    limit = bound_of(each, decision.bounds)
    journey = "none of the eight" if rule.letter == "none" else rule.letter
    side = "above" if limit >= value else "below"
    reason = f"Would be {journey} if {name} were {side} {_written(limit, 'g')}{unit}; it is {_written(value)}."
    return {"runner_up": rule.letter, "runner_up_rule": rule.number, "runner_up_reason": reason}


def _confidence(decision: Decision, position: int, estimated: bool) -> dict[str, Any]:
    rules, distance = decision.rules, float(decision.near.distance[position])
    word = "high" if distance >= rules.high else "medium" if distance >= rules.medium else "low"
    if not np.isfinite(distance):
        return {"confidence": word, "confidence_reason": "No boundary of the rules would change the letter."}
    why = f"The nearest boundary that would change the letter is {distance:.1f} standard errors away."
    if estimated and word == "high":
        word = "medium"
        why += " Some years are read from an estimated spread, so it is not called high."
    return {"confidence": word, "confidence_reason": why, "distance": round(distance, 2)}


def _cautions(points: tuple[Point, ...], cut_off: int) -> tuple[str, ...]:
    found = []
    held = {point.year for point in points}
    gaps = [year for year in range(points[0].year, points[-1].year) if year not in held]
    if gaps:
        found.append(f"Nothing comparable is published for {', '.join(map(label, gaps))}; nothing is filled in.")
    if points[-1].year < cut_off:
        found.append(f"The last comparable year is {label(points[-1].year)}.")
    used = [point.measure for point in points if point.measure]
    names = [measures()[code].name if code in measures() else code for code in dict.fromkeys(used)]
    if len(names) > 1:
        found.append(f"The measure changed over the period ({', '.join(names)}): part of the movement may be that.")
    if any(point.estimated for point in points):
        guessed = ", ".join(label(point.year) for point in points if point.estimated)
        found.append(f"The national spread of {guessed} is estimated.")
    return tuple(found)
