import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajectories.rules.measures import measures
from trajectories.rules.percentiles import (
    KEYS,
    NationalTables,
    load_tables,
    percentile_in,
    percentile_of,
    percentiles_of,
    table_for,
    tables_from,
    value_at,
)

URNS = list(range(990001, 990202))
MAINSTREAM = {"primary": URNS, "secondary": URNS}


def results(measure: str, values: list[float], *, year: int = 2019, release: str = "final") -> pd.DataFrame:
    frame = pd.DataFrame({"urn": URNS[: len(values)], "value": values})
    return frame.assign(measure=measure, year=year, release=release, status="value")


def national(frame: pd.DataFrame, *averages: tuple[str, str, int, float]) -> NationalTables:
    columns = ["measure", "phase", "year", "value"]
    known = pd.DataFrame(averages, columns=columns).assign(source="a test")
    return NationalTables(percentiles=tables_from(frame, MAINSTREAM), averages=known)


def test_tables_have_the_percentiles_of_mainstream_schools_only():
    frame = results("ATT8SCR", [float(value) for value in range(201)])
    stranger = frame.head(1).assign(urn=100001, value=9000.0)

    table = tables_from(pd.concat([frame, stranger]), MAINSTREAM).iloc[0]

    assert (table["schools"], table["mean"], table["p1"], table["p50"], table["p99"]) == (
        201,
        100,
        2,
        100,
        198,
    )


def test_a_figure_that_is_not_a_value_is_left_out_and_is_not_zero():
    frame = results("ATT8SCR", [50.0] * 150)
    frame.loc[:39, ["value", "status"]] = [np.nan, "suppressed"]
    frame.loc[40, "status"] = "not_published"

    table = tables_from(frame, MAINSTREAM).iloc[0]

    assert (table["schools"], table["mean"], table["p1"]) == (109, 50, 50)


def test_too_few_schools_make_no_table():
    assert tables_from(results("ATT8SCR", [50.0] * 99), MAINSTREAM).empty


def test_two_results_of_one_school_are_refused_by_row():
    frame = results("ATT8SCR", [50.0] * 120)

    with pytest.raises(ValueError, match=r"two results for one school and measure: .*990001"):
        tables_from(pd.concat([frame, frame.head(1)]), MAINSTREAM)


def test_releases_of_one_year_are_kept_apart():
    frames = [results("ATT8SCR", [40.0] * 120, release="provisional"), results("ATT8SCR", [50.0] * 120)]

    tables = tables_from(pd.concat(frames), MAINSTREAM)

    assert dict(zip(tables["release"], tables["mean"], strict=True)) == {"final": 50, "provisional": 40}


def test_the_mean_progress_percentile_needs_all_three_subjects():
    draw = np.random.default_rng(1)
    frames = [results(code, draw.normal(0, 2, 201).tolist()) for code in measures()["KS2PROGRESS"].made_from]
    whole = tables_from(pd.concat(frames), MAINSTREAM)
    without = tables_from(pd.concat([*frames[:2], frames[2].tail(150)]), MAINSTREAM)

    assert whole.set_index("measure").loc["KS2PROGRESS", "schools"] == 201
    assert without.set_index("measure").loc["KS2PROGRESS", "schools"] == 150
    assert whole.set_index("measure").loc["KS2PROGRESS", "mean"] == pytest.approx(50, abs=0.5)


def test_tied_entries_share_the_middle_of_their_percentiles():
    table = table_for(
        "PTRWM_EXP", "primary", 2019, "final", national(results("PTRWM_EXP", [0.0] * 100 + [100.0] * 100))
    )

    assert percentile_in(table, [0.0, 50.0, 100.0]).round().tolist() == [25, 50, 75]


def test_lower_absence_is_a_higher_percentile():
    low, high = (percentile_of("PERCTOT", "secondary", 2019, "final", value) for value in (3.0, 9.0))

    assert low > 90
    assert high < 10


@pytest.mark.parametrize("value", [None, math.nan])
def test_a_missing_value_has_no_percentile(value):
    assert percentile_of("P8MEA", "secondary", 2019, "final", value) is None
    assert percentile_of("P8MEA", "secondary", 2019, "final", 0.0) is not None


@pytest.mark.parametrize(
    ("measure", "phase", "year"),
    [
        ("P8MEA", "secondary", 2020),
        ("P8MEA", "secondary", 2025),
        ("ATT8SCR", "secondary", 2021),
        ("READPROG", "primary", 2024),
        ("PTL2BASICS_LL_PTQ_EE", "secondary", 2019),
        ("P8MEA", "primary", 2019),
        ("P8MEA", "special", 2019),
        ("PTRWM_EXP_NOBODY", "primary", 2019),
    ],
)
def test_nothing_is_read_where_nothing_was_published(measure, phase, year):
    assert table_for(measure, phase, year) is None
    assert percentile_of(measure, phase, year, "final", 0.1) is None


def test_another_release_of_the_year_is_used_and_says_so():
    table = table_for("PTL2BASICS_94", "secondary", 2019, "final")

    assert (table.provenance, table.estimated) == ("other release", False)
    assert "provisional" in table.note


def test_a_year_without_files_is_estimated_from_the_last_spread_and_the_national_average():
    frame = results("ATT8SCR", [float(value) / 10 + 40 for value in range(201)])
    tables = national(frame, ("ATT8SCR", "secondary", 2019, 50.0), ("ATT8SCR", "secondary", 2024, 47.0))

    table = table_for("ATT8SCR", "secondary", 2024, "final", tables)

    assert table.estimated
    assert table.values[49] == pytest.approx(50.0 - 3.0)
    assert table.average == 47.0
    assert "2018–19" in table.note


def test_a_year_without_a_national_figure_uses_the_latest_and_says_so():
    table = table_for("ATT8SCR", "secondary", 2026)

    assert table.average == table_for("ATT8SCR", "secondary", 2025).average
    assert "There is no national figure for 2025–26 yet, so Sightline uses that of 2024–25." in table.note


def test_an_estimate_stays_within_the_measure():
    frame = results("PTRWM_EXP", [float(min(value, 100)) for value in range(201)])
    tables = national(frame, ("PTRWM_EXP", "primary", 2019, 60.0), ("PTRWM_EXP", "primary", 2023, 80.0))

    assert max(table_for("PTRWM_EXP", "primary", 2023, "final", tables).values) == 100


def test_a_frame_and_a_single_value_agree_whatever_the_index():
    frame = pd.DataFrame(
        {
            "measure": ["P8MEA", "PTRWM_EXP", "P8MEA", "P8MEA"],
            "phase": ["secondary", "primary", "secondary", "secondary"],
            "year": [2019, 2018, 2020, 2024],
            "release": "final",
            "value": [0.2, 70.0, 0.2, np.nan],
        },
        index=[7, 7, 7, 7],
    )

    found = percentiles_of(frame)

    single = [
        percentile_of(row["measure"], row["phase"], row["year"], "final", row["value"]) for _, row in frame.iterrows()
    ]
    assert found["percentile"].round(2).replace({np.nan: None}).tolist() == single
    assert found["table_provenance"].tolist() == ["computed", "computed", "", "estimated"]


codes = st.sampled_from(load_tables().percentiles[KEYS].to_numpy().tolist())


@settings(max_examples=80, deadline=None)
@given(key=codes, share=st.floats(-0.2, 1.2), more=st.floats(0, 1))
def test_a_better_value_never_has_a_lower_percentile(key, share, more):
    table = table_for(*key)
    low, high = table.values[0], table.values[-1]
    value = low + share * (high - low)
    better = value + more * (high - low) * (-1 if measures()[key[0]].lower_is_better else 1)

    first, second = percentile_in(table, [value, better])

    assert 0.5 <= first <= second <= 99.5


@settings(max_examples=60, deadline=None)
@given(key=codes, percentile=st.floats(1, 99))
def test_the_value_at_a_percentile_has_that_percentile(key, percentile):
    table = table_for(*key)
    lowest, highest = sorted(percentile_in(table, [table.values[0], table.values[-1]]))

    at = percentile_in(table, value_at(table, percentile))

    assert at == pytest.approx(min(max(percentile, lowest), highest), abs=0.01)
