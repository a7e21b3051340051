"""Estimating the model behind forecasts from the whole country's files."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from trajectories.rules.forecast_arrays import WHOLE_COUNTRY, ContextScale, ForecastArrays, arrays_of
from trajectories.rules.forecast_model import (
    CONTEXT,
    FORETOLD,
    SIZES,
    YEARS_NEEDED,
    ForecastModel,
    covariances,
    measures_of,
)
from trajectories.rules.forecast_predict import EIGHTY, predict
from trajectories.rules.percentiles import NationalTables
from trajectories.rules.shape import Floats

WITHIN = 0.8  # The share of results that an interval should contain.
FEWEST = 50  # Schools needed to measure a width.


def fit_model(
    history: pd.DataFrame,
    context: pd.DataFrame | None,
    *,
    phase: str,
    tables: NationalTables | None = None,
    source: str = "",
) -> ForecastModel | None:
    """Estimate the model of one phase of education, or return None if there are too few results.

    The frames are those that ``arrays_of`` takes, for a whole country: at least three years of results and 1,000
    schools.

    Source: trajectories/README.md, rules W1 and W4.
    """
    results = history[history["measure"].isin(list(measures_of(phase)))]
    if results["year"].nunique() < YEARS_NEEDED or results["urn"].nunique() < WHOLE_COUNTRY:
        return None
    scales = context_scales(context, set(results["urn"]))
    panel = arrays_of(results, context, phase=phase, measures=measures_of(phase), context_scales=scales, tables=tables)
    lasting, fading, passing = covariances(panel)
    known = panel.cohort[~np.isnan(panel.cohort)]
    edges = np.quantile(known, np.arange(1, SIZES) / SIZES) if len(known) else np.array([])
    model = ForecastModel(
        phase=phase,
        measures=panel.measures,
        context=scales,
        lasting=lasting,
        fading=fading,
        passing=passing,
        size_edges=edges,
        widths={},
        years=tuple(sorted(int(year) for year in results["year"].unique())),
        schools=len(panel.schools),
        source=source,
    )
    widths = {measure: widths_of(model, panel, measure) for measure in FORETOLD[phase]}
    return ForecastModel(**{**vars(model), "widths": widths})


def context_scales(context: pd.DataFrame | None, urns: set[int]) -> Mapping[str, ContextScale]:
    """Return the mean and spread of each context measure in its newest year, over the schools with results."""
    if context is None:
        return {}
    ours = context[context["urn"].isin(urns) & context["value"].notna()]
    scales = {}
    for code in CONTEXT:
        rows = ours[ours["measure"] == code]
        if len(rows):
            values = rows.loc[rows["year"] == rows["year"].max(), "value"].to_numpy(float)
            scales[code] = ContextScale(mean=float(values.mean()), spread=float(values.std()))
    return scales


def widths_of(model: ForecastModel, panel: ForecastArrays, measure: str) -> Floats:
    """Return, for each size of school, how much wider the spread must be to contain eight results in ten.

    It is measured on the measure's last known year, forecast from the earlier years.
    """
    values = panel.known(measure)
    held = np.flatnonzero((~np.isnan(values)).any(axis=0))
    groups = len(model.size_edges) + 1
    if len(held) < 2:
        return np.ones(groups)
    at = held[-1]
    predicted = predict(model, panel, measure, int(panel.years[at]), widths=False)
    missed = np.abs(values[:, at] - predicted.mean) / predicted.spread
    told = ~np.isnan(missed) & ~np.isnan(values[:, held[-2]])
    size = model.size_of(panel.cohort)
    usual = np.quantile(missed[told], WITHIN) / EIGHTY if told.any() else 1.0
    answer = np.full(groups, usual)
    for group in range(groups):
        some = told & (size == group)
        if some.sum() >= FEWEST:
            answer[group] = np.quantile(missed[some], WITHIN) / EIGHTY
    return answer
