"""What moved a forecast furthest from the national middle, in words."""

from collections.abc import Sequence

import numpy as np

from kpis.rules.figures_in_words import ordinal, whole_percentile
from schools.rules.terms import school_year_label
from trajectories.rules.forecast_arrays import ForecastArrays, percentiles_of_scores
from trajectories.rules.forecast_predict import PredictedScores
from trajectories.rules.measures import measures
from trajectories.rules.outlook import ForecastDriver

SHOWN = 3
CONTEXT_NAMES = {
    "PERCTOT": "Overall absence",
    "PPERSABS10": "Persistent absence",
    "PNUMFSMEVER": "Share of pupils eligible for free school meals in the last six years",
    "PNUMEAL": "Share of pupils whose first language is not English",
    "PSENELK": "Share of pupils with special educational needs support",
    "PSENELSE": "Share of pupils with an education, health and care plan",
}
FAR = 1.0  # Standard deviations.
NEAR = 0.25


def drivers_of(panel: ForecastArrays, predicted: PredictedScores, place: int) -> tuple[ForecastDriver, ...]:
    """Return the three things that moved one school's forecast most, the largest first.

    A measure's results of all years are one thing, and a context figure is another. The effect is the number of
    percentile points by which the expected result is higher or lower than it would be if that thing were at England's
    middle.

    Source: trajectories/README.md, rule W8.
    """
    codes = [code for code, _ in predicted.items]
    shares = predicted.shares[place]
    mean = float(predicted.mean[place])
    effects = {
        code: float(
            percentiles_of_scores(mean) - percentiles_of_scores(mean - shares[[item == code for item in codes]].sum())
        )
        for code in dict.fromkeys(codes)
    }
    greatest = sorted(effects, key=lambda code: -abs(effects[code]))[:SHOWN]
    return tuple(
        ForecastDriver(
            name=name_of(code),
            effect=round(effects[code], 2),
            sentence=_sentence(panel, predicted, place, code, effects[code]),
        )
        for code in greatest
        if round(effects[code], 2) != 0
    )


def name_of(code: str) -> str:
    """Return the name of a measure that forecasts read."""
    return CONTEXT_NAMES.get(code) or measures()[code].name


def _sentence(panel: ForecastArrays, predicted: PredictedScores, place: int, code: str, effect: float) -> str:
    years = [year for item, year in predicted.items if item == code]
    points = whole_percentile(abs(effect))
    moved = f"{points} percentile point{'' if points == 1 else 's'}"
    does = f"{'raises' if effect > 0 else 'lowers'} the expected result by {moved}"
    if code in CONTEXT_NAMES:
        return f"{name_of(code)}, {_beside(panel, place, code)} in {school_year_label(years[0])}, {does}."
    values = panel.known(code)[place]
    known = [year for year in years if not np.isnan(values[year - panel.years[0]])]
    last = float(percentiles_of_scores(values[known[-1] - panel.years[0]]))
    return f"{name_of(code)}{_over(known)}, last at the {ordinal(last)} national percentile, {does}."


def _beside(panel: ForecastArrays, place: int, code: str) -> str:
    values = panel.context[place, panel.context_measures.index(code)]
    known = values[~np.isnan(values)]
    far = float(known[-1])
    size = "far " if abs(far) >= FAR else "" if abs(far) >= NEAR else "a little "
    return f"{size}{'above' if far > 0 else 'below'} England’s mean"


def _over(years: Sequence[int]) -> str:
    if len(years) == 1:
        return f" in {school_year_label(years[0])}"
    return f" from {school_year_label(years[0])} to {school_year_label(years[-1])}"
