"""Ofsted's next overall judgement, forecast at a cut-off from results, context and earlier judgements."""

from pathlib import Path

import numpy as np
import pandas as pd

from tables.faults import FileRefused
from trajectories.rules.backtest import FEWEST, KnownAtCutOff
from trajectories.rules.backtest_rows import BASELINES, FORECAST, last_score, mean_score, rows_of
from trajectories.rules.forecast_arrays import percentiles_of_scores
from trajectories.rules.forecast_model import FORETOLD
from trajectories.rules.forecast_predict import predict
from trajectories.rules.probability_scores import chances, logistic

COLUMNS = ("URN", "Rating", "Inspection Date")
GRADES = {"Outstanding": 1, "Good": 2, "Requires Improvement": 3, "Satisfactory": 3, "Inadequate": 4}
LESS_THAN_GOOD = 3
BEGINS = (9, 1)  # Month and day by which the results of the summer before are known.


def read_judgements(path: Path) -> pd.DataFrame:
    """Read Ofsted's overall judgements: ``urn, grade`` (1 outstanding to 4 inadequate) and ``on``, a date.

    Raises:
        FileRefused: a column is missing, or a cell is not a grade or a date. The message names the row.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise FileRefused(f"{path.name} does not have the columns {', '.join(missing)}.")
    # Joining files can leave a row that repeats the column headings.
    frame = frame[frame["Rating"] != "Rating"]
    grades = frame["Rating"].map(GRADES)
    dates = pd.to_datetime(frame["Inspection Date"], format="%Y%m%d", errors="coerce")
    urns = pd.to_numeric(frame["URN"], errors="coerce")
    for name, values in (("Rating", grades), ("Inspection Date", dates), ("URN", urns)):
        if values.isna().any():
            at = int(values.isna().to_numpy().argmax())
            raise FileRefused(f"{path.name}, row {frame.index[at] + 2}: {name} is {frame[name].iloc[at]!r}.")
    return pd.DataFrame({"urn": urns.astype(int), "grade": grades.astype(int), "on": dates})


def next_judgement(trained: KnownAtCutOff, judgements: pd.DataFrame) -> pd.DataFrame:
    """Compare the chance of a next judgement below good with the judgements that came, as ``backtest`` does.

    The next judgement is the first from 1 September after the last training results. The chance is a logistic
    regression on the results forecast for the next year and the last percentile. It has two rivals, one on the last
    percentile and one on the mean of all years. All three are fitted on the cut-offs one and two years earlier, using
    the judgements made in the year after each.

    Source: trajectories/README.md, rule W10.
    """
    urns = trained.found.known_as.set_index("via_urn")["urn"]
    known = judgements.assign(urn=judgements["urn"].map(urns).fillna(judgements["urn"]).astype(int))
    first = int(trained.panel.years[0])
    fitted = [
        _cut(trained, known, year, until=_begins(year + 1))
        for year in (trained.known_to - 1, trained.known_to - 2)
        if year >= first
    ]
    tested = _cut(trained, known, trained.known_to, until=None)
    if not fitted or sum(len(cut) for cut in fitted) < FEWEST or len(tested) < FEWEST:
        return pd.DataFrame()
    before = pd.concat(fitted, ignore_index=True)
    inputs = {FORECAST: [name for name in before if name not in ("happened", BASELINES[1])]}
    chance_of = {
        name: chances(
            logistic(before[columns].to_numpy(float), before["happened"].to_numpy(bool)),
            tested[columns].to_numpy(float),
        )
        for name, columns in (inputs | {name: [name] for name in BASELINES}).items()
    }
    rows = rows_of(chance_of, tested["happened"].to_numpy(bool))
    return pd.DataFrame(rows).assign(phase=trained.phase, measure="Ofsted", warning="next judgement below good")


def _begins(year: int) -> pd.Timestamp:
    return pd.Timestamp(year, *BEGINS)


def _cut(trained: KnownAtCutOff, judgements: pd.DataFrame, year: int, *, until: pd.Timestamp | None) -> pd.DataFrame:
    """Return what was known about each school after the results of a year, and its next judgement."""
    since = judgements["on"] >= _begins(year)
    later = judgements[since & ((judgements["on"] < until) if until is not None else True)]
    coming = later.sort_values("on", kind="stable").drop_duplicates("urn").set_index("urn")["grade"]
    grade = coming.reindex(trained.panel.schools).to_numpy(float)
    panel = trained.panel.up_to(year)
    inputs = {
        f"expected {measure}": np.nan_to_num(predict(trained.model, panel, measure, year + 1).mean)
        for measure in FORETOLD[trained.phase]
    }
    own = percentiles_of_scores(panel.known(FORETOLD[trained.phase][0]))
    inputs |= {BASELINES[0]: last_score(own), BASELINES[1]: mean_score(own)}
    told = ~np.isnan(grade) & ~np.isnan(inputs[BASELINES[0]])
    known = {name: values[told] for name, values in inputs.items()}
    return pd.DataFrame(known).assign(happened=grade[told] >= LESS_THAN_GOOD)
