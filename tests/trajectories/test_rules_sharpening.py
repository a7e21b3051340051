from dataclasses import replace
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trajectories.rules.in_year_figures import (
    AbsenceRate,
    InYearFigures,
    PastSchoolForecast,
    SchoolForecast,
    early_warning,
    normal_score,
    percentile_of_score,
    reliability_of,
)
from trajectories.rules.outlook import Forecast, ForecastDriver
from trajectories.rules.percentiles import table_for, value_at
from trajectories.rules.sharpening import EIGHTY, leads_first, sharpen

YEAR = 2027
TABLE = table_for("PTRWM_EXP", "primary", YEAR)
LINES = {"floor": 3.2, "coasting": 20.4, "average": 45.0}
RISKS = ("p_below_floor", "p_below_coasting", "p_below_average", "p_bottom_fifth")


def forecast(percentile: float = 40.0, spread: float = 0.6, measure: str = "PTRWM_EXP") -> Forecast:
    """Make the forecast from history alone: normal on scores, as in the forecasting rules."""
    mean = normal_score(percentile)
    ends = {"low80": mean - EIGHTY * spread, "high80": mean + EIGHTY * spread}
    result = NormalDist(mean, spread)
    below = {f"p_below_{code}": result.cdf(normal_score(at)) for code, at in LINES.items()}
    return Forecast(
        urn=990001, measure=measure, year=YEAR, expected=value_at(TABLE, percentile), percentile=percentile,
        low80=value_at(TABLE, percentile_of_score(ends["low80"])),
        high80=value_at(TABLE, percentile_of_score(ends["high80"])),
        percentile_low80=percentile_of_score(ends["low80"]),
        percentile_high80=percentile_of_score(ends["high80"]), **below,
        p_bottom_fifth=result.cdf(normal_score(20)), p_decline=0.3,
        drivers=(ForecastDriver(name="Results of 2025–26", effect=-6.0, sentence="Lower than before."),),
    )  # fmt: skip


def said(value: float, *pairs: tuple[float, float]) -> InYearFigures:
    past = tuple(
        PastSchoolForecast(year=2020 + place, expected=one, was=other) for place, (one, other) in enumerate(pairs)
    )
    return InYearFigures(own=SchoolForecast(term="autumn 2026", value=value), past=past)


def absent(now: float, before: float = 5.0, *, indicator: str = "AB1", terms: int = 1) -> InYearFigures:
    names = ("autumn 2026", "spring 2027", "summer 2027")[:terms]
    return InYearFigures(
        rates=tuple(AbsenceRate(indicator=indicator, term=name, now=now, before=before) for name in names)
    )


def sharpened(in_year: InYearFigures, first: Forecast | None = None) -> Forecast:
    return sharpen(first or forecast(), in_year, table=TABLE, lines=LINES).forecast


def test_without_figures_of_the_year_the_forecast_stays_exactly_the_same():
    first = forecast()

    answer = sharpen(first, InYearFigures(), table=TABLE, lines=LINES)

    assert answer.forecast is first
    assert answer.effects == ()


def test_the_years_figures_alone_do_not_make_a_forecast():
    none = Forecast(urn=990001, measure="PTRWM_EXP", year=YEAR, reason="No result is held.")

    assert sharpened(said(80.0), none) is none


def test_more_absence_than_a_year_ago_lowers_the_forecast_and_says_by_how_much():
    answer = sharpen(forecast(), absent(6.5, 5.0, terms=3), table=TABLE, lines=LINES)
    per_point = early_warning()["effects"]["PTRWM_EXP"]["AB1"]["per_point"]

    assert answer.forecast.percentile == pytest.approx(
        percentile_of_score(normal_score(40) + 1.5 * per_point), abs=0.01
    )
    (effect,) = answer.effects
    assert effect.effect == pytest.approx(answer.forecast.percentile - 40, abs=0.01)
    assert effect.sentence == (
        "Overall absence in autumn 2026 to summer 2027 was 6.5%, 1.5 percentage points more than a year earlier. "
        "That lowers the expected result by 9.2 percentile points."
    )
    assert effect in answer.forecast.drivers


def test_one_term_of_three_counts_a_third_and_the_interval_keeps_its_width():
    one, three = (sharpened(absent(6.5, terms=terms)) for terms in (1, 3))

    shift = [normal_score(outlook.percentile) - normal_score(40) for outlook in (one, three)]
    assert shift[0] == pytest.approx(shift[1] / 3, abs=0.002)
    for outlook in (one, three):
        width = normal_score(outlook.percentile_high80) - normal_score(outlook.percentile_low80)
        assert width == pytest.approx(2 * EIGHTY * 0.6, abs=0.003)


def test_persistent_absence_counts_only_without_overall_absence():
    both = InYearFigures(rates=(*absent(6.5).rates, *absent(30.0, 10.0, indicator="AB2").rates))

    assert sharpened(both) == sharpened(absent(6.5))
    assert sharpened(absent(14.0, 10.0, indicator="AB2")).percentile < 40


def test_an_extreme_change_counts_as_the_largest_credible_change():
    assert sharpened(absent(40.0)).percentile == sharpened(absent(8.0)).percentile


def test_the_schools_own_forecast_narrows_the_interval_and_is_weighted_by_its_record():
    record = ((62.0, 60.0), (58.0, 57.0), (66.0, 63.0), (60.0, 58.0))
    first = forecast()
    known, unknown = sharpened(said(75.0, *record)), sharpened(said(75.0))

    assert first.percentile < unknown.percentile < known.percentile
    for outlook in (known, unknown):
        assert outlook.percentile_high80 - outlook.percentile_low80 < first.percentile_high80 - first.percentile_low80


def test_a_school_that_always_hopes_for_more_is_corrected_by_as_much():
    honest = sharpened(said(60.0, *[(60.0, 60.0)] * 4))
    hopeful = sharpened(said(68.0, *[(68.0, 60.0)] * 4))

    assert hopeful.percentile == pytest.approx(honest.percentile, abs=0.5)


def test_reliability_is_stated_in_the_measures_own_unit():
    hopeful = reliability_of(said(60, (66, 60), (64, 61), (70, 67)).past, TABLE)
    new = reliability_of(said(60, (66, 60)).past, TABLE)

    assert hopeful.says == (
        "Over 3 years (2019–20, 2020–21 and 2021–22) its forecasts were on average 4 percentage points above the "
        "result. Sightline allows for that."
    )
    assert new.says.startswith(
        "Only 1 of its earlier forecasts has a published result to compare with, and 3 are needed"
    )
    assert (new.bias, new.spread) == (0.25, 0.8)


def test_forecasts_that_scattered_count_for_less_than_close_ones():
    near = reliability_of(said(60, *[(61.0, 60.0)] * 4).past, TABLE)
    wild = reliability_of(said(60, (40, 70), (80, 50), (45, 75), (85, 55)).past, TABLE)

    assert near.spread < 0.8 < wild.spread


def test_the_chance_of_decline_is_recalculated_if_possible():
    heard = []

    def decline(mean: float, spread: float) -> float:
        heard.append((mean, spread))
        return 0.123456

    answer = sharpen(forecast(), said(75.0), table=TABLE, lines=LINES, decline=decline)

    assert answer.forecast.p_decline == 0.1235
    assert heard[0][0] > normal_score(40)


def test_effects_add_up_to_the_whole_movement():
    both = replace(said(75.0), rates=absent(6.5).rates)

    answer = sharpen(forecast(), both, table=TABLE, lines=LINES)

    assert sum(effect.effect for effect in answer.effects) == pytest.approx(answer.forecast.percentile - 40, abs=0.03)
    assert len(answer.forecast.drivers) == 3


def test_news_of_attainment_8_is_news_of_progress_8():
    tables = {code: table_for(code, "secondary", YEAR) for code in ("ATT8SCR", "P8MEA")}
    first = {code: forecast(40.0, 0.4, code) for code in tables}
    lead = sharpen(first["ATT8SCR"], said(60.0), table=tables["ATT8SCR"], lines=LINES)

    answer = sharpen(
        first["P8MEA"], InYearFigures(), table=tables["P8MEA"], lines=LINES, others={"ATT8SCR": lead}
    )  # fmt: skip

    times = early_warning()["carried"]["P8MEA"]["times"]
    assert normal_score(answer.forecast.percentile) - normal_score(40) == pytest.approx(times * lead.shift, abs=0.002)
    (effect,) = answer.effects
    assert effect.name == "The school’s own forecast of Attainment 8"
    assert effect.sentence.startswith("Attainment 8: the school expected 60.0 in autumn 2026.")
    assert leads_first(first.values())[0].measure == "ATT8SCR"
    assert [outlook.measure for outlook in leads_first(reversed(first.values()))] == ["ATT8SCR", "P8MEA"]


@given(
    percentile=st.floats(2, 98), spread=st.floats(0.2, 1.2), value=st.floats(0, 99), more=st.floats(0, 40),
    pairs=st.lists(st.tuples(st.floats(20, 95), st.floats(20, 95)), max_size=5),
)  # fmt: skip
def test_a_better_forecast_of_the_school_never_worsens_the_outlook(percentile, spread, value, more, pairs):
    worse, better = (
        sharpened(said(expected, *pairs), forecast(percentile, spread)) for expected in (value, value + more)
    )

    assert better.expected >= worse.expected
    assert all(getattr(better, name) <= getattr(worse, name) for name in RISKS)


@given(percentile=st.floats(2, 98), now=st.floats(0, 40), less=st.floats(0, 20), before=st.floats(0, 30))
def test_less_absence_never_worsens_the_outlook(percentile, now, less, before):
    better, worse = (sharpened(absent(rate, before), forecast(percentile)) for rate in (max(now - less, 0), now))

    assert better.expected >= worse.expected
    assert all(getattr(better, name) <= getattr(worse, name) for name in RISKS)


def test_unknown_absence_is_not_zero_absence():
    assert sharpened(InYearFigures()).percentile == 40
    assert sharpened(absent(0.0)).percentile > 40
