"""Trajectory: which of Carter's eight journeys a school is on, by which rule, and how probable that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from kpis.rules.figures_in_words import MINUS
from schools.rules.terms import school_year_label
from tables.word_lists import join_in_words
from trajectories.rules.journey_paths import ANSWERS
from trajectories.rules.journey_probabilities import (
    JourneyProbabilities,
    PlacementYear,
    place_schools,
    points_of,
    too_few,
)
from trajectories.rules.journey_rules import (
    WORDS,
    JourneyRule,
    JourneyRules,
    RuleCondition,
    bound_of,
    what_would_have_to_change,
)
from trajectories.rules.measures import measures, years_without_results
from trajectories.rules.reference_lines import ReferenceSet

SHAPE_FIELDS = ("level", "level_se", "slope", "slope_se", "before", "after", "turn", "turn_se", "end")
FEW_FOR_A_STALL = 3  # Years.
FEATURES = {
    "level": ("the mean national percentile", ""),
    "slope": ("the slope", " points a year"),
    "before": ("the slope of the first half", " points a year"),
    "after": ("the slope of the second half", " points a year"),
    "peak": ("the highest percentile", ""),
}


@dataclass(frozen=True, kw_only=True)
class JourneyPlacement:
    """A school's journey, with everything that is needed to explain it.

    ``letter`` is A to H, "none" (steady and below average: not one of the eight), or None if the school is not placed;
    then ``reason`` says why. ``probabilities`` has all nine and adds up to 1. ``probability`` is the letter's, and
    ``confidence`` is the word for it. ``likely`` is the shape that the rule was compared with: the mean of the letter's
    paths, each weighted by how well it fits. ``now`` is the likely percentile of the last year over all journeys.
    ``level`` to ``end`` come from the results alone. Levels are in national percentiles, slopes in percentile points a
    year.
    """

    school: int | str
    phase: str
    letter: str | None
    rule: str | None
    says: str | None
    reason: str
    inputs: tuple[PlacementYear, ...]
    rules_version: str
    reference_version: str
    cut_off: int
    probabilities: Mapping[str, float] = field(default_factory=dict)
    probability: float | None = None
    likely: Mapping[str, float] = field(default_factory=dict)
    now: float | None = None
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
    cautions: tuple[str, ...] = ()


def placements(
    history: pd.DataFrame,
    *,
    phase: str,
    cut_off: int | None = None,
    rules: JourneyRules | None = None,
    reference: ReferenceSet | None = None,
) -> list[JourneyPlacement]:
    """Place every school of one phase of education on a journey, in the order of the schools' first rows.

    ``history`` has the columns ``school, year, percentile`` and may have ``standard_error`` (percentile points),
    ``measure`` and ``estimated``; one row for each school and year, in any order. A NaN percentile is a gap: it has no
    weight and is never filled in, and time passes. A NaN standard error is replaced by the usual one. ``cut_off`` is
    the last year to use, by default the last in the frame; later rows are left out.

    Source: trajectories/README.md, rules T1 to T16.

    Raises:
        ValueError: a column is missing, a school has a year twice, a percentile is not 0 to 100, or the phase has no
            reference lines. The message names the row.
    """
    decision = place_schools(history, phase=phase, cut_off=cut_off, rules=rules, reference=reference)
    points = points_of(decision.known)
    return [_explain(decision, position, points.get(school, ())) for position, school in enumerate(decision.schools)]


def _explain(decision: JourneyProbabilities, position: int, points: tuple[PlacementYear, ...]) -> JourneyPlacement:
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
        reason = too_few([point.year for point in points], rules)
        return JourneyPlacement(**common, letter=None, rule=None, says=None, reason=reason)
    rule = _rule_of(str(decision.letters[position]), rules)
    likely = {name: float(values[position]) for name, values in decision.fit.likely.items()}
    proposed = _proposed(decision, likely) if rule.letter == "none" else None
    shape: dict[str, Any] = {name: round(float(getattr(decision.shapes, name)[position]), 2) for name in SHAPE_FIELDS}
    return JourneyPlacement(
        **common,
        **shape,
        **_probabilities(decision, position, any(point.estimated for point in points)),
        **_runner_up(decision, position, likely),
        letter=rule.letter,
        rule=rule.number,
        says=rule.says,
        reason=_reason(decision, likely, rule, proposed, shape["slope"]),
        likely={name: round(value, 2) for name, value in likely.items()},
        now=round(float(decision.fit.now[position]), 2),
        proposed=proposed,
        cautions=_cautions(points, decision.cut_off, rule.letter),
    )


def _plain(school: Any) -> int | str:
    return school if isinstance(school, str) else int(school)


def _rule_of(letter: str, rules: JourneyRules) -> JourneyRule:
    return next(rule for rule in rules.rules if rule.letter == letter)


def _condition(decision: JourneyProbabilities, likely: Mapping[str, float], condition: RuleCondition) -> str:
    name, unit = FEATURES[condition.feature]
    limit = bound_of(condition, decision.bounds)
    rule = f"{WORDS[condition.sign]} {_written(limit, 'g')}"
    return f"{_likely(name)} is {_written(likely[condition.feature])}{unit} (rule: {rule})"


def _likely(name: str) -> str:
    return name.replace("the ", "the likely ", 1)


def _written(value: float, form: str = ".1f") -> str:
    # A true minus sign, and never a negative zero.
    return f"{round(float(value), 1) + 0.0:{form}}".replace("-", MINUS)


def _reason(
    decision: JourneyProbabilities, likely: Mapping[str, float], rule: JourneyRule, proposed: str | None, slope: float
) -> str:
    alone = f"The results alone have a slope of {_written(slope)}."
    if rule.letter != "none":
        conditions = "; ".join(_condition(decision, likely, condition) for condition in rule.conditions)
        return f"{rule.says}: {conditions}. {alone}"
    coasting = decision.bounds["coasting"]
    side = "below" if proposed == "H" else "at or above"
    return (
        f"{rule.says}. The likely slope is {_written(likely['slope'])} points a year and the likely mean national "
        f"percentile is {likely['level']:.1f}, {side} the coasting line at {_written(coasting, 'g')}, so the rules "
        f"propose {proposed}. A person must decide. {alone}"
    )


def _proposed(decision: JourneyProbabilities, likely: Mapping[str, float]) -> str:
    return "H" if likely["level"] < decision.bounds["coasting"] else "E"


def _probabilities(decision: JourneyProbabilities, position: int, estimated: bool) -> dict[str, Any]:
    rules, shares = decision.rules, decision.fit.probabilities[position]
    probability = float(shares.max())
    word = "high" if probability >= rules.high else "medium" if probability >= rules.medium else "low"
    why = f"The probability of the letter is {_percent(probability)}."
    if estimated and word == "high":
        word = "medium"
        why += " Some years use an estimated national spread, so the confidence is at most medium."
    return {
        "probabilities": {answer: round(float(value), 4) for answer, value in zip(ANSWERS, shares, strict=True)},
        "probability": round(probability, 4),
        "confidence": word,
        "confidence_reason": why,
    }


def _percent(probability: float) -> str:
    if probability > 0.99:
        return "over 99%"
    return "under 1%" if probability < 0.01 else f"{100 * probability:.0f}%"


def _runner_up(decision: JourneyProbabilities, position: int, likely: Mapping[str, float]) -> dict[str, Any]:
    """Return the second most probable answer, and what alone would have to change in the likely shape to reach it."""
    rule = _rule_of(str(decision.runners_up[position]), decision.rules)
    share = _percent(float(decision.fit.probabilities[position, decision.fit.second[position]]))
    journey = "none of the eight" if rule.letter == "none" else rule.letter
    reason = f"The next most probable answer is {journey}, with {share}."
    condition = what_would_have_to_change(likely, rule.letter, decision.rules, decision.bounds)
    if condition is not None:
        name, unit = FEATURES[condition.feature]
        value, limit = likely[condition.feature], bound_of(condition, decision.bounds)
        side = "above" if limit >= value else "below"
        reason += (
            f" It would come first if {name} were {side} {_written(limit, 'g')}{unit}. "
            f"{name[0].upper()}{name[1:]} is likely to be {_written(value)}."
        )
    return {"runner_up": rule.letter, "runner_up_rule": rule.number, "runner_up_reason": reason}


def unpublished_in_words(years: Sequence[int]) -> str:
    """Warn about percentiles of years in which no school's results were published.

    >>> unpublished_in_words([2020, 2021])
    'No school’s results were published for 2019–20 and 2020–21. The percentiles of these years are not national ones.'
    """
    named = join_in_words([school_year_label(year) for year in years])
    if len(years) == 1:
        return f"No school’s results were published for {named}. The percentile of this year is not a national one."
    return f"No school’s results were published for {named}. The percentiles of these years are not national ones."


def _cautions(points: tuple[PlacementYear, ...], cut_off: int, letter: str) -> tuple[str, ...]:
    cautions = []
    if letter == "G" and len(points) <= FEW_FOR_A_STALL:
        cautions.append("With so few years, a stall is a single change of direction and may be chance.")
    years = {point.year for point in points}
    if unpublished := years_without_results(years):
        cautions.append(unpublished_in_words(unpublished))
    gaps = [year for year in range(points[0].year, points[-1].year) if year not in years]
    if gaps:
        missing = ", ".join(map(school_year_label, gaps))
        cautions.append(f"No comparable results were published for {missing}. Sightline does not fill gaps.")
    if points[-1].year < cut_off:
        cautions.append(f"The last comparable year is {school_year_label(points[-1].year)}.")
    used = [point.measure for point in points if point.measure]
    names = [measures()[code].name if code in measures() else code for code in dict.fromkeys(used)]
    if len(names) > 1:
        cautions.append(
            f"The measure changed over the period ({', '.join(names)}), which may explain part of the movement."
        )
    if any(point.estimated for point in points):
        estimated = ", ".join(school_year_label(point.year) for point in points if point.estimated)
        cautions.append(f"The national spread for {estimated} is estimated.")
    return tuple(cautions)
