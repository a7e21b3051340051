import math
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from published.dfe.cells import STATUSES, UNIT_LIMITS, CellUnit, UnreadableCell, parse_cell, parse_columns
from published.dfe.value_statuses import PUBLISHED_CODES, ValueStatus, code_of


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("60.5%", CellUnit.PERCENT, 60.5),
        ("0%", CellUnit.PERCENT, 0),
        ("100", CellUnit.PERCENT, 100),
        (" 3.8 ", CellUnit.PERCENT, 3.8),
        ("£45,421", CellUnit.POUNDS, 45421),
        ("-£1,250.50", CellUnit.POUNDS, -1250.5),
        ("37119", CellUnit.POUNDS, 37119),
        ("1,327", CellUnit.COUNT, 1327),
        ("833033.66667", CellUnit.COUNT, 833033.66667),
        ("-0.49", CellUnit.SCORE, -0.49),
        ("-.3", CellUnit.SCORE, -0.3),
        ("15.1", CellUnit.RATIO, 15.1),
        ("3", CellUnit.BAND, 3),
        ("Well above average", CellUnit.BAND, 1),
        ("below average", CellUnit.BAND, 4),
        ("\N{MINUS SIGN}0.49", CellUnit.SCORE, -0.49),
        ("48.2 [r]", CellUnit.POINTS, 48.2),
        ("48.2r", CellUnit.POINTS, 48.2),
        ("48.2% (p)", CellUnit.PERCENT, 48.2),
    ],
)
def test_parse_cell_reads_numbers_in_their_unit(text, unit, number):
    assert parse_cell(text, unit) == (number, ValueStatus.VALUE)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("NP", "not_published"),
        ("NE", "no_entries"),
        ("NA", "not_applicable"),
        ("SUPP", "suppressed"),
        ("SUPPM", "suppressed"),
        ("LOWCOV", "low_coverage"),
        ("NEW", "new_school"),
        ("SP", "special_school"),
        ("RE", "redacted"),
        ("supp", "suppressed"),
        ("c", "suppressed"),
        ("C", "suppressed"),
        ("[c]", "suppressed"),
        ("x", "not_published"),
        (":", "not_published"),
        ("..", "not_published"),
        ("[z]", "not_applicable"),
        ("low", "rounds_to_zero"),
        ("[low]", "rounds_to_zero"),
        ("k", "rounds_to_zero"),
        ("~", "rounds_to_zero"),
        ("u", "low_reliability"),
        ("", "blank"),
        (" ", "blank"),
    ],
)
@pytest.mark.parametrize("unit", CellUnit)
def test_parse_cell_returns_the_meaning_of_a_code(code, status, unit):
    number, found = parse_cell(code, unit)

    assert math.isnan(number)
    assert found == status


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("60.5%", CellUnit.SCORE),
        ("£45,421", CellUnit.COUNT),
        ("101%", CellUnit.PERCENT),
        ("-1", CellUnit.PERCENT),
        ("-4", CellUnit.COUNT),
        ("6", CellUnit.BAND),
        ("1,32", CellUnit.COUNT),
        ("12,3456", CellUnit.COUNT),
        ("1e3", CellUnit.COUNT),
        ("1_000", CellUnit.COUNT),
        ("nan", CellUnit.SCORE),
        ("inf", CellUnit.SCORE),
        ("[]", CellUnit.SCORE),
        ("48.2 [x]", CellUnit.SCORE),
        ("#N/A", CellUnit.COUNT),
        ("N/A", CellUnit.COUNT),
        ("\N{EN DASH}", CellUnit.COUNT),
        ("average", CellUnit.SCORE),
        ("better", CellUnit.BAND),
        ("n/a", CellUnit.PERCENT),
        ("٣", CellUnit.COUNT),
        ("--1", CellUnit.SCORE),
        ("%", CellUnit.PERCENT),
        ("£", CellUnit.POUNDS),
        ("5.", CellUnit.SCORE),
    ],
)
def test_parse_cell_refuses_text_that_is_neither_number_nor_code(text, unit):
    with pytest.raises(UnreadableCell, match=UNIT_LIMITS[unit].expected):
        parse_cell(text, unit)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("#N/A", "use the file as it was downloaded"),
        ("N/A", "z for not applicable, x for not available"),
        ("\N{EN DASH}", "z for not applicable, x for not available"),
    ],
)
def test_parse_cell_says_what_to_do_about_a_text_of_no_one_meaning(text, advice):
    with pytest.raises(UnreadableCell, match=advice):
        parse_cell(text, CellUnit.PERCENT)


@given(st.text(), st.sampled_from(CellUnit))
def test_parse_cell_never_guesses(text, unit):
    """Any text gives a number within the unit's limits, a known code's status, or a refusal."""
    try:
        number, status = parse_cell(text, unit)
    except UnreadableCell:
        return
    if status is ValueStatus.VALUE:
        assert UNIT_LIMITS[unit].low <= number <= UNIT_LIMITS[unit].high
    else:
        assert math.isnan(number)
        assert PUBLISHED_CODES[code_of(text)] is status


@given(st.decimals(min_value=0, max_value=100, places=1), st.sampled_from(["%", " %", ""]))
def test_parse_cell_reads_any_percentage_as_a_percent_number(percentage, sign):
    assert parse_cell(f"{percentage}{sign}", CellUnit.PERCENT) == (float(percentage), ValueStatus.VALUE)


@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_parse_cell_reads_any_amount_with_grouped_thousands(pounds):
    text = f"{'-' * (pounds < 0)}£{abs(pounds):,}"

    assert parse_cell(text, CellUnit.POUNDS) == (float(pounds), ValueStatus.VALUE)


@given(st.decimals(min_value=Decimal("-99.99"), max_value=Decimal("99.99"), places=2))
def test_parse_cell_reads_any_score_to_the_last_decimal(score):
    assert parse_cell(str(score), CellUnit.SCORE)[0] == float(score)


@given(st.lists(st.sampled_from([*PUBLISHED_CODES, "1.5", "-0.2", "what?", "60%", " 7 "]), min_size=1))
def test_parse_columns_reads_cells_like_parse_cell(texts):
    table = pd.DataFrame({"A": texts, "B": texts[::-1]}, dtype=object)

    parsed = parse_columns(table, ["A", "B"], CellUnit.SCORE)

    for column in ("A", "B"):
        refused = {int(at): wrong.text for wrong in parsed[column].unreadable for at in wrong.positions}
        for at, text in enumerate(table[column]):
            if at in refused:
                assert refused[at] == text
                with pytest.raises(UnreadableCell):
                    parse_cell(text, CellUnit.SCORE)
                continue
            number, status = parse_cell(text, CellUnit.SCORE)
            assert STATUSES[parsed[column].statuses[at]] is status
            assert parsed[column].values[at] == number or (math.isnan(number) and math.isnan(parsed[column].values[at]))


def test_every_status_has_a_label():
    labels = [status.label for status in ValueStatus]

    assert len(set(labels)) == len(labels)
    assert all(label[0].isupper() and "_" not in label for label in labels)
