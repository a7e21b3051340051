"""Test that the solver narrows numbers as far as the facts allow, and no further."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.privacy.solver import Between, Contradiction, Fact, Share, Solver, exactly, in_bounds


def fact(*every, one_of=(), share=None, kind="read", source="a page"):
    return Fact(kind, source, every=every, one_of=tuple(one_of), share=share)


def test_total_less_the_shown_parts_is_the_hidden_one():
    solver = Solver(
        [fact(exactly(14, ("a", 1), ("b", 1), ("c", 1))), fact(exactly(8, ("a", 1))), fact(exactly(3, ("b", 1)))]
    )

    assert solver.values("c", most=3) == [3]


def test_two_hidden_parts_of_a_small_total():
    small = [fact(in_bounds("a", 1, 5)), fact(in_bounds("b", 1, 5))]

    assert Solver([*small, fact(exactly(3, ("a", 1), ("b", 1)))]).values("a", most=3) == [1, 2]
    assert Solver([*small, fact(exactly(6, ("a", 1), ("b", 1)))]).values("a", most=3) == [1, 2, 3]


def test_values_between_the_bounds_may_be_impossible():
    """Intervals alone would leave 0 to 4."""
    solver = Solver([fact(exactly(0, ("a", 1), ("b", -2))), fact(in_bounds("a", 0, 4))])

    assert solver.bounds["a"] == (0, 4)
    assert solver.values("a", most=9) == [0, 2, 4]


def test_rounded_share_of_a_known_whole():
    share = fact(share=Share("shown", "count", "whole", 100))

    assert Solver([share, fact(exactly(42, ("shown", 1))), fact(exactly(12, ("whole", 1)))]).values(
        "count", most=3
    ) == [5]


def test_rounded_share_of_an_unknown_small_whole():
    facts = [
        fact(share=Share("shown", "count", "whole", 100)),
        fact(exactly(67, ("shown", 1))),
        fact(in_bounds("whole", 1, 5)),
    ]

    assert Solver(facts).values("whole", most=3) == [3]
    assert Solver(facts).values("count", most=3) == [2]


def test_one_of_several_statements_is_true():
    either = fact(one_of=[in_bounds("a", 1, 2), in_bounds("b", 1, 2)])

    assert Solver([either]).values("a", most=4) == [0, 1, 2, 3]
    assert Solver([either, fact(exactly(9, ("b", 1)))]).values("a", most=4) == [1, 2]
    assert Solver([either, fact(exactly(9, ("a", 1), ("b", 1)))]).values("a", most=9) == [1, 2, 7, 8]


def test_facts_that_contradict_each_other():
    with pytest.raises(Contradiction):
        Solver([fact(exactly(3, ("a", 1))), fact(in_bounds("a", 4))])


def test_reasons_are_the_few_facts_that_are_needed():
    total, part = fact(exactly(9, ("a", 1), ("b", 1)), kind="total"), fact(exactly(7, ("b", 1)), kind="figure")
    others = [fact(in_bounds("a", 0, high), kind="other") for high in range(20, 40)]

    assert Solver([*others, total, part]).reasons("a", fewer_than=3) == [total, part]


counts = st.integers(0, 7)


@settings(max_examples=60)
@given(st.lists(counts, min_size=3, max_size=3), st.data())
def test_no_more_and_no_less_is_possible_than_by_trying_everything(truth, data):
    names = ["a", "b", "c"]
    values = dict(zip(names, truth, strict=True))
    facts = [fact(in_bounds(name, 0, 7)) for name in names]
    for _ in range(data.draw(st.integers(1, 3))):
        factors = data.draw(st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=3, max_size=3))
        total = sum(values[name] * factor for name, factor in zip(names, factors, strict=True))
        slack = data.draw(st.integers(0, 2))
        terms = tuple((name, factor) for name, factor in zip(names, factors, strict=True) if factor)
        if terms:
            facts.append(fact(Between(terms, total - slack, total + slack)))
    facts.append(fact(one_of=[in_bounds("a", truth[0], truth[0] + 1), in_bounds("b", 9)]))

    solver = Solver(facts)

    every = [dict(zip(names, tried, strict=True)) for tried in product(range(8), repeat=3)]
    possible = [tried for tried in every if all(known.is_true(tried) for known in facts)]
    for name in names:
        assert solver.values(name, most=8) == sorted({tried[name] for tried in possible})


@settings(max_examples=30)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.lists(st.integers(6, 60), max_size=4), st.data())
def test_planted_leak_is_found(hidden, shown, data):
    """Whatever the hidden counts, a total and all but one of them give the last one away."""
    values = {place: count for place, count in enumerate([*hidden, *shown])}
    total = exactly(sum(values.values()), *((place, 1) for place in values))
    secret = data.draw(st.integers(0, len(hidden) - 1))
    facts = [fact(total), *(fact(exactly(count, (place, 1))) for place, count in values.items() if place != secret)]

    assert Solver(facts).values(secret, most=3) == [values[secret]]
