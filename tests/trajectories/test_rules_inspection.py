"""Test reading Ofsted's overall judgements for the backtest."""

import pytest

from tables.faults import FileRefused
from trajectories.rules.inspection import read_judgements


def test_file_without_a_column_is_refused_by_its_name(tmp_path):
    path = tmp_path / "judgements.csv"
    path.write_text("URN,Rating\n995001,Good\n")

    with pytest.raises(FileRefused, match=r"judgements\.csv does not have the columns Inspection Date"):
        read_judgements(path)


def test_cell_that_is_no_grade_is_refused_by_its_row(tmp_path):
    path = tmp_path / "judgements.csv"
    path.write_text("URN,Rating,Inspection Date\n995001,Good,20190301\n995002,Splendid,20190302\n")

    with pytest.raises(FileRefused, match="row 3"):
        read_judgements(path)
