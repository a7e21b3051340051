"""The trajectory rules as data, and the decision over them for many schools at once."""

import operator
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
WORDS = {">=": "at least", ">": "above", "<": "below", "<=": "at most"}


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A number that a rule compares with, by phase of education, with its unit and where it comes from."""

    code: str
    value: Mapping[str, float]
    unit: str
    says: str
    source: str
    quantile: float | None = None


@dataclass(frozen=True)
class Condition:
    """One comparison of a rule: a feature of the shape, an operator, and a threshold's code or a number."""

    feature: str
    sign: str
    bound: str | float


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One numbered rule; it applies when all its conditions hold."""

    number: str
    letter: str
    says: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """All the rules in order, with their thresholds, as one dated version."""

    version: str
    source: str
    years_needed: int
    years_considered: int
    oldest: int
    standard_error: Mapping[str, float]  # By phase of education, in percentile points.
    wobble: Mapping[str, float]  # By phase of education, in percentile points.
    thresholds: tuple[Threshold, ...]
    rules: tuple[Rule, ...]
    medium: float  # Standard errors.
    high: float  # Standard errors.

    def bounds(self, phase: str, lines: Mapping[str, float]) -> dict[str, float]:
        """Return a phase's thresholds by code, with the reference lines' percentiles among them."""
        return {each.code: each.value[phase] for each in self.thresholds} | dict(lines)


def read_rules(path: Path) -> RuleSet:
    """Read a rule set from a TOML file laid out as ``trajectories/data/trajectory_rules.toml``."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return RuleSet(
        version=data["version"],
        source=data["source"],
        years_needed=data["years_needed"],
        years_considered=data["years_considered"],
        oldest=data["oldest"],
        standard_error=data["standard_error"],
        wobble=data["wobble"],
        thresholds=tuple(Threshold(**each) for each in data["threshold"]),
        rules=tuple(
            Rule(**each | {"conditions": tuple(Condition(*one) for one in each["conditions"])}) for each in data["rule"]
        ),
        medium=data["confidence"]["medium"],
        high=data["confidence"]["high"],
    )


@cache
def standard_rules() -> RuleSet:
    """Return the rule set that ships with the product."""
    return read_rules(DATA / "trajectory_rules.toml")


def bound_of(condition: Condition, bounds: Mapping[str, float]) -> float:
    """Return the number that a condition compares with; ``-code`` is the threshold turned negative.

    >>> bound_of(Condition("slope", "<=", "-steep"), {"steep": 8.2})
    -8.2
    """
    if not isinstance(condition.bound, str):
        return float(condition.bound)
    if condition.bound.startswith("-"):
        return -bounds[condition.bound[1:]]
    return bounds[condition.bound]


def fired(features: Mapping[str, Floats], rules: RuleSet, bounds: Mapping[str, float]) -> npt.NDArray[np.int64]:
    """Return the position of the first rule that holds for each school; -1 where none does."""
    schools = len(next(iter(features.values())))
    answer = np.full(schools, -1, dtype=np.int64)
    for position, rule in enumerate(rules.rules):
        holds = np.full(schools, True)
        for each in rule.conditions:
            holds &= OPERATORS[each.sign](features[each.feature], bound_of(each, bounds))
        answer[(answer < 0) & holds] = position
    return answer


@dataclass(frozen=True, kw_only=True)
class NearMiss:
    """The nearest other answer of each school: one entry a school, -1 and infinity where there is none."""

    rule: npt.NDArray[np.int64]
    boundary: npt.NDArray[np.int64]  # Position in ``boundaries_of``.
    distance: Floats  # In standard errors of the feature.


def boundaries_of(rules: RuleSet) -> list[Condition]:
    """Return each different comparison of the rules once, but those that count years: time is not noise."""
    found: dict[tuple[str, str | float], Condition] = {}
    for rule in rules.rules:
        for each in rule.conditions:
            if each.feature != "years":
                found.setdefault((each.feature, each.bound), each)
    return list(found.values())


def near_misses(
    features: Mapping[str, Floats],
    errors: Mapping[str, Floats],
    rules: RuleSet,
    bounds: Mapping[str, float],
) -> NearMiss:
    """Find the smallest change of one feature, in standard errors, that would give another letter.

    Each boundary of the rules is tried alone: the feature is moved just across it, the others stay. Of the
    boundaries that change the letter the nearest wins; ties go to the one that comes first in the rules.
    """
    letters = np.array([rule.letter for rule in rules.rules])
    placed = letters[fired(features, rules, bounds)]
    schools = len(placed)
    rule = np.full(schools, -1, dtype=np.int64)
    boundary = np.full(schools, -1, dtype=np.int64)
    distance = np.full(schools, np.inf)
    for position, each in enumerate(boundaries_of(rules)):
        values, limit = features[each.feature], bound_of(each, bounds)
        holds = OPERATORS[each.sign](values, limit)
        upwards = holds == (each.sign in ("<", "<="))
        moved = dict(features) | {each.feature: np.where(upwards, limit + 1e-9, limit - 1e-9)}
        other = fired(moved, rules, bounds)
        apart = np.abs(values - limit) / errors[each.feature]
        nearer = (letters[other] != placed) & (apart < distance)
        rule[nearer], boundary[nearer], distance[nearer] = other[nearer], position, apart[nearer]
    return NearMiss(rule=rule, boundary=boundary, distance=distance)
