"""Save the forecasts of a school's next results."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pandas as pd

from kpis.rules.score import Figure
from schools.models import School
from trajectories.actions.engine_answers import add_changed
from trajectories.models import Outlook
from trajectories.queries.forecast_inputs import context_for_forecast, history_for_forecast
from trajectories.queries.outlooks import MEASURES, PHASES, forecasts_made, in_year_figures, results_known
from trajectories.rules.forecast import forecasts
from trajectories.rules.forecast_decline import decline_chances, own_history
from trajectories.rules.forecast_results import ForecastResult, forecast_results
from trajectories.rules.measures import measures
from trajectories.rules.outlook import Forecast, next_year
from trajectories.rules.percentiles import NationalTables, PercentileTable, table_for
from trajectories.rules.reference_lines import DrawnLine, ReferenceSet, drawn_lines
from trajectories.rules.sharpening import SharpenedForecast, leads_first, sharpen

NOT_COMPARED = "{} schools are not compared with mainstream schools, so Sightline cannot forecast their results."
NO_RESULTS = "This school has no published results for {}, so Sightline cannot forecast its next result."
NUMBERS = (
    "expected", "low80", "high80", "percentile", "percentile_low80", "percentile_high80", "p_below_floor",
    "p_below_coasting", "p_below_average", "p_bottom_fifth", "p_decline",
)  # fmt: skip


def keep_outlooks(
    *,
    school: School,
    read: pd.DataFrame,
    results: pd.DataFrame,
    figures: Mapping[str, Sequence[Figure]],
    letter: str,
    now: int,
    reference: ReferenceSet,
    tables: NationalTables,
    common: Mapping[str, Any],
) -> None:
    """Save the forecast of each of a school's headline measures, sharpened by the figures accepted this year.

    ``read`` is every published figure, ``results`` those of them that the engine places. ``now`` is the current school
    year, ``letter`` the journey the school is on.
    """
    rows = []
    made = forecasts_made(school) if school.phase in PHASES else []
    context = context_for_forecast(school, read, figures) if school.phase in PHASES else None
    for phase in PHASES.get(school.phase, ()):
        history = history_for_forecast(results, phase, tables)
        compared = forecast_results(made, results_known(history))
        rows += [
            Outlook(**common, **_with_results(fields, compared))
            for fields in _expected(
                phase, history, context, figures, letter=letter, now=now, reference=reference, tables=tables
            )
        ]
    if not rows:
        reason = NOT_COMPARED.format(school.get_phase_display())
        rows = [Outlook(**common, measure="", school_year=now, reason=reason, inputs={})]
    add_changed(rows, by=("measure",))


def _expected(
    phase: str,
    history: pd.DataFrame,
    context: pd.DataFrame | None,
    figures: Mapping[str, Sequence[Figure]],
    *,
    letter: str,
    now: int,
    reference: ReferenceSet,
    tables: NationalTables,
) -> list[dict[str, Any]]:
    if history.empty:
        return [
            {"measure": code, "school_year": now, "reason": NO_RESULTS.format(measures()[code].name), "inputs": {}}
            for code in MEASURES[phase]
        ]
    latest = int(history["year"].max())
    made: dict[str, SharpenedForecast] = {}
    by_year: dict[int, list[str]] = {}
    for code in MEASURES[phase]:
        by_year.setdefault(next_year(latest, now=now, measure=code), []).append(code)
    for year, codes in by_year.items():
        past = context[context["year"] < year] if context is not None else None
        made_now = forecasts(
            history, phase=phase, year=year, context=past, foretold=codes, reference=reference, tables=tables
        )
        for forecast in leads_first(made_now):
            made[forecast.measure] = _sharpened(forecast, phase, history, figures, made, reference, tables)
    return [
        _fields(sharpened, phase, history, letter=letter, now=now, reference=reference, tables=tables)
        for sharpened in made.values()
    ]


def _with_results(fields: dict[str, Any], compared: Sequence[ForecastResult]) -> dict[str, Any]:
    """Keep the school's earlier forecasts of the same measure with the results that followed."""
    results = [asdict(row) for row in compared if row.measure == fields["measure"]]
    return fields | {"inputs": fields["inputs"] | {"results": results}}


def _sharpened(
    forecast: Forecast,
    phase: str,
    history: pd.DataFrame,
    figures: Mapping[str, Sequence[Figure]],
    others: Mapping[str, SharpenedForecast],
    reference: ReferenceSet,
    tables: NationalTables,
) -> SharpenedForecast:
    table = table_for(forecast.measure, phase, forecast.year, tables=tables)
    if table is None:
        return SharpenedForecast(forecast=forecast, before=forecast)
    return sharpen(
        forecast,
        in_year_figures(figures, forecast.measure, forecast.year),
        table=table,
        lines={line.code: line.percentile for line in drawn_lines(reference, table)},
        decline=partial(_decline, history, forecast, phase, reference),
        others=others,
    )


def _decline(
    history: pd.DataFrame, forecast: Forecast, phase: str, reference: ReferenceSet, mean: float, spread: float
) -> float | None:
    own = own_history(history, forecast.measure, phase)
    schools = own["school"].unique()
    if not len(schools):
        return None
    (answer,) = decline_chances(
        own, [mean], [spread], schools=schools, phase=phase, year=forecast.year, reference=reference
    )
    return float(answer) if answer == answer else None


def _fields(
    made: SharpenedForecast,
    phase: str,
    history: pd.DataFrame,
    *,
    letter: str,
    now: int,
    reference: ReferenceSet,
    tables: NationalTables,
) -> dict[str, Any]:
    forecast = made.forecast
    standing = _standing(history, forecast.measure)
    then = table_for(forecast.measure, phase, standing["year"], standing["release"], tables) if standing else None
    ahead = table_for(forecast.measure, phase, forecast.year, tables=tables)
    return {
        "measure": forecast.measure,
        "school_year": forecast.year,
        "reason": forecast.reason,
        "data_cutoff": int(history["year"].max()) if forecast.expected is not None else None,
        **{name: getattr(forecast, name) for name in NUMBERS},
        "inputs": {
            "forecast": asdict(made.before),
            "effects": [asdict(effect) for effect in made.effects],
            "drivers": [asdict(driver) for driver in forecast.drivers],
            "standing": standing,
            "letter": letter,
            "lines_then": {line.code: line.percentile for line in _lines(then, reference)},
            "lines": [_line(line) for line in _lines(ahead, reference)],
            "reference_set": reference.version,
            "table_note": ahead.note if ahead else "",
            "is_old": forecast.year < now,
        },
    }


def _standing(history: pd.DataFrame, measure: str) -> dict[str, Any] | None:
    own = history[history["measure"] == measure]
    if own.empty:
        return None
    last = own.sort_values("year").iloc[-1]
    return {
        "year": int(last["year"]),
        "value": float(last["value"]),
        "percentile": round(float(last["percentile"]), 2),
        "release": str(last["release"]),
    }


def _lines(table: PercentileTable | None, reference: ReferenceSet) -> tuple[DrawnLine, ...]:
    return drawn_lines(reference, table) if table else ()


def _line(line: DrawnLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name,
        "percentile": line.percentile,
        "value": line.value,
        "provenance": line.provenance,
    }
