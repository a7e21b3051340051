from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kpis.catalogue import FigureLimits, FigureUnit, catalogue_by_code
from kpis.rules.figures_in_words import number_as_typed
from kpis.rules.score import Figure, SchoolTarget
from published.dfe.value_statuses import ValueStatus
from returns.rules.punctuality import punctuality_of
from returns.rules.return_lines import (
    LineState,
    LineWords,
    TypedLine,
    check_typed_line,
    comparable_figures,
    count_in_words,
    line_context,
    line_state,
    typed_from,
)
from schools.rules.terms import Period, TermOfYear
from tables.lists import as_csv, without_formula

ABSENCE, ACCIDENTS = catalogue_by_code()["AB1"], catalogue_by_code()["HS2"]
NOW = Period(2026, TermOfYear.AUTUMN)
NO_WORDS = LineWords(comment="", what="", why="", what_next="")


def autumn(year, value, status=ValueStatus.VALUE):
    return Figure(period=Period(year, TermOfYear.AUTUMN), value=Decimal(value) if value else None, status=status)


def typed_of(**stored):
    nothing = {
        "value": None,
        "numerator": None,
        "denominator": None,
        "missing_reason": "",
        "words": NO_WORDS,
        "unread": {},
    }
    return typed_from(ABSENCE, **{**nothing, **stored})


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        (TypedLine(), LineState.EMPTY),
        (TypedLine(comment="waiting for the office"), LineState.EMPTY),
        (TypedLine(value="6.1"), LineState.SAVED),
        (TypedLine(numerator="61", denominator="1000"), LineState.SAVED),
        (TypedLine(value="six"), LineState.INVALID),
        (TypedLine(value="101"), LineState.INVALID),
        (TypedLine(status="to_follow"), LineState.INVALID),
        (TypedLine(status="to_follow", comment="on Friday"), LineState.SAVED),
        (TypedLine(value="30"), LineState.QUERY),
        (TypedLine(value="30", comment="an outbreak of measles"), LineState.SAVED),
    ],
)
def test_state_follows_from_what_is_typed(typed, state):
    history = [Decimal("6.0")]

    assert line_state(typed, check_typed_line(ABSENCE, typed, history)) is state


def test_calculated_figure_is_not_shown_as_typed():
    typed = typed_of(value=Decimal("6.1000"), numerator=Decimal("61.00"), denominator=Decimal("1000.00"))

    assert typed == TypedLine(numerator="61", denominator="1000")


def test_unreadable_text_is_shown_as_it_was_typed_with_the_current_comment():
    typed = typed_of(value=Decimal("6.1"), words=NO_WORDS | {"comment": "new", "why": "ice"}, unread={"value": "six"})

    assert typed == TypedLine(value="six", comment="new", why="ice")


def test_a_yes_is_shown_as_a_word():
    answer = typed_from(
        next(indicator for indicator in catalogue_by_code().values() if indicator.unit is FigureUnit.YES_NO),
        value=Decimal(1),
        numerator=None,
        denominator=None,
        missing_reason="",
        words=NO_WORDS,
        unread={},
    )

    assert answer.value == "yes"


def test_a_figure_too_large_to_keep_is_an_error():
    boundless = replace(ACCIDENTS, limits=FigureLimits(minimum=Decimal(0), maximum=None))

    checked = check_typed_line(boundless, TypedLine(value="99999999999"), [])

    assert not checked.may_submit
    assert [finding.message for finding in checked.findings] == ["This figure is too large to save"]


@pytest.mark.parametrize(("part", "is_kept"), [("999999999999.99", True), ("999999999999.995", False)])
def test_a_part_too_large_to_keep_is_an_error(part, is_kept):
    checked = check_typed_line(catalogue_by_code()["FIN2"], TypedLine(numerator=part, denominator="999999999999"), [])

    assert [finding.message for finding in checked.findings] == (
        [] if is_kept else ["This figure is too large to save"]
    )


def test_fingerprints_tell_fields_apart_and_ignore_how_lines_end():
    assert TypedLine(value="1").fingerprint != TypedLine(numerator="1").fingerprint
    assert TypedLine(comment="one\r\ntwo\n").fingerprint == TypedLine(comment="one\ntwo").fingerprint


def test_typed_line_is_described_in_a_few_words():
    assert TypedLine(numerator="61", denominator="1000").in_short == "61 of 1000"
    assert TypedLine(value="6.1", status="to_follow").in_short == "6.1, To follow"
    assert TypedLine(status="to_follow", follows="2026-01-09").in_short == "To follow by 9 January 2026"
    assert TypedLine(status="to_follow", follows="soon").in_short == "To follow by soon"
    assert TypedLine().in_short == "nothing"


@pytest.mark.parametrize(
    ("stored", "shown"), [("0.0000", "0"), ("-12.5000", "-12.5"), ("1200", "1200"), ("0.05", "0.05")]
)
def test_stored_number_is_shown_without_trailing_zeros(stored, shown):
    assert number_as_typed(Decimal(stored)) == shown


def test_counts_are_shown_with_commas_and_without_trailing_zeros():
    assert [count_in_words(Decimal(count)) for count in ("1E+6", "12.50", "0")] == ["1,000,000", "12.5", "0"]


def test_history_is_of_the_same_term_if_there_are_enough_figures():
    autumns = [autumn(year, value) for year, value in [(2022, "5"), (2023, "6"), (2024, "7"), (2025, "8")]]
    springs = [Figure(period=Period(2025, TermOfYear.SPRING), value=Decimal(9))]
    later = [autumn(2026, "99")]

    assert comparable_figures([*autumns, *springs, *later], NOW) == [5, 6, 7, 8]
    assert comparable_figures([*autumns[1:], *springs], NOW) == [6, 7, 8, 9]


def test_history_leaves_gaps_out():
    assert comparable_figures([autumn(2024, None, ValueStatus.NOT_COLLECTED), autumn(2025, "6")], NOW) == [6]


def around(figures=(), targets=None, indicator=ABSENCE, phase="secondary"):
    return line_context(indicator, figures, phase=phase, period=NOW, targets=targets or {}, national=())


def test_line_shows_the_last_figure_and_the_figure_a_year_ago():
    summer = Figure(period=Period(2025, TermOfYear.SUMMER), value=Decimal("7.25"))

    facts = around([autumn(2025, "6.0"), summer, autumn(2026, "9.9")])

    assert (facts.last.text, facts.last.note) == ("7.3%", "summer 2025")
    assert (facts.year_ago.text, facts.year_ago.note) == ("6.0%", "autumn 2024")


def test_line_says_in_words_which_figures_are_missing():
    facts = around([autumn(2025, None, ValueStatus.TOO_FEW_PUPILS)], indicator=catalogue_by_code()["DIS7"])

    assert (facts.last.text, facts.last.is_absent) == ("Too few pupils", True)
    assert facts.target.text == "No target set"
    assert facts.national.text == "None published"
    assert around().last.text == around().year_ago.text == "No figure"


def test_line_tells_the_boards_target_from_a_default():
    board = SchoolTarget(
        value=Decimal(5), upper=None, tolerance=Decimal(1), provenance="set by the Board, 14 October 2025"
    )

    own, default = around(targets={2026: board}), around(indicator=catalogue_by_code()["STF3"])

    assert (own.target.text, own.target.note) == ("5.0%", board.provenance)
    assert default.target.note == "by default"
    assert "default" in default.target.source.lower()


@pytest.mark.parametrize(
    ("submitted", "on", "words", "late"),
    [
        (date(2025, 12, 12), date(2026, 1, 5), "On time", False),
        (date(2025, 12, 13), date(2026, 1, 5), "1 day late", True),
        (None, date(2025, 12, 12), "Due today", False),
        (None, date(2025, 12, 10), "Due in 2 days", False),
        (None, date(2025, 12, 15), "3 days overdue", True),
    ],
)
def test_punctuality_is_described_in_words(submitted, on, words, late):
    found = punctuality_of(date(2025, 12, 12), submitted=submitted, on=on)

    assert (found.words, found.is_late) == (words, late)


@pytest.mark.parametrize(
    ("on", "is_opened", "words", "late"),
    [
        (date(2026, 3, 12), False, "90 days overdue", True),
        (date(2026, 3, 13), False, "Not entered", False),
        (date(2026, 3, 13), True, "91 days overdue", True),
    ],
)
def test_a_return_that_nobody_opened_is_overdue_only_while_it_is_chased(on, is_opened, words, late):
    found = punctuality_of(date(2025, 12, 12), submitted=None, on=on, is_opened=is_opened)

    assert (found.words, found.is_late, found.is_not_entered) == (words, late, not late)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(cell):
    assert without_formula(cell) == f"'{cell}"


def test_numbers_are_written_to_a_file_as_numbers():
    assert as_csv([["a"], [-1]]) == "a\r\n-1\r\n"
