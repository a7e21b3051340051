"""Backtest: what the engine would have forecast, compared with what was then published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from published.dfe import ResultsFile
from trajectories.rules.backtest_rows import BASELINES, FORECAST, last_score, mean_score, rows_of, share_of
from trajectories.rules.forecast import CHANCES, FIFTH, below_chance, line_percentiles
from trajectories.rules.forecast_arrays import ForecastArrays, arrays_of, normal_scores, percentiles_of_scores
from trajectories.rules.forecast_decline import DECLINING, decline_chances, own_history
from trajectories.rules.forecast_fit import fit_model
from trajectories.rules.forecast_frames import forecast_context, forecast_history
from trajectories.rules.forecast_model import FORETOLD, ForecastModel, measures_of, shipped_model
from trajectories.rules.forecast_predict import EIGHTY, PredictedScores, predict
from trajectories.rules.headline import headline_results, history_of
from trajectories.rules.journey_probabilities import JourneyProbabilities, place_schools
from trajectories.rules.national_files import NationalFiles, join_national_files
from trajectories.rules.percentiles import NationalTables, table_for
from trajectories.rules.probability_scores import Bools, chances, logistic
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.shape import Floats

COLUMNS = ["phase", "measure", "warning", "method", "statistic", "bin", "value", "standard_error", "schools"]
FEWEST = 50  # Schools that must have a result in the tested year.
SURE = 0.8  # From this probability, a placement's confidence is called high.
THIRDS = ("smallest third", "middle third", "largest third")


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownAtCutOff:
    """What was known about one phase of education at the cut-off. It includes nothing later."""

    phase: str
    found: NationalFiles
    tables: NationalTables
    history: pd.DataFrame
    context: pd.DataFrame
    model: ForecastModel
    panel: ForecastArrays
    note: str
    known_to: int
    test: int


def train_to_cut_off(
    files: Mapping[str, ResultsFile],
    links: pd.DataFrame | None,
    *,
    phase: str,
    train_to: int,
    test: int,
    known_to: int | None = None,
) -> KnownAtCutOff | None:
    """Learn from the files up to a school year, or return None if they have no results of the phase.

    The percentile tables, the covariances, the widths and the baselines all come from these files. If there are too few
    to estimate the covariances, those that ship with Sightline are used, and ``note`` says so. ``known_to`` hides each
    school's own figures after an earlier year from its forecast, so that forecasts of more than one year ahead can be
    tested cleanly.
    """
    known = {name: file for name, file in files.items() if file.summary.year <= train_to}
    found = join_national_files(known, links=links, year=test)
    tables = up_to(found.tables, train_to)
    history, context = forecast_history(found, phase, tables), forecast_context(found)
    if history.empty:
        return None
    fitted = fit_model(history, context, phase=phase, tables=tables)
    model = fitted or shipped_model(phase)
    panel = arrays_of(
        history, context, phase=phase, measures=measures_of(phase), context_scales=model.context, tables=tables
    )
    years = ", ".join(map(str, model.years))
    note = f"{phase}: covariances estimated on {years}"
    if fitted is None:
        note += ", as shipped with Sightline: these files are too few to estimate them, so this is not a clean test"
    return KnownAtCutOff(
        phase=phase,
        found=found,
        tables=tables,
        history=history,
        context=context,
        model=model,
        panel=panel,
        note=note,
        known_to=known_to or train_to,
        test=test,
    )


def up_to(tables: NationalTables, year: int) -> NationalTables:
    """Return national tables without anything later than a school year."""
    return NationalTables(
        percentiles=tables.percentiles[tables.percentiles["year"] <= year].reset_index(drop=True),
        averages=tables.averages[tables.averages["year"] <= year].reset_index(drop=True),
    )


def truth_of(files: Mapping[str, ResultsFile], links: pd.DataFrame | None, test: int) -> NationalFiles:
    """Return what the files say up to the tested year, compared with their own tables."""
    return join_national_files(
        {name: file for name, file in files.items() if file.summary.year <= test}, links=links, year=test
    )


def backtest(trained: KnownAtCutOff, truth: NationalFiles) -> pd.DataFrame:
    """Compare every warning of a phase with what happened, in the columns of ``COLUMNS``.

    A warning is a probability made from the training years. Its two rivals are univariate logistic regressions: one on
    the normal score of the last known percentile, and one on that of the mean of all years' percentiles. Each is fitted
    on the training years alone: on what it would have said about the last training year, as far ahead as the test where
    the years allow.

    Source: trajectories/README.md, rule W9.
    """
    after = forecast_history(truth, trained.phase)
    parts = []
    for measure in FORETOLD[trained.phase]:
        actual = _column(after, measure, trained.test, trained.panel.schools)
        if (~np.isnan(actual)).sum() >= FEWEST:
            parts.append(_measure(trained, measure, actual, after))
    parts.append(_stability(trained, truth))
    return pd.concat(parts, ignore_index=True).reindex(columns=COLUMNS).assign(phase=trained.phase)


def _column(history: pd.DataFrame, measure: str, year: int, schools: np.ndarray) -> Floats:
    rows = history[(history["measure"] == measure) & (history["year"] == year)]
    return rows.set_index("urn")["percentile"].reindex(schools).to_numpy(float)


def _measure(trained: KnownAtCutOff, measure: str, actual: Floats, after: pd.DataFrame) -> pd.DataFrame:
    predicted = predict(trained.model, trained.panel.up_to(trained.known_to), measure, trained.test)
    told = ~np.isnan(actual) & ~np.isnan(predicted.mean)
    rows = _coverage(trained, predicted, normal_scores(actual), told)
    for warning, (probability, happened, before) in _warnings(trained, predicted, actual, after).items():
        rows += _against_baselines(trained, measure, warning, probability, happened, before)
    return pd.DataFrame(rows).assign(measure=measure)


def _coverage(
    trained: KnownAtCutOff, predicted: PredictedScores, actual: Floats, told: Bools
) -> list[dict[str, object]]:
    within = np.abs(actual - predicted.mean) <= EIGHTY * predicted.spread
    rows = [share_of("80% interval", "all", within[told])]
    pupils = trained.panel.cohort
    sized = told & ~np.isnan(pupils)
    if sized.any():
        edges = np.quantile(pupils[sized], [1 / 3, 2 / 3])
        third = np.searchsorted(edges, pupils)
        thirds = {name: within[sized & (third == at)] for at, name in enumerate(THIRDS)}
        rows += [share_of("80% interval", name, schools) for name, schools in thirds.items() if len(schools)]
    return rows


@dataclass(frozen=True, kw_only=True, eq=False)
class _Earlier:
    """The same event in the last training year, on which the baselines are fitted."""

    year: int
    happened: Floats  # 1, 0 or NaN (not known).


def _warnings(
    trained: KnownAtCutOff, predicted: PredictedScores, actual: Floats, after: pd.DataFrame
) -> dict[str, tuple[Floats, Floats, _Earlier]]:
    """Return, by warning: its probability, whether it happened (1, 0, NaN), and the same in the last training year."""
    reference = standard_reference()
    table = table_for(predicted.measure, trained.phase, trained.test, tables=trained.tables)
    lines = {name.removeprefix("p_"): code for code, name in CHANCES.items()}
    at = line_percentiles(reference, table) if table else {}
    events = {name: at[code] for name, code in lines.items() if code in at} | {"bottom_fifth": FIFTH}
    own = trained.panel.known(predicted.measure)
    held = np.flatnonzero((~np.isnan(own)).any(axis=0))
    last = int(trained.panel.years[held[-1]]) if len(held) else trained.known_to
    before = percentiles_of_scores(own[:, held[-1]]) if len(held) else np.full(len(actual), np.nan)
    answer = {
        name: (below_chance(predicted, line), _below(actual, line), _Earlier(year=last, happened=_below(before, line)))
        for name, line in events.items()
    }
    answer["decline"] = _decline(trained, predicted, actual, after, last)
    return answer


def _below(values: Floats, line: float) -> Floats:
    return np.where(np.isnan(values), np.nan, (values < line).astype(float))


def _decline(
    trained: KnownAtCutOff, predicted: PredictedScores, actual: Floats, after: pd.DataFrame, last: int
) -> tuple[Floats, Floats, _Earlier]:
    schools = trained.panel.schools
    own = own_history(trained.history, predicted.measure, trained.phase)
    known = own[own["year"] <= trained.known_to]
    probability = decline_chances(
        known, predicted.mean, predicted.spread, schools=schools, phase=trained.phase, year=trained.test
    )
    came = after[(after["year"] == trained.test) & after["urn"].isin(schools)]
    ahead = own_history(came, predicted.measure, trained.phase)
    then = place_schools(pd.concat([own, ahead], ignore_index=True), phase=trained.phase, cut_off=trained.test)
    now = place_schools(own[own["year"] <= last], phase=trained.phase, cut_off=last)
    happened = np.where(np.isnan(actual), np.nan, _declined(then, schools))
    return probability, happened, _Earlier(year=last, happened=_declined(now, schools))


def _declined(decision: JourneyProbabilities, schools: np.ndarray) -> Floats:
    letters = pd.Series(decision.letters, index=pd.Index(decision.schools)).reindex(schools)
    known = letters.notna() & (letters != "")
    return np.where(known, letters.isin(DECLINING).astype(float), np.nan)


def _against_baselines(
    trained: KnownAtCutOff, measure: str, warning: str, probability: Floats, happened: Floats, before: _Earlier
) -> list[dict[str, object]]:
    inputs = _baseline_inputs(trained, measure, before.year)
    told = ~np.isnan(probability) & ~np.isnan(happened)
    rivals = {}
    for name, (earlier, now) in inputs.items():
        fitted = ~np.isnan(earlier) & ~np.isnan(before.happened)
        if fitted.sum() < FEWEST or len(np.unique(before.happened[fitted])) < 2:
            continue
        rivals[name] = chances(logistic(earlier[fitted, None], before.happened[fitted] == 1), now[:, None])
        told &= ~np.isnan(rivals[name])
    event = happened[told] == 1
    if told.sum() < FEWEST or event.all() or not event.any():
        return []
    forecasts = {FORECAST: probability[told]} | {name: rival[told] for name, rival in rivals.items()}
    return [{"warning": warning, **row} for row in rows_of(forecasts, event)]


def _baseline_inputs(trained: KnownAtCutOff, measure: str, last: int) -> dict[str, tuple[Floats, Floats]]:
    """Return each baseline's input for the last training year and for the tested year."""
    ahead = trained.test - trained.known_to
    years, own = trained.panel.years, percentiles_of_scores(trained.panel.known(measure))
    held = sorted(int(year) for year in years[(~np.isnan(own)).any(axis=0)] if year < last)
    if not held:
        return {}
    cut = max([year for year in held if year <= last - ahead] or held[:1])
    earlier, now = own[:, years <= cut], own[:, years <= trained.known_to]
    return {
        BASELINES[0]: (last_score(earlier), last_score(now)),
        BASELINES[1]: (mean_score(earlier), mean_score(now)),
    }


def _stability(trained: KnownAtCutOff, truth: NationalFiles) -> pd.DataFrame:
    """Return how often a placement changes when one more year arrives, and how often if its confidence was high."""
    before, after = (_placed(files, trained.phase) for files in (trained.found, truth))
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    both = both[(both["letter_before"] != "") & (both["letter_after"] != "")]
    if both.empty:
        return pd.DataFrame()
    changed = (both["letter_before"] != both["letter_after"]).to_numpy()
    sure = both["confidence_before"].to_numpy() >= SURE
    names: Sequence[tuple[str, Bools]] = (
        ("every placement", changed),
        ("placements of high confidence", changed[sure]),
        ("not even the runner-up", changed & (both["runner_up_before"] != both["letter_after"]).to_numpy()),
    )
    rows = [share_of("placement changes", name, values) for name, values in names if len(values)]
    return pd.DataFrame(rows).assign(measure="headline")


def _placed(found: NationalFiles, phase: str) -> pd.DataFrame:
    rows = found.results[(found.results["phase_of_education"] == phase) & found.results["comparable"]]
    known = history_of(headline_results(rows.assign(phase=phase), tables=found.tables))
    return place_schools(known, phase=phase).frame().set_index("school")[["letter", "confidence", "runner_up"]]
