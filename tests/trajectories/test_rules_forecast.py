"""Forecasts: the expected next result, how certain it is, and what a better result does to it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajectories.rules.forecast import HEADLINE, forecast_frame, forecasts
from trajectories.rules.forecast_model import READ, shipped_model
from trajectories.rules.measures import measures

BELOW = ["p_below_floor", "p_below_coasting", "p_below_average", "p_bottom_fifth"]
SCHOOL = 990001


def history(percentiles, urn=SCHOOL, **columns):
    rows = [(urn, measure, year, percentile) for (measure, year), percentile in percentiles.items()]
    return pd.DataFrame(rows, columns=["urn", "measure", "year", "percentile"]).assign(**columns)


def progress(*percentiles, last=2019, urn=SCHOOL, **columns):
    first = last - len(percentiles) + 1
    return history({("P8MEA", first + n): percentile for n, percentile in enumerate(percentiles)}, urn=urn, **columns)


def context(urn=SCHOOL, year=2019, **values):
    rows = [(urn, measure, year, value) for measure, value in values.items()]
    return pd.DataFrame(rows, columns=["urn", "measure", "year", "value"])


def expect(frame, year=2020, **options):
    """Forecast Progress 8 as if it were published in every year."""
    options = {"phase": "secondary", "foretold": ["P8MEA"], **options}
    return forecasts(frame, year=year, **options)[0]


def test_a_forecast_is_between_its_limits_and_its_chances_are_in_order():
    found = expect(progress(30.0, 35.0, 28.0, 33.0), year=2022)

    assert found.low80 < found.expected < found.high80
    assert found.percentile_low80 < found.percentile < found.percentile_high80
    assert 0 < found.p_below_floor < found.p_bottom_fifth < found.p_below_coasting < found.p_below_average < 1
    assert found.reason == ""


def test_a_low_school_is_expected_to_move_back_towards_the_middle():
    found = expect(progress(5.0, 5.0, 5.0, 5.0), year=2022)

    assert 5 < found.percentile < 50


def test_a_longer_gap_makes_a_forecast_less_certain():
    near, far = (expect(progress(80.0, 85.0, 82.0, 84.0), year=year) for year in (2022, 2024))

    assert far.percentile < near.percentile
    assert far.percentile_high80 - far.percentile_low80 > near.percentile_high80 - near.percentile_low80


def test_a_smaller_school_is_less_certain():
    small, large = (expect(progress(50.0, 50.0, 50.0, cohort=pupils), year=2022) for pupils in (40, 260))

    assert small.percentile_high80 - small.percentile_low80 > large.percentile_high80 - large.percentile_low80
    assert small.percentile == large.percentile


def test_the_forecast_is_in_the_measures_own_unit():
    found = expect(progress(50.0, 50.0, 50.0, 50.0), year=2022)

    assert -0.2 < found.expected < 0.2


@pytest.mark.parametrize("year", [2020, 2021, 2025, 2026])
def test_a_year_without_published_results_has_no_forecast_and_says_why(year):
    found = expect(progress(50.0, 50.0, 50.0), year=year)

    assert found.expected is None
    assert found.p_below_floor is None
    assert found.drivers == ()
    assert found.reason.startswith("Progress 8 is not published")


def test_a_school_without_any_result_has_no_forecast():
    nothing = history({("P8MEA", 2019): np.nan})

    found = expect(nothing, year=2022)

    assert found.expected is None
    assert found.reason == "No result is known before 2021–22, so Sightline cannot forecast this one."


def test_results_of_the_year_itself_and_later_are_not_read():
    before = progress(40.0, 45.0, 50.0)
    after = pd.concat([before, progress(99.0, last=2022), progress(99.0, last=2023)])

    assert expect(after, year=2022) == expect(before, year=2022)


def test_missing_is_not_zero():
    known = progress(70.0, 72.0, 74.0, 71.0)
    gap = known[known["year"] != 2018]
    zero = known.assign(percentile=known["percentile"].where(known["year"] != 2018, 0.0))

    missing = expect(gap, year=2022)

    assert expect(known.assign(percentile=known["percentile"].where(known["year"] != 2018)), year=2022) == missing
    assert expect(zero, year=2022).percentile < missing.percentile - 3


def test_the_order_of_rows_and_the_schools_around_change_nothing():
    ours, other = progress(20.0, 30.0, 40.0), progress(80.0, 70.0, urn=990002)

    alone = expect(ours, year=2022)

    assert expect(ours[::-1], year=2022) == alone
    assert expect(pd.concat([ours, other]), year=2022) == alone


def test_the_same_past_a_year_later_gives_the_same_outlook():
    early, late = (
        expect(progress(20.0, 30.0, 40.0, last=2021), year=2022),
        expect(progress(20.0, 30.0, 40.0, last=2022), year=2023),
    )

    assert early.percentile == late.percentile
    assert early.p_bottom_fifth == late.p_bottom_fifth


def test_context_moves_the_forecast_and_is_named():
    ours = progress(50.0, 50.0, 50.0)
    few, many = (expect(ours, year=2022, context=context(PNUMFSMEVER=share, PNUMEAL=15.0)) for share in (5.0, 70.0))

    assert few.percentile > many.percentile
    named = {driver.name: driver for driver in many.drivers}
    free = named["Share of pupils eligible for free school meals in the last six years"]
    assert free.effect < 0
    assert "far above England’s mean in 2018–19, lowers the expected result by" in free.sentence


def test_the_three_largest_drivers_come_first():
    about = context(PNUMFSMEVER=60.0, PNUMEAL=90.0, PERCTOT=9.0, PSENELK=20.0, PSENELSE=1.0)

    drivers = expect(progress(10.0, 10.0, 10.0), year=2022, context=about).drivers

    assert len(drivers) == 3
    sizes = [abs(driver.effect) for driver in drivers]
    assert sizes == sorted(sizes, reverse=True)
    assert drivers[0].name == "Progress 8"
    assert drivers[0].sentence.startswith("Progress 8 from 2016–17 to 2018–19, last at the 10th national percentile,")


def test_every_headline_of_a_school_has_its_row():
    ours = history({("PTRWM_EXP", 2018): 60.0, ("READPROG", 2019): 55.0})

    found = forecasts(ours, phase="primary", year=2023)

    assert [answer.measure for answer in found] == list(HEADLINE["primary"])
    assert all(answer.expected is not None for answer in found)


def test_decline_is_more_likely_on_a_falling_path_than_on_a_steady_one():
    falling, steady = (
        expect(progress(*path, last=2022), year=2023) for path in ((85.0, 72.0, 60.0, 48.0), (62.0, 60.0, 61.0, 60.0))
    )

    assert falling.p_decline > 0.7
    assert steady.p_decline < 0.6


def test_a_school_with_too_few_years_has_no_chance_of_decline():
    found = expect(progress(40.0, last=2022), year=2023)

    assert found.percentile is not None
    assert found.p_decline is None


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (progress(40.0, 101.0), "school 990001, P8MEA of 2019: 101.0 is not a percentile"),
        (pd.concat([progress(40.0), progress(41.0)]), "two rows for school 990001, P8MEA of 2019"),
        (progress(40.0).drop(columns="percentile"), "needs the columns percentile"),
    ],
)
def test_a_faulty_history_is_refused(frame, says):
    with pytest.raises(ValueError, match=says):
        expect(frame, year=2022)


def test_a_context_with_the_same_row_twice_is_refused():
    twice = pd.concat([context(PNUMEAL=1.0), context(PNUMEAL=2.0)])

    with pytest.raises(ValueError, match="a context has two rows for school 990001, PNUMEAL of 2019"):
        expect(progress(40.0), year=2022, context=twice)


PERCENTILE = st.floats(0.5, 99.5)
PAST = {
    phase: [
        (code, year) for code in READ[phase] for year in (2016, 2017, 2018, 2019) if measures()[code].is_published(year)
    ]
    for phase in READ
}


@st.composite
def pasts(draw):
    """Draw a phase of education, what is known about a school, and which figure gets better by how much."""
    phase = draw(st.sampled_from(sorted(PAST)))
    known = draw(st.lists(st.sampled_from(PAST[phase]), min_size=1, unique=True))
    percentiles = {result: draw(PERCENTILE) for result in known}
    return (
        phase,
        percentiles,
        draw(st.sampled_from(known)),
        draw(st.floats(0.5, 40.0)),
        draw(st.sampled_from([2022, 2023])),
    )


@settings(max_examples=60, deadline=None)
@given(pasts(), st.booleans())
def test_a_better_result_never_worsens_the_outlook(past, with_context):
    phase, percentiles, which, more, year = past
    better = percentiles | {which: min(percentiles[which] + more, 99.5)}
    about = context(PERCTOT=6.0, PNUMFSMEVER=40.0, PNUMEAL=30.0) if with_context else None

    before, after = (
        forecast_frame(history(results), phase=phase, year=year, context=about) for results in (percentiles, better)
    )

    for name in ("expected", "low80", "high80", "percentile"):
        assert (after[name].fillna(0) >= before[name].fillna(0)).all(), name
    for name in BELOW:
        assert (after[name].fillna(0) <= before[name].fillna(0)).all(), name


@pytest.mark.parametrize("phase", ["primary", "secondary"])
def test_the_shipped_covariances_are_possible(phase):
    model = shipped_model(phase)

    for matrix in (model.lasting, model.fading, model.passing):
        assert np.allclose(matrix, matrix.T, atol=1e-3)
        assert np.linalg.eigvalsh(matrix).min() > -1e-3
    total = np.diag(model.lasting + model.fading + model.passing)[: len(model.measures)]
    assert np.all(np.abs(total - 1) < 0.15)
    assert all(0.5 < width < 1.5 for widths in model.widths.values() for width in widths)
