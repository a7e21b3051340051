"""Test how numbers are read from text files."""

import pandas as pd
import pytest

from kpis.catalogue.kinds import FigureUnit
from kpis.rules.typed_figures import parse_figure
from published.dfe.cells import CellUnit, parse_cell
from tables.faults import SpreadsheetRefused
from tables.numbers import plain_number, with_decimal_points


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1 234", "1234"),
        ("12\u00a0345.5", "12345.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("−0.4", "-0.4"),
        ("£1 234", "£1234"),
        ("12 34", "12 34"),
        ("Room 1 234", "Room 1 234"),
    ],
)
def test_spaces_between_thousands_and_true_minus(text, plain):
    assert plain_number(text) == plain


def test_published_and_typed_figures_are_read_alike():
    assert parse_cell("−1 234", CellUnit.POUNDS)[0] == -1234
    assert parse_figure("−1\u00a0234", FigureUnit.POUNDS) == -1234


@pytest.mark.parametrize(
    ("texts", "read"),
    [
        (["0,25", "1,234"], ["0.25", "1.234"]),
        (["1.234,5", "2.000"], ["1234.5", "2000"]),
        (["4,21%", "Smith, John"], ["4.21%", "Smith, John"]),
        (["1,234", "0.25"], ["1,234", "0.25"]),
        (["−0,4", "12,75"], ["-0.4", "12.75"]),
        (["13.04.2024", "0,5"], ["13.04.2024", "0.5"]),
        (["140", "x"], ["140", "x"]),
    ],
)
def test_decimal_commas_are_decided_for_the_file_as_a_whole(texts, read):
    assert with_decimal_points(pd.DataFrame({0: texts}, dtype=object))[0].tolist() == read


def test_number_that_can_be_read_in_two_ways_is_refused_by_row_and_column():
    frame = pd.DataFrame({0: ["a", "b"], 3: ["140", "1,234"]}, index=[2, 7], dtype=object)

    with pytest.raises(SpreadsheetRefused, match="Row 7, column D: “1,234” can be read in two ways"):
        with_decimal_points(frame)
