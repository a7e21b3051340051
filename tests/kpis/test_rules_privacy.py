"""Who sees figures about few people. The adversary of ``tests/privacy`` reads the pages; these are the rules alone."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.catalogue import FigureSubject, catalogue_by_code, catalogue_indicators
from kpis.rules.privacy import (
    CHOSEN,
    HIDDEN_BECAUSE_SMALL,
    HIDEABLE,
    MARK,
    STANDARD_RULES,
    Audience,
    FigureReader,
    Showing,
    SmallCounts,
    SmallNumberRules,
    reader_for,
    rule_faults,
    shown_figures,
    small_counts,
)
from kpis.rules.score import Figure
from published.dfe.value_statuses import ValueStatus
from schools.rules.terms import Period, TermOfYear

AUTUMN = Period(2026, TermOfYear.AUTUMN)
KNOWN = catalogue_by_code()
URN = 990001
PUPILS, EVENTS, SENSITIVE = "AB2", "SG8", "AB3"  # Of many pupils; counts of duties; few of many pupils.


def share(numerator, denominator, period=AUTUMN):
    value = D(numerator) / denominator * 100
    return Figure(period=period, value=value, numerator=D(numerator), denominator=D(denominator), cohort=D(denominator))


def count(number, period=AUTUMN):
    return Figure(period=period, value=D(number))


def seen_by(audience, figures, rules=STANDARD_RULES):
    """Return the figures of one period as an audience sees them, by code."""
    shown = shown_figures({code: [figure] for code, figure in figures.items()}, KNOWN, reader_for(audience, rules), URN)
    return {code: own[0] for code, own in shown.items()}


def is_hidden(figure):
    return figure.status is ValueStatus.HIDDEN


def test_every_indicator_says_what_its_figures_are_about():
    about = {indicator.code: indicator.about for indicator in catalogue_indicators()}

    assert {about[code] for code in ("SG8", "HS2", "HS3", "AB6", "AB7", "WB7", "STF4")} == {FigureSubject.EVENTS}
    assert {about[code] for code in ("OUT6", "AB1", "AB2", "DIS6", "WB2", "AB15")} == {FigureSubject.PEOPLE}
    assert {about[code] for code in ("FIN1", "HS4", "SG9")} == {FigureSubject.THINGS}


@pytest.mark.parametrize(
    ("audience", "sees", "mark"),
    [
        (Audience.SCHOOL, True, ""),
        (Audience.CENTRE, True, MARK),
        (Audience.BOARD, True, MARK),
        (Audience.GOVERNORS, True, MARK),
        (Audience.PANEL, True, MARK),
        (Audience.OTHERS, False, ""),
    ],
)
def test_duties_are_shown_to_those_who_answer_for_them_and_marked(audience, sees, mark):
    seen = seen_by(audience, {EVENTS: count(2)})[EVENTS]

    assert (not is_hidden(seen), seen.mark) == (sees, mark)


@pytest.mark.parametrize(
    ("audience", "sees", "mark"),
    [
        (Audience.SCHOOL, True, ""),
        (Audience.CENTRE, True, MARK),
        (Audience.BOARD, False, ""),
        (Audience.GOVERNORS, False, ""),
        (Audience.PANEL, False, ""),
        (Audience.OTHERS, False, ""),
    ],
)
def test_small_groups_are_shown_to_the_school_and_the_centre_alone(audience, sees, mark):
    seen = seen_by(audience, {"WB2": share(3, 5)})["WB2"]

    assert (not is_hidden(seen), seen.mark) == (sees, mark)


@pytest.mark.parametrize("audience", [Audience.CENTRE, Audience.BOARD, Audience.GOVERNORS, Audience.PANEL])
def test_part_of_a_post_is_shown_to_those_who_see_every_figure(audience):
    assert seen_by(audience, {"STF4": share(D("0.5"), 18)})["STF4"].mark == MARK


def test_hidden_figure_has_nothing_but_its_status_and_why():
    figure = Figure(period=AUTUMN, value=D(60), numerator=D(3), cohort=D(5), comment="Two are ill", source="A return")

    assert seen_by(Audience.BOARD, {"WB2": figure})["WB2"] == Figure(
        period=AUTUMN, status=ValueStatus.HIDDEN, comment=HIDDEN_BECAUSE_SMALL
    )


@pytest.mark.parametrize("number", range(12))
def test_only_counts_of_1_to_5_are_hidden(number):
    assert is_hidden(seen_by(Audience.OTHERS, {EVENTS: count(number)})[EVENTS]) is (1 <= number <= 5)


@pytest.mark.parametrize(
    ("numerator", "denominator", "hidden"),
    [(0, 50, False), (5, 50, True), (6, 50, False), (44, 50, False), (45, 50, True), (50, 50, False), (3, 5, True)],
)
def test_sensitive_share_is_hidden_if_either_part_is_small(numerator, denominator, hidden):
    assert is_hidden(seen_by(Audience.BOARD, {"WB3": share(numerator, denominator)})["WB3"]) is hidden


def test_other_shares_are_hidden_only_for_a_small_group():
    assert not is_hidden(seen_by(Audience.BOARD, {PUPILS: share(3, 200)})[PUPILS])
    assert is_hidden(seen_by(Audience.BOARD, {PUPILS: share(3, 5)})[PUPILS])


def test_part_is_calculated_from_a_share_without_one():
    published = Figure(period=Period(2025), value=D(42), cohort=D(12))

    assert is_hidden(seen_by(Audience.BOARD, {"DIS1": published})["DIS1"]), "42% of 12 are 5"


@pytest.mark.parametrize(("size", "hidden"), [(40, False), (44, False), (45, True), (49, True), (50, False)])
def test_group_is_hidden_if_the_rest_of_all_pupils_is_small(size, hidden):
    figures = {"OUT19": share(30, 50), "DIS9": share(20, size)}

    assert is_hidden(seen_by(Audience.BOARD, figures)["DIS9"]) is hidden
    assert not is_hidden(seen_by(Audience.BOARD, figures)["OUT19"])


def test_group_is_hidden_if_few_of_the_rest_are_counted():
    seen = seen_by(Audience.BOARD, {PUPILS: share(10, 200), "DIS6": share(7, 60)})

    assert is_hidden(seen["DIS6"]), "3 of the other 140 pupils"
    assert not is_hidden(seen[PUPILS])


def test_group_with_none_gives_nothing_away():
    seen = seen_by(Audience.BOARD, {PUPILS: share(4, 200), "DIS6": share(0, 60)})

    assert not any(map(is_hidden, seen.values()))


@pytest.mark.parametrize("everyone", [1, 2, 5])
def test_small_figure_for_all_pupils_is_hidden_with_the_figure_for_some(everyone):
    seen = seen_by(Audience.BOARD, {PUPILS: share(everyone, 200), "DIS6": share(1, 60)})

    assert is_hidden(seen[PUPILS]), "otherwise at most this many values are possible for the group"
    assert is_hidden(seen["DIS6"])


def test_year_is_hidden_with_one_of_its_terms():
    terms = [Period(2026, term) for term in TermOfYear]
    counts = dict(zip(terms, (8, 3, 9), strict=True))
    figures = {EVENTS: [count(number, period) for period, number in counts.items()] + [count(20, Period(2026))]}

    shown = shown_figures(figures, KNOWN, reader_for(Audience.OTHERS, STANDARD_RULES), URN)[EVENTS]

    assert [is_hidden(figure) for figure in shown] == [False, True, False, True]


def test_figures_about_things_are_never_hidden():
    assert not is_hidden(seen_by(Audience.OTHERS, {"HS4": count(2)})["HS4"])


def test_figure_that_is_missing_stays_as_it_is():
    missing = Figure(period=AUTUMN, status=ValueStatus.TO_FOLLOW)

    assert seen_by(Audience.OTHERS, {EVENTS: missing})[EVENTS] == missing


def test_figure_of_an_unknown_indicator_is_hidden_outside():
    figures = {"OWN9": [count(400)]}

    def seen(audience):
        return shown_figures(figures, KNOWN, reader_for(audience, STANDARD_RULES), URN)["OWN9"][0]

    assert is_hidden(seen(Audience.BOARD))
    assert not is_hidden(seen(Audience.SCHOOL))
    assert not is_hidden(seen(Audience.CENTRE))


def test_person_with_two_roles_sees_what_either_sees():
    counts = SmallCounts(people=D(3))
    reader = FigureReader(
        rules=STANDARD_RULES,
        everywhere=frozenset({Audience.BOARD, Audience.OTHERS}),
        by_school={URN: frozenset({Audience.SCHOOL})},
    )

    assert reader.showing(URN, counts) is Showing.SHOWN
    assert reader.showing(URN + 1, counts) is Showing.HIDDEN
    assert reader.showing(URN + 1, SmallCounts(events=D(3))) is Showing.MARKED


def test_counts_that_nobody_has_calculated_are_hidden_outside():
    assert reader_for(Audience.BOARD, STANDARD_RULES).showing(URN, None) is Showing.HIDDEN
    assert reader_for(Audience.CENTRE, STANDARD_RULES).showing(URN, None) is Showing.SHOWN


def test_board_may_set_other_rules():
    rules = SmallNumberRules(fewest=dict(STANDARD_RULES.fewest) | {(FigureSubject.PEOPLE, Audience.BOARD): 1})

    assert seen_by(Audience.BOARD, {"WB2": share(3, 5)}, rules)["WB2"].mark == MARK
    assert is_hidden(seen_by(Audience.PANEL, {"WB2": share(3, 5)}, rules)["WB2"])


@pytest.mark.parametrize(
    ("about", "audience", "fewest", "faulty"),
    [
        (FigureSubject.EVENTS, Audience.BOARD, 6, False),
        (FigureSubject.EVENTS, Audience.BOARD, 7, True),
        (FigureSubject.PEOPLE, Audience.OTHERS, 5, True),
        (FigureSubject.PEOPLE, Audience.OTHERS, 30, False),
        (FigureSubject.PEOPLE, Audience.OTHERS, 31, True),
        (FigureSubject.EVENTS, Audience.PANEL, 0, True),
    ],
)
def test_others_never_see_more(about, audience, fewest, faulty):
    rules = SmallNumberRules(fewest=dict(STANDARD_RULES.fewest) | {(about, audience): fewest})

    assert bool(list(rule_faults(rules))) is faulty


SIZES = st.integers(0, 40)


@given(everyone=SIZES, some=SIZES, size=st.integers(0, 80), group=st.integers(0, 80))
def test_hidden_part_of_a_shown_figure_has_at_least_three_possible_values(everyone, some, size, group):
    """Try every count that a reader of the two figures must think possible."""
    size, group = max(size, everyone), max(group, some)
    if some > everyone or group > size or size - group < everyone - some:
        return
    seen = seen_by(
        Audience.BOARD, {PUPILS: share(everyone, size), "DIS6": share(some, group)} if size and group else {}
    )
    if not seen or is_hidden(seen[PUPILS]) or not is_hidden(seen["DIS6"]):
        return

    def would_be_hidden(tried, size_tried):
        answer = seen_by(Audience.BOARD, {PUPILS: share(everyone, size), "DIS6": share(tried, size_tried)})
        return is_hidden(answer["DIS6"]) and not is_hidden(answer[PUPILS])

    possible = {
        tried
        for tried in range(everyone + 1)
        if any(would_be_hidden(tried, size_tried) for size_tried in range(max(tried, 1), size - (everyone - tried) + 1))
    }
    assert len(possible) >= 3, possible


def test_rules_name_every_audience_and_subject():
    assert set(STANDARD_RULES.fewest) == {(about, audience) for about in HIDEABLE for audience in CHOSEN}


def test_counts_are_those_of_the_figure_the_rest_and_the_parts():
    counts = small_counts({PUPILS: [share(10, 200)], "DIS6": [share(7, 60)]}, KNOWN)

    assert counts["DIS6", AUTUMN] == SmallCounts(people=D(3))
    assert counts[PUPILS, AUTUMN] == SmallCounts(people=D(10))
