"""The data files agree with the real published files: recalculated here if those files are available."""

import numpy as np
import pandas as pd
import pytest

from tests.trajectories.published_rows import DFE, cohorts, mainstream_urns, needs_published_files, read_results
from trajectories.rules.headline import headline_results
from trajectories.rules.journey_probabilities import place_schools
from trajectories.rules.journey_rules import standard_rules
from trajectories.rules.percentiles import COLUMNS, KEYS, load_tables, tables_from
from trajectories.rules.reference_lines import standard_reference
from trajectories.rules.standing import standings, trajectory_frame

pytestmark = needs_published_files
SERIES = {"secondary": ["P8MEA"], "primary": ["READPROG", "WRITPROG", "MATPROG"]}


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return read_results(extra=True)


@pytest.fixture(scope="module")
def mainstream() -> dict[str, set[int]]:
    return mainstream_urns()


@pytest.fixture(scope="module")
def histories(results, mainstream) -> dict[str, pd.DataFrame]:
    found = {}
    for phase, measures in SERIES.items():
        ours = results["urn"].isin(mainstream[phase]) & results["measure"].isin(measures)
        final = results[ours & results["release"].eq("final")]
        found[phase] = trajectory_frame(standings(final.assign(phase_of_education=phase)))
    return found


def test_the_percentile_tables_are_those_of_the_published_files(results, mainstream):
    fresh = tables_from(results, mainstream).set_index(KEYS).sort_index()
    kept = load_tables().percentiles.set_index(KEYS).sort_index()

    assert list(fresh.index) == list(kept.index)
    assert fresh["schools"].tolist() == kept["schools"].tolist()
    np.testing.assert_allclose(fresh[["mean", "sd", *COLUMNS]].astype(float), kept[["mean", "sd", *COLUMNS]], atol=6e-4)


@pytest.mark.parametrize("phase", ["secondary", "primary"])
def test_the_thresholds_are_the_quantiles_they_say(histories, phase):
    frame = histories[phase].assign(standard_error=np.nan)
    shapes = place_schools(frame, phase=phase).shapes
    slopes = np.abs(shapes.slope[shapes.years == 4])

    for threshold in standard_rules().thresholds:
        if threshold.quantile is not None:
            found = np.quantile(slopes, threshold.quantile)
            assert found == pytest.approx(threshold.value[phase], abs=0.06), threshold.code


@pytest.mark.parametrize("phase", ["secondary", "primary"])
def test_the_usual_standard_error_is_the_scatter_of_the_median_school(histories, phase):
    wide = histories[phase].pivot(index="school", columns="year", values="percentile").dropna().to_numpy()
    time = np.arange(4) - 1.5
    slope = wide @ time / (time @ time)
    rest = wide - wide.mean(axis=1, keepdims=True) - slope[:, None] * time
    scatter = np.sqrt(
        np.median((rest**2).sum(axis=1)) / (2 * np.log(2))
    )  # The median of chi-squared with two degrees of freedom.

    assert scatter == pytest.approx(standard_rules().standard_error[phase], abs=0.1)


@pytest.mark.parametrize(
    ("measure", "phase", "measures"),
    [
        ("P8MEA", "secondary", ["P8MEA"]),
        ("ATT8SCR", "secondary", ["ATT8SCR"]),
        ("PTRWM_EXP", "primary", ["PTRWM_EXP"]),
        ("KS2PROGRESS", "primary", SERIES["primary"]),
    ],
)
def test_the_scatter_by_cohort_is_that_of_the_published_files(results, mainstream, measure, phase, measures):
    ours = results["urn"].isin(mainstream[phase]) & results["measure"].isin(measures) & results["release"].eq("final")
    found = headline_results(results[ours].assign(phase=phase))
    wide = found.pivot(index="urn", columns="year", values="percentile").dropna()
    pupils = cohorts(phase).reindex(wide.index).to_numpy(float)
    percentiles, pupils = wide.to_numpy()[pupils > 0], pupils[pupils > 0]
    years = percentiles.shape[1]
    time = np.arange(years) - (years - 1) / 2
    rest = percentiles - percentiles.mean(axis=1, keepdims=True)
    rest = rest - (rest @ time / (time @ time))[:, None] * time
    square = (rest**2).sum(axis=1) / {1: 0.4549, 2: 1.3863}[years - 2]  # The medians of chi-squared.
    tenth = np.clip(np.searchsorted(np.quantile(pupils, np.linspace(0, 1, 11)), pupils, side="right") - 1, 0, 9)
    squares = [np.median(square[tenth == place]) for place in range(10)]
    slope, rest_of_it = np.polyfit([np.median(1 / pupils[tenth == place]) for place in range(10)], squares, 1)

    kept = standard_rules().scatter[measure]
    assert np.sqrt(np.median(square)) == pytest.approx(kept["usual"], abs=0.1)
    assert np.sqrt(slope) == pytest.approx(kept["pupils"], abs=0.5)
    assert np.sqrt(rest_of_it) == pytest.approx(kept["alike"], abs=0.2)


def test_the_wobble_is_what_the_confidence_intervals_leave(results, mainstream):
    secondary = results[results["urn"].isin(mainstream["secondary"])].assign(phase_of_education="secondary")
    errors = [standing.standard_error for standing in standings(secondary) if standing.standard_error is not None]
    rules = standard_rules()
    left = np.sqrt(rules.standard_error["secondary"] ** 2 - np.median(errors) ** 2)

    assert left == pytest.approx(rules.wobble["secondary"], abs=0.1)


@pytest.mark.parametrize("phase", ["secondary", "primary"])
@pytest.mark.parametrize("code", ["floor", "coasting"])
def test_the_official_lines_are_where_their_tests_put_them(results, mainstream, code, phase):
    known = results[results["status"].eq("value") & results["urn"].isin(mainstream[phase])]
    wide = known.pivot(index=["urn", "year", "release"], columns="measure", values="value").reset_index()
    line = next(line for line in standard_reference().lines if (line.code, line.phase) == (code, phase))

    for year, percentile in line.percentile_by_year.items():
        rows = wide[wide["year"].eq(int(year))]
        rows = rows[rows["release"].eq("provisional" if phase == "secondary" and year != "2016" else "final")]
        measures = [test[0] for test in (*line.all, *line.any) if rows[test[0]].notna().any()]
        rows = rows.dropna(subset=[name for name in measures if name != "P8CIUPP"])
        all_tests = [rows[name] < bound for name, _, bound in line.all if name in measures]
        some = [rows[name] < bound for name, _, bound in line.any]
        caught = np.logical_and.reduce([*all_tests, *([np.logical_or.reduce(some)] if some else [])])

        assert 100 * caught.mean() == pytest.approx(percentile, abs=0.06), year


def test_the_national_averages_are_those_of_the_england_rows():
    published = pd.read_csv(DFE / "meta" / "national_averages.csv", dtype=str, keep_default_na=False)
    state = published[published["scope"].isin(["England state-funded", "England PRI", "England SEC"])]
    state = state[state["status"].eq("final") & ~state["value"].eq("NA")]
    phases = state["scope"].map({"England PRI": "primary", "England SEC": "secondary"})
    phases = phases.fillna(state["key_stage"].map({"KS2": "primary", "KS4": "secondary"}))
    figures = pd.DataFrame(
        {
            "measure": state["measure"],
            "phase": phases,
            "year": 2000 + state["academic_year"].str[-2:].astype(int),
            "given": state["value"].str.rstrip("%"),
        }
    )

    both = load_tables().averages.merge(figures, on=["measure", "phase", "year"])

    assert len(both) > 40
    # The file has whole percentages for some years. Ours have one decimal, from the Department's other tables.
    decimals = both["given"].str.partition(".")[2].str.len()
    rounded = [round(value, places) for value, places in zip(both["value"], decimals, strict=True)]
    np.testing.assert_allclose(rounded, both["given"].astype(float))
    assert not load_tables().averages.duplicated(["measure", "phase", "year"]).any()
