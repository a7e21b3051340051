"""The rows of a backtest: what was forecast, what happened, and how far ahead of the baselines the forecast was."""

from collections.abc import Mapping

import numpy as np

from trajectories.rules.forecast_arrays import normal_scores
from trajectories.rules.probability_scores import Bools, auc, brier, calibration, compare_probabilities
from trajectories.rules.shape import Floats

BASELINES = ("last percentile", "mean percentile")
FORECAST = "forecast"


def rows_of(forecasts: Mapping[str, Floats], event: Bools) -> list[dict[str, object]]:
    """Return the statistics for one event of a probability, ``forecasts[FORECAST]``, and of its rivals."""
    common: dict[str, object] = {"schools": len(event)}
    rows = [common | {"method": "all", "statistic": "happened to", "value": float(event.mean())}]
    for name, probability in forecasts.items():
        rows.append(common | {"method": name, "statistic": "Brier", "value": brier(probability, event)})
        rows.append(common | {"method": name, "statistic": "AUC", "value": auc(probability, event)})
    for name in [rival for rival in forecasts if rival != FORECAST]:
        gain = compare_probabilities(forecasts[FORECAST], forecasts[name], event)
        against = common | {"method": f"{FORECAST} less {name}"}
        rows.append(against | {"statistic": "Brier", "value": gain.brier, "standard_error": gain.brier_se})
        rows.append(against | {"statistic": "AUC", "value": gain.auc, "standard_error": gain.auc_se})
    for place, (meant, was, count) in enumerate(calibration(forecasts[FORECAST], event), start=1):
        tenth: dict[str, object] = {"method": FORECAST, "bin": place, "schools": count}
        rows += [tenth | {"statistic": "said", "value": meant}, tenth | {"statistic": "was", "value": was}]
    return rows


def share_of(warning: str, name: object, values: Bools) -> dict[str, object]:
    """Return the share of schools for which something is true, with its standard error."""
    share = float(values.mean())
    error = float(np.sqrt(share * (1 - share) / len(values)))
    return {
        "warning": warning,
        "method": FORECAST,
        "statistic": "coverage",
        "bin": name,
        "value": share,
        "standard_error": error,
        "schools": len(values),
    }


def last_score(values: Floats) -> Floats:
    """Return the normal score of each school's last known percentile. Columns are years."""
    answer = np.full(len(values), np.nan)
    for column in values.T:
        answer = np.where(np.isnan(column), answer, column)
    return normal_scores(answer)


def mean_score(values: Floats) -> Floats:
    """Return the normal score of the mean of each school's known percentiles. Columns are years."""
    known = (~np.isnan(values)).sum(axis=1)
    total = np.nansum(values, axis=1)
    return normal_scores(np.where(known > 0, total / np.maximum(known, 1), np.nan))
