"""The backtest and the forecasts of whole files: the commands, that no later data leaks in, and the README's claims."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.trajectories import example_files
from trajectories.rules import DATA
from trajectories.rules.backtest import COLUMNS as BACKTESTED
from trajectories.rules.forecast_frames import COLUMNS

README = Path(__file__).resolve().parents[2] / "trajectories" / "README.md"
YEARS = (2016, 2017, 2018, 2019)
SCHOOLS = 130
PUBLISHED = ("ks4/*/england*.csv", "ks2/*/england*.csv")
ABOUT = ("absence/*/*.csv", "census/*/*.csv")


def run(command, **options):
    output = io.StringIO()
    arguments = []
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        arguments += [f"--{name.replace('_', '-')}", *map(str, values)]
    call_command(command, *arguments, stdout=output)
    return output.getvalue()


def country(folder, *, last=None, years=YEARS):
    """Write four years of 130 schools, each with its own level and some noise. ``last`` replaces 2019."""
    random = np.random.default_rng(11)
    level = random.normal(scale=0.4, size=SCHOOLS)
    files = []
    for year in years:
        noise = random.normal(scale=0.15, size=SCHOOLS)
        values = last if year == 2019 and last is not None else level + noise
        rows = {
            990001 + n: {"P8MEA": round(float(progress), 2), "ATT8SCR": round(46 + 8 * float(progress), 1)}
            for n, progress in enumerate(values)
        }
        files.append(example_files.ks4(folder, year, rows))
    return files


def forecast(out, files, **options):
    output = run("forecast_schools", results=files, out=out, **options)
    return pd.read_csv(out, keep_default_na=False, na_values=[""]), output


def test_every_school_and_headline_measure_has_a_row(tmp_path):
    told, output = forecast(tmp_path / "out.csv", country(tmp_path), year=2023)

    assert list(told.columns) == COLUMNS
    assert len(told) == 2 * SCHOOLS
    assert set(told["measure"]) == {"P8MEA", "ATT8SCR"}
    assert (told["low80"] < told["expected"]).all()
    assert told["p_bottom_fifth"].between(0, 1).all()
    assert "260 with a forecast, 0 without" in output


def test_a_year_without_results_has_rows_with_the_reason(tmp_path):
    told, output = forecast(tmp_path / "out.csv", country(tmp_path), year=2025)

    progress = told[told["measure"] == "P8MEA"]
    assert progress["expected"].isna().all()
    assert set(progress["reason"]) == {"Progress 8 is not published for 2024–25."}
    assert told.loc[told["measure"] == "ATT8SCR", "expected"].notna().all()
    assert "130: Progress 8 is not published for 2024–25." in output


def test_schools_have_the_urn_of_the_year_of_the_forecast(tmp_path):
    files = country(tmp_path)
    links = example_files.links(tmp_path, [(990901, 990001, "01-09-2021")])

    before, after = (
        set(forecast(tmp_path / f"{year}.csv", files, year=year, links=links)[0]["urn"]) for year in (2020, 2022)
    )

    assert 990001 in before
    assert 990901 not in before
    assert 990901 in after
    assert 990001 not in after


def test_a_school_that_is_not_compared_has_a_row_with_the_reason(tmp_path):
    files = country(tmp_path)
    special = example_files.ks4(
        tmp_path / "more", 2018, {990555: {"P8MEA": -1.2, "RECTYPE": "2", "NFTYPE": "CYS"}}, release="provisional"
    )

    told, _ = forecast(tmp_path / "out.csv", [*files, special], year=2022)

    (row,) = told[told["urn"] == 990555].to_dict("records")
    assert row["reason"] == "Special schools are not compared with mainstream schools."
    assert np.isnan(row["expected"])


def test_context_files_change_the_forecast(tmp_path):
    files = country(tmp_path)
    absence = example_files.absence(tmp_path / "absence", 2019, {990001: 11.0, 990002: 2.0})

    without, _ = forecast(tmp_path / "a.csv", files, year=2022)
    told, _ = forecast(tmp_path / "b.csv", files, year=2022, context=absence)

    moved = told.set_index(["urn", "measure"])["percentile"] - without.set_index(["urn", "measure"])["percentile"]
    assert moved[990001, "P8MEA"] < -1
    assert moved[990002, "P8MEA"] > 1
    assert moved[990003, "P8MEA"] == 0


def test_forecasting_a_year_before_all_results_is_refused(tmp_path):
    with pytest.raises(CommandError, match="These files have no results from before 2016"):
        forecast(tmp_path / "out.csv", country(tmp_path), year=2016)


def test_the_backtest_prints_and_writes_how_reliable_warnings_were(tmp_path):
    output = run("backtest", results=country(tmp_path), train_to=2018, test=2019, out=tmp_path / "out.csv")

    found = pd.read_csv(tmp_path / "out.csv")
    assert list(found.columns) == BACKTESTED
    for warning in ("below_floor", "below_coasting", "below_average", "bottom_fifth"):
        rows = found[(found["measure"] == "P8MEA") & (found["warning"] == warning)]
        assert set(rows["method"]) >= {"forecast", "last percentile", "mean percentile"}
    assert re.search(r"80% interval, all: \d\d\.\d%", output)
    assert "too few to estimate them, so this is not a clean test" in output
    assert "placement changes, every placement" in output


def test_the_forecast_uses_nothing_from_the_tested_year(tmp_path):
    one = country(tmp_path / "one")
    other = country(tmp_path / "other", last=np.random.default_rng(1).normal(size=SCHOOLS))
    forecasts = []
    for name, files in (("one", one), ("other", other)):
        run("backtest", results=files, train_to=2018, test=2019, out=tmp_path / f"{name}.csv")
        found = pd.read_csv(tmp_path / f"{name}.csv")
        rows = found[(found["warning"] == "bottom_fifth") & (found["statistic"] == "said")]
        forecasts.append(rows[["measure", "bin", "value"]].reset_index(drop=True))

    pd.testing.assert_frame_equal(*forecasts)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"train_to": 2019, "test": 2019}, "--test 2019 must come after --train-to 2019"),
        ({"train_to": 2018, "test": 2022}, "Results of 2022 and of 2018 or earlier are needed. These files have 2016"),
        ({"train_to": 2018, "test": 2019, "known_to": 2019}, "--known-to 2019 must not come after"),
    ],
)
def test_years_that_cannot_be_tested_are_refused(tmp_path, options, says):
    with pytest.raises(CommandError, match=says):
        run("backtest", results=country(tmp_path), **options)


def test_an_unknown_judgement_is_refused_by_its_row(tmp_path):
    path = example_files.write(
        tmp_path / "ofsted.csv", [{"URN": 990001, "Rating": "Fine", "Inspection Date": "20181001"}]
    )

    with pytest.raises(CommandError, match=r"ofsted.csv, row 2: Rating is 'Fine'"):
        run("backtest", results=country(tmp_path), train_to=2018, test=2019, ofsted=path)


def test_the_readmes_figures_are_those_of_the_backtest():
    text, kept = README.read_text(encoding="utf-8"), pd.read_csv(DATA / "backtest.csv")
    methods = ["forecast", "last percentile", "mean percentile"]
    claims = 0
    for (_, measure, warning), rows in kept.groupby(["phase", "measure", "warning"]):
        if measure not in ("P8MEA", "ATT8SCR", "KS2PROGRESS", "Ofsted") or rows["bin"].notna().all():
            continue
        at = rows[rows["bin"].isna()].set_index(["method", "statistic"])["value"]
        areas = " | ".join(f"{at[method, 'AUC']:.3f}" for method in methods)
        misses = " | ".join(f"{at[method, 'Brier']:.4f}" for method in methods)
        assert f"| {100 * at['all', 'happened to']:.1f}% | {areas} | {misses} |" in text, (measure, warning)
        claims += 1
    assert claims == 17


def test_every_warning_beat_both_baselines_and_intervals_contained_enough_results():
    kept = pd.read_csv(DATA / "backtest.csv")
    against = kept[kept["method"].str.startswith("forecast less")]

    assert (against.loc[against["statistic"] == "AUC", "value"] > 0).all()
    assert (against.loc[against["statistic"] == "Brier", "value"] < 0).all()
    whole = kept[(kept["warning"] == "80% interval") & (kept["bin"] == "all")]
    assert len(whole) == 6
    assert whole["value"].between(0.77, 0.83).all()


@pytest.mark.real_data
def test_the_stored_backtest_is_what_the_command_calculates(shared_data, tmp_path):
    files = sorted((shared_data / "dfe").glob(PUBLISHED[0]))
    context = [path for name in ABOUT for path in sorted((shared_data / "dfe").glob(name))]
    links = next((shared_data / "dfe" / "gias").glob("*/links_edubasealldata.csv"))

    run(
        "backtest",
        results=files,
        context=context,
        links=links,
        train_to=2018,
        test=2019,
        phase="secondary",
        out=tmp_path / "out.csv",
    )

    key = ["phase", "measure", "warning", "method", "statistic", "bin"]
    fresh, kept = (pd.read_csv(path).set_index(key)["value"] for path in (tmp_path / "out.csv", DATA / "backtest.csv"))
    fresh = fresh[fresh.index.get_level_values("measure") != "headline"]
    common = kept[kept.index.isin(fresh.index)]
    assert len(common) == len(fresh)
    assert np.abs(fresh - common.reindex(fresh.index)).max() < 0.002


@pytest.mark.real_data
def test_the_shipped_model_is_what_the_command_calculates(shared_data):
    files, context = (
        [path for name in names for path in sorted((shared_data / "dfe").glob(name))] for names in (PUBLISHED, ABOUT)
    )
    links = next((shared_data / "dfe" / "gias").glob("*/links_edubasealldata.csv"))

    output = run("compute_forecast_model", results=files, context=context, links=links)

    assert output.count("the same as Sightline's model") == 2
