import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajectories.rules.percentiles import percentile_of
from trajectories.rules.standing import COLUMNS, GAPS, standings, trajectory_frame
from trajectories.rules.trajectory import placements


def rows(*cells, urn: int = 990001, education: str = "secondary") -> pd.DataFrame:
    """Make one school's results from cells of measure, year, value and, optionally, release and status."""
    full = [(*cell, "final", "value")[:5] if len(cell) == 3 else cell for cell in cells]
    frame = pd.DataFrame(full, columns=["measure", "year", "value", "release", "status"])
    return frame.assign(urn=urn, phase_of_education=education).astype({"value": float})


def test_the_headline_of_a_secondary_school_is_progress_8_or_else_attainment_8():
    found = standings(rows(("P8MEA", 2024, 0.1), ("ATT8SCR", 2024, 40.0), ("ATT8SCR", 2025, 46.0)))

    assert [(standing.year, standing.measure) for standing in found] == [(2024, "P8MEA"), (2025, "ATT8SCR")]
    assert found[0].percentile == percentile_of("P8MEA", "secondary", 2024, "final", 0.1)


def test_the_headline_of_a_primary_school_is_the_expected_standard_or_else_progress():
    progress = [(code, 2019, 1.0) for code in ("READPROG", "WRITPROG", "MATPROG")]
    found = standings(rows(("PTRWM_EXP", 2018, 70.0), *progress, education="primary"))

    assert [(standing.year, standing.measure) for standing in found] == [(2018, "PTRWM_EXP"), (2019, "KS2PROGRESS")]
    assert 60 < found[1].percentile < 75


def test_two_of_three_progress_scores_do_not_make_a_headline():
    found = standings(rows(("READPROG", 2019, 1.0), ("MATPROG", 2019, 1.0), education="primary"))

    assert (found[0].percentile, found[0].status) == (None, "not_collected")


def test_years_without_results_are_gaps_and_nothing_else():
    found = standings(rows(("P8MEA", 2019, 0.0), ("P8MEA", 2022, 0.0)))

    gaps = [standing for standing in found if standing.percentile is None]
    assert [standing.year for standing in gaps] == [2020, 2021]
    assert {standing.status for standing in gaps} == {"not_published"}
    assert gaps[0].reason == "2019–20: no school's results were published."
    assert (gaps[0].value, gaps[0].band, gaps[0].measure) == (None, None, None)


def test_a_figure_given_for_an_unpublished_year_is_not_used():
    found = standings(rows(("P8MEA", 2025, 0.4), ("ATT8SCR", 2025, 46.0), ("P8MEA", 2020, 0.4)))

    assert {standing.year: standing.measure for standing in found}[2025] == "ATT8SCR"
    assert {standing.year: standing.measure for standing in found}[2020] is None


@pytest.mark.parametrize("status", [status for status in GAPS if status != "not_collected"])
def test_a_code_in_the_file_keeps_its_meaning(status):
    frame = rows(("P8MEA", 2019, np.nan, "final", status))

    assert standings(frame)[0].status == status
    assert GAPS[status] in standings(frame)[0].reason


def test_the_final_release_takes_precedence_over_the_provisional_one():
    provisional, final = ("P8MEA", 2019, -0.6, "provisional", "value"), ("P8MEA", 2019, 0.2, "final", "value")

    found = standings(rows(provisional, final))

    assert (found[0].value, found[0].release) == (0.2, "final")


def test_a_provisional_figure_is_used_if_the_final_one_is_suppressed():
    found = standings(
        rows(("P8MEA", 2019, 0.3, "provisional", "value"), ("P8MEA", 2019, np.nan, "final", "suppressed"))
    )

    assert (found[0].value, found[0].release) == (0.3, "provisional")


def test_an_all_through_school_has_a_standing_in_both_phases():
    found = standings(rows(("P8MEA", 2019, 0.3), ("PTRWM_EXP", 2018, 70.0), education="all-through"))

    assert {(standing.phase, standing.year, standing.measure) for standing in found if standing.measure} == {
        ("secondary", 2019, "P8MEA"),
        ("primary", 2018, "PTRWM_EXP"),
    }


def test_a_special_school_is_not_compared():
    found = standings(rows(("P8MEA", 2019, -1.5), education="special"))

    assert (found[0].percentile, found[0].status) == (None, "not_applicable")
    assert "special schools are not compared with mainstream schools" in found[0].reason


def test_the_band_is_official_if_the_interval_is_known():
    interval = [
        ("P8CILOW", 2018, -0.75, "provisional", "value"),
        ("P8CIUPP", 2018, -0.35, "provisional", "value"),
    ]
    known = standings(rows(("P8MEA", 2018, -0.55), *interval))[0]
    unknown = standings(rows(("P8MEA", 2018, -0.55)))[0]

    assert (known.band, known.provenance, known.band_name) == (0, "official", "Below the floor")
    assert (unknown.band, unknown.provenance) == (0, "derived")
    assert known.standard_error > 0
    assert unknown.standard_error is None


def test_estimated_years_are_marked():
    found = standings(rows(("P8MEA", 2019, 0.1), ("P8MEA", 2023, 0.1)))

    assert [(standing.year, standing.estimated) for standing in found if standing.measure] == [
        (2019, False),
        (2023, True),
    ]
    assert "Estimated" in found[-1].table_note


def test_a_score_of_zero_is_a_value():
    assert standings(rows(("P8MEA", 2019, 0.0)))[0].band == 3
    assert standings(rows(("P8MEA", 2019, np.nan, "final", "blank")))[0].band is None


def test_every_requested_year_has_a_standing():
    found = standings(rows(("P8MEA", 2019, 0.0)), years=range(2018, 2022))

    assert [standing.year for standing in found] == [2018, 2019, 2020, 2021]


def test_faulty_results_are_refused():
    frame = rows(("P8MEA", 2019, 0.0), ("P8MEA", 2019, 0.1))

    with pytest.raises(ValueError, match="two results for one school"):
        standings(frame)
    with pytest.raises(ValueError, match="results need the columns status"):
        standings(frame.drop(columns="status"))


def test_a_standing_is_plain_json_and_feeds_the_trajectory():
    found = standings(
        rows(
            *[
                ("P8MEA", year, value)
                for year, value in zip((2016, 2017, 2018, 2019, 2022), (-0.5, -0.3, -0.1, 0.1, 0.6), strict=True)
            ]
        )
    )

    placed = placements(trajectory_frame(found), phase="secondary")[0]

    assert json.loads(json.dumps([asdict(standing) for standing in found]))[0]["urn"] == 990001
    assert placed.letter in {"B", "F"}
    assert [point.year for point in placed.inputs] == [2016, 2017, 2018, 2019, 2022]


def test_the_cohort_reaches_the_standard_error_of_a_history():
    results = rows(("ATT8SCR", 2018, 45.0), ("ATT8SCR", 2019, 46.0)).assign(cohort=100.0)
    history = trajectory_frame(standings(results))

    assert history["standard_error"].tolist() == pytest.approx([np.hypot(4.6, 7.12)] * 2)


figures = st.tuples(
    st.sampled_from(["P8MEA", "ATT8SCR", "PTRWM_EXP", "READPROG", "WRITPROG", "MATPROG", "P8CIUPP"]),
    st.integers(2016, 2026),
    st.floats(0, 1),
    st.sampled_from(["final", "provisional"]),
    st.sampled_from(["value", "value", "suppressed"]),
)


@settings(max_examples=30, deadline=None)
@given(
    cells=st.lists(figures, min_size=1, max_size=25, unique_by=lambda cell: (cell[0], cell[1], cell[3])),
    data=st.data(),
)
def test_the_order_of_rows_and_the_names_of_schools_change_nothing(cells, data):
    frame = rows(*cells, education="all-through")
    order = data.draw(st.permutations(range(len(frame))))

    before = [asdict(standing) | {"urn": 0} for standing in standings(frame)]
    after = [asdict(standing) | {"urn": 0} for standing in standings(frame.iloc[order].assign(urn=990777)[COLUMNS])]

    assert after == before
