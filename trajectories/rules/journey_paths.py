"""The library of paths: what each journey looks like without noise, over a given number of years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from trajectories.rules.journey_rules import JourneyRules, PathEdge, PlainPaths, edge_of, first_rule_fired, rule_holds
from trajectories.rules.shape import Floats

ANSWERS = ("A", "B", "C", "D", "E", "F", "G", "H", "none")
FEATURES = ("level", "slope", "before", "after", "peak", "end")


@dataclass(frozen=True, kw_only=True)
class JourneyPaths:
    """Noise-free paths over one period, sorted by journey.

    ``percentiles`` are paths by years, from the first year of the period to the last. ``answer`` is the position in
    ``ANSWERS`` of the journey that each path shows. ``weight`` is what each path counts before any result is seen; the
    weights of each journey add up to the same. ``features`` has one array for each name: the mean over the period
    (``level``), the ``slope`` of its straight line, the slopes ``before`` and ``after`` the bend, the highest year
    (``peak``) and the last one (``end``).
    """

    percentiles: Floats
    answer: npt.NDArray[np.int64]
    weight: Floats
    features: Mapping[str, Floats]

    def rows_of(self, answer: int) -> slice:
        """Return the rows that hold the paths of one journey."""
        first, last = np.searchsorted(self.answer, [answer, answer + 1])
        return slice(int(first), int(last))


def paths_of(period: int, rules: JourneyRules, bounds: Mapping[str, float]) -> JourneyPaths:
    """Lay out the paths of every journey over a ``period`` of calendar years, including the first and the last.

    Most of a journey's weight is on its *plain* paths: those that nobody would mistake for another journey, spread
    evenly over the ranges that the rules file gives. The rest is on paths spread evenly over the whole scale, straight
    and with one bend, each labelled by the first of the rules T5 to T13 that it meets.

    Source: trajectories/README.md, rules T4 to T15.

    >>> from trajectories.rules.reference_lines import line_percentiles_of, standard_reference
    >>> from trajectories.rules.journey_rules import standard_rules
    >>> rules, lines = standard_rules(), line_percentiles_of(standard_reference(), "secondary")
    >>> paths = paths_of(6, rules, rules.bounds("secondary", lines))
    >>> [float(paths.weight[paths.rows_of(place)].sum().round(6)) for place in (0, 6, 8)]
    [1.0, 1.0, 1.0]
    """
    return _paths_of(period, rules, tuple(sorted(bounds.items())))


@lru_cache(maxsize=64)
def _paths_of(period: int, rules: JourneyRules, given: tuple[tuple[str, float], ...]) -> JourneyPaths:
    bounds = dict(given)
    plain = [_plain(ranges, period, rules, bounds) for ranges in rules.plain]
    between, labels = _between(period, rules, bounds)
    answers = [np.full(len(own), ANSWERS.index(one.letter)) for own, one in zip(plain, rules.plain, strict=True)]
    share = 1 - rules.between_share
    weights = [np.full(len(own), share / max(len(own), 1)) for own in plain]
    counts = np.bincount(labels, minlength=len(ANSWERS))
    drawn = np.concatenate([*plain, between])
    answer = np.concatenate([*answers, labels])
    weight = np.concatenate([*weights, rules.between_share / counts[labels]])
    order = np.argsort(answer, kind="stable")
    percentiles = _percentiles(drawn, period)[order]
    total = np.bincount(answer, weight, minlength=len(ANSWERS))
    return JourneyPaths(
        percentiles=percentiles,
        answer=answer[order],
        weight=(weight / total[answer])[order],
        features={name: values[order] for name, values in _features(drawn, period).items()},
    )


# Four numbers describe a path, in one row: its percentile at the bend, the slope before it, the slope after it, and how
# many years the bend is from the middle of the period.


def _percentiles(drawn: Floats, period: int) -> Floats:
    height, before, after, bend = drawn.T[:, :, None]
    time = np.arange(period) - (period - 1) / 2 - bend
    return np.asarray(height + before * np.minimum(time, 0) + after * np.maximum(time, 0))


def _features(drawn: Floats, period: int) -> dict[str, Floats]:
    whole = _percentiles(drawn, period)
    time = np.arange(period) - (period - 1) / 2
    return {
        "level": whole.mean(axis=1),
        "slope": whole @ time / (time @ time),
        "before": drawn[:, 1],
        "after": drawn[:, 2],
        "peak": whole.max(axis=1),
        "end": whole[:, -1],
    }


def _plain(ranges: PlainPaths, period: int, rules: JourneyRules, bounds: Mapping[str, float]) -> Floats:
    """Lay one journey's plain paths evenly over its ranges, and keep those that stay within the journey's limits."""
    steps = _steps(rules, bounds)
    before = _range(ranges.before, bounds)
    pace = np.abs(before)
    steepest = rules.most_covered / (period - 1)
    if ranges.after is None and pace.max() > steepest:
        # Nobody climbs at that pace for so long, so over a long period the same climb is flatter.
        before = np.sign(before) * np.minimum(pace, np.where(pace == pace.max(), 1, rules.least_covered) * steepest)
    heights = _cells(_range(ranges.height, bounds), steps["height" if ranges.after is None else "bend"])
    befores = _cells(before, steps["slope"])
    if ranges.after is None:
        drawn = _grid(heights, befores, [0.0], [0.0])
        drawn[:, 2] = drawn[:, 1]
    else:
        afters = _cells(_range(ranges.after, bounds), steps["turn"])
        drawn = _grid(heights, _cells(before, steps["turn"]), afters, ranges.bends)
    features = _features(drawn, period)
    lowest, highest = _percentiles(drawn, period).min(axis=1), features["peak"]
    low, high = _range(ranges.within, bounds)
    keeps = (lowest >= low) & (highest <= high)
    if ranges.across is not None:
        keeps &= (lowest < edge_of(ranges.across, bounds)) & (highest > edge_of(ranges.across, bounds))
    for rule in rules.rules:
        if rule.letter == ranges.letter:
            keeps &= rule_holds(rule, features, bounds)
    return np.asarray(drawn[keeps])


def _between(period: int, rules: JourneyRules, bounds: Mapping[str, float]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Lay paths evenly over the whole scale, and label each with the first rule that it meets."""
    steps = _steps(rules, bounds)
    most = edge_of(rules.between_slope, bounds)
    scale, slopes = np.array([0.0, 100.0]), np.array([-most, most])
    heights, turns = _cells(scale, steps["between_height"]), _cells(slopes, steps["between_turn"])
    straight = _grid(heights, _cells(slopes, steps["between_slope"]), [0.0], [0.0])
    straight[:, 2] = straight[:, 1]
    bent = _grid(_cells(scale, steps["between_bend"]), turns, turns, [0.0])
    drawn = np.concatenate([straight, bent[bent[:, 1] != bent[:, 2]]])
    whole = _percentiles(drawn, period)
    drawn = drawn[(whole.min(axis=1) >= 0) & (whole.max(axis=1) <= 100)]
    names = np.array([ANSWERS.index(rule.letter) for rule in rules.rules])
    labels: npt.NDArray[np.int64] = names[first_rule_fired(_features(drawn, period), rules, bounds)]
    return drawn, labels


def _steps(rules: JourneyRules, bounds: Mapping[str, float]) -> dict[str, float]:
    return {name: edge_of(edge, bounds) for name, edge in rules.steps.items()}


def _range(edges: tuple[PathEdge, PathEdge], bounds: Mapping[str, float]) -> Floats:
    return np.array([edge_of(edge, bounds) for edge in edges])


def _cells(edges: Floats, step: float) -> Floats:
    """Return the middles of equal cells between two edges, at most ``step`` wide; one if the edges meet or cross."""
    low, high = edges
    number = max(1, int(np.ceil((high - low) / step - 1e-9)))
    return np.asarray(low + (np.arange(number) + 0.5) * (high - low) / number)


def _grid(*axes: Floats | Sequence[float]) -> Floats:
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
