"""The headline of many schools at once. The sentences about single schools are in test_rules_standing."""

import numpy as np
import pandas as pd
import pytest

from trajectories.rules.headline import headline_results, history_of
from trajectories.rules.standing import standings


def figures(*cells, urn=990001, phase="secondary"):
    frame = pd.DataFrame(cells, columns=["measure", "year", "value"])
    return frame.assign(urn=urn, phase=phase, release="final").astype({"value": float})


def test_the_frame_and_the_sentences_say_the_same():
    rng = np.random.default_rng(7)
    cells = [
        figures(*[(code, year, rng.normal(0, 0.4)) for code in codes for year in (2016, 2018, 2019)], urn=990001 + at)
        for at in range(20)
        for codes in [("P8MEA", "P8CIUPP", "P8CILOW")]
    ]
    frame = pd.concat(cells)
    frame.loc[frame["measure"] == "P8CIUPP", "value"] += 0.3
    frame.loc[frame["measure"] == "P8CILOW", "value"] -= 0.3

    found = headline_results(frame).set_index(["urn", "year"])
    one_by_one = standings(frame.assign(status="value").rename(columns={"phase": "phase_of_education"}))

    for standing in [standing for standing in one_by_one if standing.percentile is not None]:
        row = found.loc[(standing.urn, standing.year)]
        assert (row["percentile"], row["band"], row["standard_error"]) == (
            standing.percentile,
            standing.band,
            standing.standard_error,
        )
    assert len(found) == 60


def primary(year, attained, progress):
    scores = [(code, year, progress) for code in ("READPROG", "WRITPROG", "MATPROG")]
    return [("PTRWM_EXP", year, attained), *scores]


@pytest.mark.parametrize(
    ("years", "coasting"),
    [
        ({2016: (60, -4), 2017: (60, -4), 2018: (60, -4)}, 1.0),
        ({2016: (60, -4), 2017: (60, 0), 2018: (60, -4)}, 0.0),  # The school passed one year.
        ({2016: (60, -4), 2018: (60, -4)}, np.nan),  # One year is not known.
        ({2017: (60, 0), 2018: (60, -4)}, 0.0),  # One year is not known, but the school passed another.
        ({2016: (60, -4), 2017: (60, -4), 2018: (90, -4)}, 0.0),
    ],
)
def test_coasting_needs_three_years_running(years, coasting):
    cells = [cell for year, (attained, progress) in years.items() for cell in primary(year, attained, progress)]

    found = headline_results(figures(*cells, phase="primary")).set_index("year")

    assert found.loc[2018, "coasting"] == pytest.approx(coasting, nan_ok=True)


def test_no_definition_was_in_force_after_2018():
    cells = [cell for year in (2017, 2018, 2019) for cell in primary(year, 60, -4)]

    found = headline_results(figures(*cells, phase="primary")).set_index("year")

    assert np.isnan(found.loc[2019, "coasting"])


def test_the_sentence_says_that_a_school_was_coasting():
    cells = [cell for year in (2016, 2017, 2018) for cell in primary(year, 60, -3)]
    frame = figures(*cells, phase="primary").assign(status="value", phase_of_education="primary")

    last = standings(frame)[-1]

    assert last.coasting is True
    assert last.reason.endswith("Coasting by the official definition: below its line in 2015–16, 2016–17 and 2017–18.")


def test_a_history_adds_the_usual_wobble_to_the_interval():
    cells = [("P8MEA", 2018, 0.0), ("P8CILOW", 2018, -0.2), ("P8CIUPP", 2018, 0.2), ("P8MEA", 2019, 0.0)]

    history = history_of(headline_results(figures(*cells))).set_index("year")

    assert 8.4 < history.loc[2018, "standard_error"] < 25
    assert history.loc[2019, "standard_error"] == 10.9  # The usual error of Progress 8.


def test_a_result_of_few_pupils_has_a_larger_error():
    cells = [("ATT8SCR", 2018, 45.0), ("ATT8SCR", 2019, 46.0)]
    errors = [
        history_of(headline_results(figures(*cells).assign(cohort=pupils)))["standard_error"].tolist()
        for pupils in (100.0, 400.0, np.nan)
    ]

    assert errors[0] == pytest.approx([np.hypot(4.6, 7.12)] * 2)
    assert errors[1] == pytest.approx([np.hypot(4.6, 3.56)] * 2)
    assert errors[2] == pytest.approx([7.3, 7.3])


def test_without_figures_there_is_no_headline():
    assert headline_results(figures(("P8MEA", 2019, np.nan))).empty
    assert headline_results(figures(("PTRWM_EXP", 2019, np.nan), phase="primary")).empty
