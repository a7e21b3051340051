"""Forecast: each school's next headline results, how certain they are, and what moved them most."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from schools.rules.terms import school_year_label
from trajectories.rules.forecast_arrays import ForecastArrays, arrays_of, normal_scores, percentiles_of_scores
from trajectories.rules.forecast_decline import decline_chances, own_history
from trajectories.rules.forecast_drivers import drivers_of
from trajectories.rules.forecast_model import FORETOLD, ForecastModel, measures_of, shipped_model
from trajectories.rules.forecast_predict import EIGHTY, PredictedScores, predict
from trajectories.rules.journey_rules import JourneyRules
from trajectories.rules.measures import measures
from trajectories.rules.outlook import Forecast
from trajectories.rules.percentiles import NationalTables, PercentileTable, table_for, values_at
from trajectories.rules.reference_lines import ReferenceSet, drawn_lines, standard_reference

FIFTH = 20.0  # National percentile.
CHANCES = {"floor": "p_below_floor", "coasting": "p_below_coasting", "average": "p_below_average"}
NUMBERS = {
    "expected": 4,
    "low80": 4,
    "high80": 4,
    "percentile": 2,
    "percentile_low80": 2,
    "percentile_high80": 2,
    **dict.fromkeys(CHANCES.values(), 4),
    "p_decline": 4,
    "p_bottom_fifth": 4,
}  # The columns of numbers with their decimals.


def forecasts(
    history: pd.DataFrame,
    *,
    phase: str,
    year: int,
    context: pd.DataFrame | None = None,
    foretold: Sequence[str] | None = None,
    model: ForecastModel | None = None,
    tables: NationalTables | None = None,
    reference: ReferenceSet | None = None,
    rules: JourneyRules | None = None,
) -> list[Forecast]:
    """Return the forecast of every school on every headline measure of one phase of education.

    ``history`` has the columns ``urn, measure, year, percentile`` (national, 100 is best), and may have ``cohort``
    (pupils at the end of the key stage) and ``standard_error`` (percentile points). ``context`` has ``urn, measure,
    year, value``: absence and census figures in the files' units. Rows of ``year`` and later are left out. The answers
    are ordered by school, in the order of first rows, then by measure. By default the model ships with Sightline, and
    the measures are Progress 8 and Attainment 8, or the expected standard and the three progress scores.

    Source: trajectories/README.md, rules W1 to W8.

    Raises:
        ValueError: a column is missing, a school has two rows of one measure and year, or a percentile is not 0 to
            100. The message names the row.
    """
    parts = _parts(history, context, phase, year, foretold, model, tables)
    frames = [_frame(*part, history, tables, reference, rules) for part in parts]
    columns = {field: [frame[field].to_list() for frame in frames] for field in (*NUMBERS, "reason")}
    answer = []
    for place, urn in enumerate(parts[0][0].schools):
        for number, (panel, predicted) in enumerate(parts):
            values: dict[str, Any] = {name: _plain(column[number][place]) for name, column in columns.items()}
            drivers = drivers_of(panel, predicted, place) if values["expected"] is not None else ()
            answer.append(
                Forecast(urn=int(urn), measure=predicted.measure, year=predicted.year, drivers=drivers, **values)
            )
    return answer


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) or value == value else None


def forecast_frame(
    history: pd.DataFrame,
    *,
    phase: str,
    year: int,
    context: pd.DataFrame | None = None,
    foretold: Sequence[str] | None = None,
    model: ForecastModel | None = None,
    tables: NationalTables | None = None,
    reference: ReferenceSet | None = None,
    rules: JourneyRules | None = None,
) -> pd.DataFrame:
    """Return the answers of ``forecasts`` as a frame, without the drivers and without a loop over schools.

    Columns: ``urn, measure, year``, the numbers of ``NUMBERS`` (NaN where there is no number) and ``reason``.
    """
    parts = _parts(history, context, phase, year, foretold, model, tables)
    return pd.concat([_frame(*part, history, tables, reference, rules) for part in parts], ignore_index=True)


def _parts(
    history: pd.DataFrame,
    context: pd.DataFrame | None,
    phase: str,
    year: int,
    foretold: Sequence[str] | None,
    model: ForecastModel | None,
    tables: NationalTables | None,
) -> list[tuple[ForecastArrays, PredictedScores]]:
    model = model or shipped_model(phase)
    panel = arrays_of(
        history, context, phase=phase, measures=measures_of(phase), context_scales=model.context, tables=tables
    )
    return [(panel, predict(model, panel, code, year)) for code in foretold or HEADLINE[phase]]


HEADLINE = {phase: tuple(code for code in codes if not measures()[code].made_from) for phase, codes in FORETOLD.items()}


def _frame(
    panel: ForecastArrays,
    predicted: PredictedScores,
    history: pd.DataFrame,
    tables: NationalTables | None,
    reference: ReferenceSet | None,
    rules: JourneyRules | None,
) -> pd.DataFrame:
    reference = reference or standard_reference()
    table = table_for(predicted.measure, panel.phase, predicted.year, tables=tables)
    answer = pd.DataFrame({"urn": panel.schools, "measure": predicted.measure, "year": predicted.year})
    answer = answer.assign(**dict.fromkeys(NUMBERS, np.nan), reason=_no_table(predicted))
    if table is None:
        return answer
    decline = decline_chances(
        own_history(history, predicted.measure, panel.phase, rules),
        predicted.mean,
        predicted.spread,
        schools=panel.schools,
        phase=panel.phase,
        year=predicted.year,
        rules=rules,
        reference=reference,
    )
    numbers = _numbers(predicted, table, line_percentiles(reference, table)) | {"p_decline": decline}
    rounded = {name: np.round(numbers[name], decimals) for name, decimals in NUMBERS.items() if name in numbers}
    none = f"No result is known before {school_year_label(predicted.year)}, so Sightline cannot forecast this one."
    return answer.assign(**rounded, reason=np.where(np.isnan(predicted.mean), none, ""))


def _no_table(predicted: PredictedScores) -> str:
    name = measures()[predicted.measure].name
    if not measures()[predicted.measure].is_published(predicted.year):
        return f"{name} is not published for {school_year_label(predicted.year)}."
    return f"Sightline has no national table for {name}."


def line_percentiles(reference: ReferenceSet, table: PercentileTable) -> dict[str, float]:
    """Return the national percentile of each of Carter's lines for one measure and year."""
    return {line.code: line.percentile for line in drawn_lines(reference, table)}


def _numbers(predicted: PredictedScores, table: PercentileTable, lines: Mapping[str, float]) -> dict[str, Any]:
    """Return the numbers of one measure. They are all NaN for a school about which nothing is known."""
    ends = {
        "": predicted.mean,
        "_low80": predicted.mean - EIGHTY * predicted.spread,
        "_high80": predicted.mean + EIGHTY * predicted.spread,
    }
    at = {f"percentile{end}": percentiles_of_scores(scores) for end, scores in ends.items()}
    in_unit = {
        "expected": values_at(table, at["percentile"]),
        "low80": values_at(table, at["percentile_low80"]),
        "high80": values_at(table, at["percentile_high80"]),
    }
    below = {field: below_chance(predicted, lines[code]) for code, field in CHANCES.items() if code in lines}
    return at | in_unit | below | {"p_bottom_fifth": below_chance(predicted, FIFTH)}


def below_chance(predicted: PredictedScores, line: float) -> Any:
    """Return each school's chance of a result below a national percentile."""
    return ndtr((normal_scores(line) - predicted.mean) / predicted.spread)
