"""Measure placing all of England's schools against one weighted straight-line fit to the same array.

``python -m tests.bench.placing``. It uses the published histories if they are next to the checkout (../shared/data).
Otherwise it simulates 17,000 schools with four to six years, a tenth of the years unpublished.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import numpy.typing as npt
import pandas as pd

from tests.bench.results import Measurement, Section, as_text
from tests.trajectories.published_rows import DFE, mainstream_urns, read_results
from trajectories.rules.headline import headline_results, history_of
from trajectories.rules.journey_probabilities import place_schools
from trajectories.rules.likelihood import fit_paths

ROUNDS = 9
GOAL = 20.0  # Times the duration of one weighted least squares fit.
SCHOOLS = {"secondary": 3_300, "primary": 13_700}
LIMITS = ["P8CILOW", "P8CIUPP"]
Floats = npt.NDArray[np.float64]


def placing_section() -> Section:
    """Measure both phases of education together."""
    histories, whence = _histories()
    decisions = {phase: place_schools(history, phase=phase) for phase, history in histories.items()}
    arrays = {phase: (decision.evidence.percentiles, decision.evidence.errors) for phase, decision in decisions.items()}
    schools = sum(len(decision.schools) for decision in decisions.values())

    plain = _seconds(lambda: [_line(*array) for array in arrays.values()])
    bare = _seconds(
        lambda: [
            fit_paths(values, errors, rules=decisions[phase].rules, bounds=decisions[phase].bounds)
            for phase, (values, errors) in arrays.items()
        ]
    )
    whole = _seconds(lambda: [place_schools(history, phase=phase).frame() for phase, history in histories.items()])
    lines = [
        Measurement(what="One weighted straight line for each school", value=1000 * plain, unit="ms"),
        Measurement(what="Probabilities of the nine answers", value=1000 * bare, unit="ms"),
        Measurement(what="… times the straight line", value=bare / plain, unit="times", goal=GOAL),
        Measurement(what="From rows of percentiles to rows of placements", value=1000 * whole, unit="ms"),
        Measurement(what="… times the straight line", value=whole / plain, unit="times"),
    ]
    remarks = [
        f"{schools:,} schools, {whence}",
        f"processor time, median of {ROUNDS} rounds; on arrays, without a loop over schools",
        "the straight line: level and slope of every school, five weighted sums over the same array of eight years",
    ]
    return Section(title="Placing all of England's schools on their journeys", lines=lines, remarks=remarks)


def _histories() -> tuple[dict[str, pd.DataFrame], str]:
    if DFE.is_dir():
        results = read_results(kinds=("ks4", "ks2"), extra=True).assign(phase="")
        found = {}
        for phase, urns in mainstream_urns().items():
            ours = results[results["urn"].isin(urns)].assign(phase=phase)
            found[phase] = history_of(headline_results(ours))
        return found, "published results from 2015–16 to 2018–19, every school with a headline in any year"
    draw = np.random.default_rng(1)
    return {phase: _simulated(number, draw) for phase, number in SCHOOLS.items()}, "simulated, four to six years"


def _simulated(schools: int, draw: np.random.Generator) -> pd.DataFrame:
    years = 6
    level, slope = draw.uniform(0, 100, (schools, 1)), draw.normal(0, 5, (schools, 1))
    seen = np.clip(level + slope * (np.arange(years) - 2.5) + draw.normal(0, 10, (schools, years)), 0, 100)
    seen[draw.random(seen.shape) < 0.1] = np.nan
    seen[draw.random(schools) < 0.3, :2] = np.nan
    return pd.DataFrame(
        {
            "school": np.repeat(np.arange(schools), years),
            "year": np.tile(np.arange(2014, 2014 + years), schools),
            "percentile": seen.ravel(),
            "standard_error": 9.0,
        }
    )


def _line(values: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Fit a weighted straight line to every row, as numpy.polyfit does, with separate weights and gaps for each row."""
    known = ~np.isnan(values)
    weights = known / np.square(errors)
    seen = np.where(known, values, 0.0)
    time_ = np.arange(values.shape[1], dtype=float)
    total, first, second = weights.sum(axis=1), weights @ time_, weights @ time_**2
    level, across = (weights * seen).sum(axis=1), (weights * seen) @ time_
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (total * across - first * level) / (total * second - first**2)
        return slope, (level - slope * first) / total


def _seconds(what: Callable[[], object]) -> float:
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        what()
        spent.append(time.process_time() - began)
    return median(spent)


if __name__ == "__main__":
    print(as_text(placing_section()))
