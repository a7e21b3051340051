"""Similar schools are the nearest by published context."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import catalogue_by_code
from kpis.rules.similar_figure import SimilarFigure, nearest_similar
from kpis.rules.similar_schools import context_of, similar_sets, similarity_rules, spread_of, variance_explained

CODES = [feature.code for feature in similarity_rules().features]
OWN = 990001


def england(schools: int = 200, seed: int = 1) -> pd.DataFrame:
    """Return the context of many invented schools: URNs from 991001, without prior attainment."""
    random = np.random.default_rng(seed)
    columns = {
        "pupils": random.lognormal(7, 0.35, schools).round(),
        "disadvantage": random.gamma(3, 9, schools).clip(0, 100),
        "prior_attainment": np.full(schools, np.nan),
        "eal": random.gamma(1, 15, schools).clip(0, 100),
        "plans": random.gamma(3, 0.7, schools),
        "support": random.gamma(6, 2, schools),
    }
    return pd.DataFrame(columns, index=991001 + np.arange(schools))[CODES]


def own(urn: int = OWN, **changes: float) -> pd.DataFrame:
    usual = {"pupils": 1100.0, "disadvantage": 25.0, "prior_attainment": np.nan, "eal": 12.0, "plans": 2.0}
    return pd.DataFrame([usual | {"support": 11.0} | changes], index=[urn])[CODES]


def found(pool: pd.DataFrame, school: pd.DataFrame, **options):
    return similar_sets(pool, school, **options)[school.index[0]]


def test_context_has_the_prior_attainment_of_its_phase():
    values = pd.DataFrame(
        [(1, "NOR", 900.0), (1, "KS2APS", 28.0), (1, "TKS1AVERAGE", 16.0), (1, "ATT8SCR", 50.0), (2, "NOR", None)],
        columns=["urn", "measure", "value"],
    )

    assert context_of(values, "secondary").loc[1, ["pupils", "prior_attainment"]].tolist() == [900.0, 28.0]
    assert context_of(values, "primary").loc[1, "prior_attainment"] == 16.0
    assert 2 not in context_of(values, "secondary").index
    assert np.isnan(context_of(values, "secondary").loc[1, "eal"])


def test_fifty_nearest_schools_come_in_order_without_the_school_itself():
    pool = england()
    school = pool.loc[[991007]]

    answer = found(pool, school)

    distances = [neighbour.distance for neighbour in answer.neighbours]
    assert len(distances) == 50
    assert distances == sorted(distances)
    assert 991007 not in {neighbour.urn for neighbour in answer.neighbours}


def test_school_with_the_same_context_has_distance_zero():
    pool = england()

    nearest = found(pool, own(**pool.loc[991100].dropna().to_dict())).neighbours[0]

    assert (nearest.urn, nearest.distance) == (991100, 0.0)


def test_distance_is_the_weighted_root_mean_square_of_standardised_differences():
    pool = england()
    school = own(**pool.loc[991100].dropna().to_dict())
    school["disadvantage"] = (np.sqrt(school["disadvantage"]) + np.sqrt(pool["disadvantage"]).std(ddof=0)) ** 2

    one = next(neighbour for neighbour in found(pool, school, count=200).neighbours if neighbour.urn == 991100)

    known = 0.5 + 1 + 1 + 0.5 + 0.5  # Without prior attainment.
    assert one.distance == pytest.approx(np.sqrt(1 / known), abs=0.001)


def test_predecessor_of_a_school_is_not_its_neighbour():
    pool = england()

    answer = found(pool, own(**pool.loc[991100].dropna().to_dict()), same={OWN: [OWN, 991100]})

    assert 991100 not in {neighbour.urn for neighbour in answer.neighbours}


def test_unknown_feature_is_left_out_and_not_zero():
    pool = england()
    gaps = pool.copy()
    gaps.loc[991100, "eal"] = np.nan
    school = own(**pool.loc[991100].dropna().to_dict())

    nearest = found(gaps, school).neighbours[0]

    assert (nearest.urn, nearest.distance) == (991100, 0.0)
    assert "eal" not in nearest.context
    assert "eal" not in nearest.compared
    assert found(gaps, school).missing == ("prior_attainment",)
    assert "Prior attainment" in found(gaps, school).caution


def test_school_with_fewer_than_three_known_features_has_no_set():
    two = own(disadvantage=np.nan, eal=np.nan, plans=np.nan)
    one = own(disadvantage=np.nan, eal=np.nan, plans=np.nan, support=np.nan)

    assert found(england(), two).reason == "2 of 6 parts of its context are published. At least 3 are needed."
    assert found(england(), one).reason == "1 of 6 parts of its context is published. At least 3 are needed."
    assert found(england(), two).neighbours == ()


def test_schools_are_not_compared_on_only_two_features():
    pool = england(60)
    pool.loc[pool.index[5:], ["eal", "plans", "support"]] = np.nan

    answer = found(pool, own())

    assert {neighbour.urn for neighbour in answer.neighbours} == set(pool.index[:5])


def test_too_few_schools_give_no_set():
    assert found(england(49), own()).reason == "Only 49 schools have a published context in the imported files."


def test_prior_attainment_is_compared_if_both_schools_have_it():
    pool = england()
    pool["prior_attainment"] = np.linspace(24, 32, len(pool))
    school = own(**pool.loc[991100].to_dict())

    nearest = found(pool, school).neighbours[0]

    assert "prior_attainment" in nearest.compared
    assert found(pool, school).missing == ()


def test_unusual_school_gets_a_caution():
    assert "Few schools are like this one" in found(england(), own(eal=99.0, disadvantage=90.0)).caution
    assert "Few schools" not in found(england(2000), own()).caution


@given(st.permutations(range(60)), st.integers(0, 1000))
def test_order_and_urns_of_the_schools_do_not_matter(order, shift):
    pool = england(60)
    moved = pool.iloc[order]
    moved.index = moved.index + shift

    first, second = found(pool, own()), found(moved, own())

    assert [neighbour.urn + shift for neighbour in first.neighbours] == [
        neighbour.urn for neighbour in second.neighbours
    ]
    assert [neighbour.distance for neighbour in first.neighbours] == [
        neighbour.distance for neighbour in second.neighbours
    ]


def test_quartiles_need_twenty_figures():
    assert spread_of([1.0] * 19 + [np.nan] * 10) is None
    assert spread_of(range(1, 21)).median == 10.5
    assert spread_of(range(1, 21)).count == 20


def test_explained_variance_is_high_for_context_and_low_for_chance():
    pool = england(600)
    random = np.random.default_rng(7)
    follow = -pool["disadvantage"] + random.normal(0, 4, len(pool))
    chance = pd.Series(random.normal(0, 1, len(pool)), index=pool.index)

    assert variance_explained(pool, follow) > 0.6
    assert variance_explained(pool, chance) < 0.1


def figure(year: int, code: str = "OUT11") -> SimilarFigure:
    return SimilarFigure(
        indicator=catalogue_by_code()[code],
        school_year=year,
        median=45,
        lower=42,
        upper=48,
        count=49,
        schools=50,
        releases=("final",),
    )


def test_later_year_is_never_compared_with_an_earlier_one():
    held = {2018: figure(2018), 2019: figure(2019)}

    assert nearest_similar(held, school_year=2018, whole_year=True) is held[2018]
    assert nearest_similar(held, school_year=2024, whole_year=True) is held[2019]
    assert nearest_similar(held, school_year=2017, whole_year=True) is None


def test_whole_year_is_not_compared_with_one_term_of_a_figure_that_adds_up():
    suspensions = next(
        indicator for indicator in catalogue_by_code().values() if indicator.unit.value == "per_100_pupils"
    )
    held = {2019: figure(2019, suspensions.code)}

    assert nearest_similar(held, school_year=2019, whole_year=False) is None
    assert nearest_similar(held, school_year=2019, whole_year=True) is held[2019]
    assert nearest_similar({2019: figure(2019, "AB1")}, school_year=2019, whole_year=False) is not None
