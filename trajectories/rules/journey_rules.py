"""The trajectory rules as data, and how to find the rule that many schools meet."""

import operator
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trajectories.rules import DATA
from trajectories.rules.shape import Floats

OPERATORS: Mapping[str, Callable[[Floats, float], npt.NDArray[np.bool_]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<": operator.lt,
    "<=": operator.le,
}
# How far a result scatters: the usual scatter, the part all schools share, and the part that grows as pupils get fewer.
SCATTER = ("usual", "alike", "pupils")
WORDS = {">=": "at least", ">": "above", "<": "below", "<=": "at most"}


@dataclass(frozen=True, kw_only=True)
class RuleThreshold:
    """A number that a rule compares with, by phase of education, with its unit and source."""

    code: str
    value: Mapping[str, float]
    unit: str
    says: str
    source: str
    quantile: float | None = None


@dataclass(frozen=True)
class RuleCondition:
    """One comparison of a rule: a feature of the shape, an operator, and a number or the code of a threshold."""

    feature: str
    sign: str
    bound: str | float


@dataclass(frozen=True, kw_only=True)
class JourneyRule:
    """One numbered rule. It applies when all its conditions are met."""

    number: str
    letter: str
    says: str
    conditions: tuple[RuleCondition, ...]


@dataclass(frozen=True)
class PathEdge:
    """A number in the library of paths: a multiple of a threshold or line plus a number, or just a number."""

    code: str | None
    times: float
    plus: float


@dataclass(frozen=True, kw_only=True)
class PlainPaths:
    """The ranges of one letter's plain paths: those that nobody would mistake for another journey.

    ``height`` is the percentile in the middle of the period, or at the bend if the path has one. ``before`` is the
    slope, or the slope before the bend; ``after`` is the slope after it, None for a straight path. ``bends`` are years
    from the middle of the period. The whole path stays ``within`` two percentiles and crosses ``across``.
    """

    letter: str
    height: tuple[PathEdge, PathEdge]
    before: tuple[PathEdge, PathEdge]
    after: tuple[PathEdge, PathEdge] | None
    bends: tuple[float, ...]
    within: tuple[PathEdge, PathEdge]
    across: PathEdge | None


@dataclass(frozen=True, kw_only=True, eq=False)  # Compared by identity, so that results for it can be cached.
class JourneyRules:
    """All the rules in order, with their thresholds and the ranges of their paths, as one dated version."""

    version: str
    source: str
    years_needed: int
    oldest: int
    standard_error: Mapping[str, float]  # By phase of education, in percentile points.
    wobble: Mapping[str, float]  # By phase of education, in percentile points.
    scatter: Mapping[str, Mapping[str, float]]  # By measure: each of ``SCATTER``, in percentile points.
    thresholds: tuple[RuleThreshold, ...]
    rules: tuple[JourneyRule, ...]
    medium: float  # The lowest probability of the letter that is called medium.
    high: float  # The lowest probability of the letter that is called high.
    sharpest: float  # The smallest standard error, in percentile points.
    plain: tuple[PlainPaths, ...]
    most_covered: float  # Percentile points over the whole period.
    least_covered: float  # As a share of the most.
    steps: Mapping[str, PathEdge]  # The distances between neighbouring paths.
    between_share: float
    between_slope: PathEdge

    def scatter_of(self, name: str) -> dict[str, float]:
        """Return one of the numbers of ``SCATTER`` for every measure."""
        return {measure: numbers[name] for measure, numbers in self.scatter.items()}

    def bounds(self, phase: str, lines: Mapping[str, float]) -> dict[str, float]:
        """Return a phase's thresholds by code, with the reference lines' percentiles among them."""
        return {threshold.code: threshold.value[phase] for threshold in self.thresholds} | dict(lines)


def read_rules(path: Path) -> JourneyRules:
    """Read a rule set from a TOML file in the layout of ``trajectories/data/trajectory_rules.toml``."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    paths = data["paths"]
    return JourneyRules(
        version=data["version"],
        source=data["source"],
        years_needed=data["years_needed"],
        oldest=data["oldest"],
        standard_error=data["standard_error"],
        wobble=data["wobble"],
        scatter=data["scatter"],
        thresholds=tuple(RuleThreshold(**row) for row in data["threshold"]),
        rules=tuple(
            JourneyRule(**row | {"conditions": tuple(RuleCondition(*condition) for condition in row["conditions"])})
            for row in data["rule"]
        ),
        medium=data["confidence"]["medium"],
        high=data["confidence"]["high"],
        sharpest=paths["sharpest"],
        plain=tuple(_plain(row) for row in data["plain"]),
        most_covered=paths["most_covered"],
        least_covered=paths["least_covered"],
        steps={name: _edge(step) for name, step in paths["step"].items()},
        between_share=paths["between_share"],
        between_slope=_edge(paths["between_slope"]),
    )


def _plain(given: Mapping[str, Any]) -> PlainPaths:
    def pair(name: str) -> tuple[PathEdge, PathEdge]:
        low, high = given[name]
        return _edge(low), _edge(high)

    return PlainPaths(
        letter=given["letter"],
        height=pair("height"),
        before=pair("before") if "before" in given else pair("slope"),
        after=pair("after") if "after" in given else None,
        bends=tuple(given.get("bends", (0.0,))),
        within=pair("within") if "within" in given else (_edge(0), _edge(100)),
        across=_edge(given["across"]) if "across" in given else None,
    )


def _edge(given: float | Mapping[str, Any]) -> PathEdge:
    if isinstance(given, Mapping):
        return PathEdge(given["of"], given.get("times", 1.0), given.get("plus", 0.0))
    return PathEdge(None, 1.0, float(given))


@cache
def standard_rules() -> JourneyRules:
    """Return the rule set that ships with Sightline."""
    return read_rules(DATA / "trajectory_rules.toml")


def bound_of(condition: RuleCondition, bounds: Mapping[str, float]) -> float:
    """Return the number that a condition compares with; ``-code`` is the negative of the threshold.

    >>> bound_of(RuleCondition("slope", "<=", "-steep"), {"steep": 8.2})
    -8.2
    """
    if not isinstance(condition.bound, str):
        return float(condition.bound)
    if condition.bound.startswith("-"):
        return -bounds[condition.bound[1:]]
    return bounds[condition.bound]


def edge_of(edge: PathEdge, bounds: Mapping[str, float]) -> float:
    """Return the number that an edge means.

    >>> edge_of(PathEdge("steep", -2.0, 0.5), {"steep": 8.0})
    -15.5
    """
    return edge.plus if edge.code is None else edge.times * bounds[edge.code] + edge.plus


def first_rule_fired(
    features: Mapping[str, Floats], rules: JourneyRules, bounds: Mapping[str, float]
) -> npt.NDArray[np.int64]:
    """Return the position of the first rule that each shape meets, -1 if it meets none."""
    answer = np.full(len(next(iter(features.values()))), -1, dtype=np.int64)
    for position, rule in enumerate(rules.rules):
        answer[(answer < 0) & rule_holds(rule, features, bounds)] = position
    return answer


def rule_holds(rule: JourneyRule, features: Mapping[str, Floats], bounds: Mapping[str, float]) -> npt.NDArray[np.bool_]:
    """Return for each shape whether it meets all the conditions of a rule."""
    answer = np.full(len(next(iter(features.values()))), True)
    for condition in rule.conditions:
        answer &= OPERATORS[condition.sign](features[condition.feature], bound_of(condition, bounds))
    return answer


def boundaries_of(rules: JourneyRules) -> list[RuleCondition]:
    """Return each different comparison of the rules once."""
    conditions: dict[tuple[str, str | float], RuleCondition] = {}
    for rule in rules.rules:
        for condition in rule.conditions:
            conditions.setdefault((condition.feature, condition.bound), condition)
    return list(conditions.values())


def what_would_have_to_change(
    features: Mapping[str, float], towards: str, rules: JourneyRules, bounds: Mapping[str, float]
) -> RuleCondition | None:
    """Return the comparison that separates one shape from another letter: what alone would have to change.

    Each comparison of the rules is tried alone: its feature is moved just across it, and the others stay. Of the
    comparisons that lead to the letter, the nearest wins. If none does, it is the first of the letter's own comparisons
    that the shape fails, or else None.
    """
    nearest: list[tuple[float, int, RuleCondition]] = []
    for condition in boundaries_of(rules):
        limit, value = bound_of(condition, bounds), features[condition.feature]
        moved = dict(features) | {condition.feature: limit + (1e-9 if limit >= value else -1e-9)}
        other = first_rule_fired(_one(moved), rules, bounds)[0]
        if rules.rules[other].letter == towards:
            nearest.append((abs(value - limit), len(nearest), condition))
    if nearest:
        return min(nearest)[2]
    own = next(rule for rule in rules.rules if rule.letter == towards)
    fails = (
        condition
        for condition in own.conditions
        if not rule_holds(replace(own, conditions=(condition,)), _one(features), bounds)[0]
    )
    return next(fails, None)


def _one(features: Mapping[str, float]) -> dict[str, Floats]:
    return {name: np.array([value]) for name, value in features.items()}
