"""How often warnings have come true: the warnings that England's schools would have had, and what then happened."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
import pandas as pd

from schools.rules.terms import school_year_label
from trajectories.rules import DATA
from trajectories.rules.forecast import forecast_frame, line_percentiles
from trajectories.rules.forecast_fit import fit_model
from trajectories.rules.in_year_figures import early_warning
from trajectories.rules.journey_probabilities import place_schools
from trajectories.rules.measures import measures
from trajectories.rules.percentiles import table_for
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.sharpening import LINE_FIELDS
from trajectories.rules.warning import DECLINE, DECLINES, LINE_NAMES

COLUMNS = ["phase", "measure", "year", "thing", "schools", "happened", "warned", "came_true", "caught"]
INTERVAL = "interval"


@dataclass(frozen=True, kw_only=True)
class WarningRecord:
    """How often one warning has come true over a whole country, as shares of 1; NaN where there is no share."""

    phase: str
    measure: str
    year: int
    thing: str  # "interval", a line, or "decline".
    schools: int
    happened: float
    warned: float
    came_true: float
    caught: float

    @property
    def measure_name(self) -> str:
        return measures()[self.measure].name

    @property
    def when(self) -> str:
        return school_year_label(self.year)

    @property
    def what(self) -> str:
        """The event that was warned of."""
        if self.thing == DECLINE:
            return "Becoming C, D or G"
        return "Within the interval" if self.thing == INTERVAL else f"Falling below {LINE_NAMES[self.thing]}"


@dataclass(frozen=True, kw_only=True)
class ForecastRecord:
    """How reliable the forecasts of one measure were over a whole country. Shares are of 1.

    ``mean_difference`` is the result less the forecast, ``mean_size`` the same without its sign, both in national
    percentile points.
    """

    phase: str
    measure: str
    year: int
    schools: int
    within: float
    above: float
    below: float
    mean_difference: float
    mean_size: float

    @property
    def when(self) -> str:
        return school_year_label(self.year)


RECORD_COLUMNS = [field.name for field in fields(ForecastRecord)]


@cache
def kept_forecast_record() -> tuple[ForecastRecord, ...]:
    """Return the record that ships with Sightline: ``data/forecast_record.csv``, as the command wrote it."""
    rows = pd.read_csv(DATA / "forecast_record.csv").to_dict("records")
    return tuple(ForecastRecord(**{str(name): value for name, value in row.items()}) for row in rows)


@cache
def kept_record() -> tuple[WarningRecord, ...]:
    """Return the record that ships with Sightline: ``data/warning_record.csv``, as the command wrote it."""
    rows = pd.read_csv(DATA / "warning_record.csv").to_dict("records")
    return tuple(WarningRecord(**{str(name): value for name, value in row.items()}) for row in rows)


def warning_record(
    history: pd.DataFrame, context: pd.DataFrame | None, *, phase: str, measure: str, year: int
) -> pd.DataFrame:
    """Return how often warnings of one measure in one year came true, from what was known before that year.

    ``history`` and ``context`` are as ``forecast.forecasts`` takes them, for a whole country, with ``year`` included.
    The model is estimated on the years before. There is one row for each thing that is warned of, over the schools for
    which it would have been new, in shares of 1: ``schools``, the share to which it ``happened``, the share that was
    ``warned``, the share of those for which it ``came_true``, and the share of schools it happened to that had been
    warned (``caught``). In the row *interval*, ``happened`` is the share of results within their interval. The answer
    is empty if there are too few earlier years to estimate a model.

    Source: trajectories/README.md, rule W15.
    """
    forecast = _forecast_and_result(history, context, phase=phase, measure=measure, year=year)
    if forecast is None:
        return pd.DataFrame(columns=COLUMNS)
    own = history[history["measure"] == measure]
    rows = [
        _interval(forecast),
        *_lines(forecast, phase, measure, year, int(own.loc[own["year"] < year, "year"].max())),
        _decline(forecast, own, phase, year),
    ]
    return pd.DataFrame(rows).assign(phase=phase, measure=measure, year=year)[COLUMNS]


def forecast_record(
    history: pd.DataFrame, context: pd.DataFrame | None, *, phase: str, measure: str, year: int
) -> pd.DataFrame:
    """Return how reliable forecasts of one measure in one year were over a whole country, in one row.

    Arguments as for ``warning_record``. Columns as the fields of ``ForecastRecord``. Empty if there are too few
    earlier years.

    Source: trajectories/README.md, rule W16.
    """
    forecast = _forecast_and_result(history, context, phase=phase, measure=measure, year=year)
    if forecast is None:
        return pd.DataFrame(columns=RECORD_COLUMNS)
    difference = forecast["was"] - forecast["percentile"]
    row = {
        "phase": phase,
        "measure": measure,
        "year": year,
        "schools": len(forecast),
        "within": forecast["was"].between(forecast["percentile_low80"], forecast["percentile_high80"]).mean(),
        "above": (forecast["was"] > forecast["percentile_high80"]).mean(),
        "below": (forecast["was"] < forecast["percentile_low80"]).mean(),
        "mean_difference": difference.mean(),
        "mean_size": difference.abs().mean(),
    }
    return pd.DataFrame([row])[RECORD_COLUMNS]


def _forecast_and_result(
    history: pd.DataFrame, context: pd.DataFrame | None, *, phase: str, measure: str, year: int
) -> pd.DataFrame | None:
    """Return the forecast of each school from the years before, with what it ``was`` and its ``standing`` before."""
    past = history[history["year"] < year]
    about = context[context["year"] < year] if context is not None else None
    model = fit_model(past, about, phase=phase)
    if model is None:
        return None
    forecast = forecast_frame(past, phase=phase, year=year, context=about, foretold=[measure], model=model)
    own = history[history["measure"] == measure]
    was = own[own["year"] == year].set_index("urn")["percentile"]
    before = own[own["year"] < year].sort_values("year").drop_duplicates("urn", keep="last")
    forecast = forecast.set_index("urn").assign(was=was, standing=before.set_index("urn")["percentile"])
    return forecast.dropna(subset=["was", "standing", "expected"])


def _interval(forecast: pd.DataFrame) -> dict[str, object]:
    within = forecast["was"].between(forecast["percentile_low80"], forecast["percentile_high80"])
    return {"thing": INTERVAL, "schools": len(forecast), "happened": within.mean()}


def _lines(forecast: pd.DataFrame, phase: str, measure: str, year: int, last: int) -> Iterator[dict[str, object]]:
    tables = [table_for(measure, phase, table_year) for table_year in (last, year)]
    then, ahead = (line_percentiles(standard_reference(), table) for table in tables if table is not None)
    for code, field in LINE_FIELDS.items():
        above = forecast[forecast["standing"] >= then[code]]
        yield _row(code, above[field], above["was"] < ahead[code])


def _decline(forecast: pd.DataFrame, own: pd.DataFrame, phase: str, year: int) -> dict[str, object]:
    history = own.rename(columns={"urn": "school"})[["school", "year", "percentile"]]
    history = history[history["school"].isin(forecast.index)]
    letters = []
    for rows in (history[history["year"] < year], history):
        decision = place_schools(rows, phase=phase)
        letters.append(pd.Series(list(decision.letters), index=list(decision.schools)).reindex(forecast.index))
    now, later = letters
    new = forecast[~now.isin(DECLINES) & now.notna() & forecast["p_decline"].notna()]
    return _row(DECLINE, new["p_decline"], later[new.index].isin(DECLINES))


def _row(code: str, probability: pd.Series, happened: pd.Series) -> dict[str, object]:
    warned = probability >= early_warning()["chances"][code]["warning"]
    return {
        "thing": code,
        "schools": len(probability),
        "happened": happened.mean(),
        "warned": warned.mean(),
        "came_true": happened[warned].mean() if warned.any() else np.nan,
        "caught": warned[happened].mean() if happened.any() else np.nan,
    }
