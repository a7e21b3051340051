"""Ofsted's next overall judgement, foretold at a cut-off from results, context and earlier judgements."""

from pathlib import Path

import numpy as np
import pandas as pd

from kpis.dfe import FileRefused
from trajectories.rules.backtest import BASELINES, FEWEST, OURS, Trained
from trajectories.rules.forecast_model import FORETOLD
from trajectories.rules.forecast_panel import percentile, score
from trajectories.rules.forecast_predict import predict
from trajectories.rules.scores import auc, brier, calibration, chances, compare, logistic
from trajectories.rules.shape import Floats

COLUMNS = ("URN", "Rating", "Inspection Date")
GRADES = {"Outstanding": 1, "Good": 2, "Requires Improvement": 3, "Satisfactory": 3, "Inadequate": 4}
LESS_THAN_GOOD = 3
NO_JUDGEMENT = 2.0  # The usual grade, where a school has none yet.
LONGEST = 10.0  # Years since a judgement; older ones say no more.
BEGINS = (9, 1)  # Month and day: results of the summer before are known.


def read_judgements(path: Path) -> pd.DataFrame:
    """Read Ofsted's overall judgements: ``urn, grade`` (1 outstanding to 4 inadequate) and ``on``, a date.

    Raises:
        FileRefused: a column is missing, or a cell is no grade or date; the message names the row.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if missing := [name for name in COLUMNS if name not in frame]:
        raise FileRefused(f"{path.name} lacks the columns {', '.join(missing)}.")
    # A row that repeats the heading is what joining files leaves behind.
    frame = frame[frame["Rating"] != "Rating"]
    grades = frame["Rating"].map(GRADES)
    dates = pd.to_datetime(frame["Inspection Date"], format="%Y%m%d", errors="coerce")
    urns = pd.to_numeric(frame["URN"], errors="coerce")
    for name, values in (("Rating", grades), ("Inspection Date", dates), ("URN", urns)):
        if values.isna().any():
            at = int(values.isna().to_numpy().argmax())
            raise FileRefused(f"{path.name}, row {frame.index[at] + 2}: {name} is {frame[name].iloc[at]!r}.")
    return pd.DataFrame({"urn": urns.astype(int), "grade": grades.astype(int), "on": dates})


def next_judgement(trained: Trained, judgements: pd.DataFrame) -> pd.DataFrame:
    """Hold the chance of a next judgement below good against the judgements that came, as ``backtest`` does.

    The next judgement is the first from 1 September after the last training results. The chance is a logistic
    regression on the results foretold for the next year, the last judgement and how long ago it was. It and its two
    rivals, on the last percentile and the mean of all years, are fitted on the cut-offs one and two years earlier,
    on judgements made in the year after each.

    Source: trajectories/README.md, rule W10.
    """
    urns = trained.found.known_as.set_index("via_urn")["urn"]
    known = judgements.assign(urn=judgements["urn"].map(urns).fillna(judgements["urn"]).astype(int))
    first = int(trained.panel.years[0])
    fitted = [
        _cut(trained, known, year, until=_begins(year + 1))
        for year in (trained.train_to - 1, trained.train_to - 2)
        if year >= first
    ]
    tested = _cut(trained, known, trained.train_to, until=None)
    rows: list[dict[str, object]] = []
    if not fitted or sum(len(each) for each in fitted) < FEWEST or len(tested) < FEWEST:
        return pd.DataFrame(rows)
    before = pd.concat(fitted, ignore_index=True)
    names = [name for name in before if name not in ("happened", *BASELINES)]
    chance = {
        name: chances(
            logistic(before[columns].to_numpy(float), before["happened"].to_numpy(bool)),
            tested[columns].to_numpy(float),
        )
        for name, columns in {OURS: names, BASELINES[0]: [BASELINES[0]], BASELINES[1]: [BASELINES[1]]}.items()
    }
    event = tested["happened"].to_numpy(bool)
    rows.append({"method": "all", "statistic": "happened to", "value": float(event.mean())})
    for name, each in chance.items():
        rows.append({"method": name, "statistic": "Brier", "value": brier(each, event)})
        rows.append({"method": name, "statistic": "AUC", "value": auc(each, event)})
    for name in BASELINES:
        found = compare(chance[OURS], chance[name], event)
        against = {"method": f"{OURS} less {name}"}
        rows.append(against | {"statistic": "Brier", "value": found.brier, "standard_error": found.brier_se})
        rows.append(against | {"statistic": "AUC", "value": found.auc, "standard_error": found.auc_se})
    answer = pd.DataFrame(rows).assign(schools=len(tested))
    for place, (said, was, count) in enumerate(calibration(chance[OURS], event), start=1):
        tenth = {"method": OURS, "bin": place, "schools": count}
        more = pd.DataFrame([tenth | {"statistic": "said", "value": said}, tenth | {"statistic": "was", "value": was}])
        answer = pd.concat([answer, more], ignore_index=True)
    return answer.assign(phase=trained.phase, measure="Ofsted", warning="next judgement below good")


def _begins(year: int) -> pd.Timestamp:
    return pd.Timestamp(year, *BEGINS)


def _cut(trained: Trained, judgements: pd.DataFrame, year: int, *, until: pd.Timestamp | None) -> pd.DataFrame:
    """Return what was known of each school after the results of a year, and its next judgement."""
    schools = trained.panel.schools
    since = judgements["on"] >= _begins(year)
    later = judgements[since & ((judgements["on"] < until) if until is not None else True)]
    coming = later.sort_values("on").drop_duplicates("urn").set_index("urn")["grade"].reindex(schools)
    past = judgements[~since].sort_values("on").drop_duplicates("urn", keep="last").set_index("urn").reindex(schools)
    panel = trained.panel.up_to(year)
    inputs: dict[str, Floats] = {}
    for measure in FORETOLD[trained.phase]:
        inputs[f"expected {measure}"] = np.nan_to_num(predict(trained.model, panel, measure, year + 1).mean)
    grade = past["grade"].to_numpy(float)
    age = (_begins(year) - past["on"]).dt.days.to_numpy(float) / 365.25
    inputs["last grade"] = np.where(np.isnan(grade), NO_JUDGEMENT, grade)
    inputs["was outstanding"] = (grade == 1).astype(float)
    inputs["was less than good"] = (grade >= LESS_THAN_GOOD).astype(float)
    inputs["no judgement"] = np.isnan(grade).astype(float)
    inputs["years since"] = np.minimum(np.nan_to_num(age), LONGEST)
    own = percentile(panel.known(FORETOLD[trained.phase][0]))
    counts = (~np.isnan(own)).sum(axis=1)
    last = np.full(len(schools), np.nan)
    for column in own.T:
        last = np.where(np.isnan(column), last, column)
    inputs[BASELINES[0]] = score(last)
    inputs[BASELINES[1]] = score(np.where(counts > 0, np.nansum(own, axis=1) / np.maximum(counts, 1), np.nan))
    frame = pd.DataFrame(inputs).assign(happened=coming.to_numpy(float) >= LESS_THAN_GOOD)
    return frame[coming.notna().to_numpy() & frame[BASELINES[0]].notna()]
