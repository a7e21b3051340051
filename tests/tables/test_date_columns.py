"""Test that the order of day and month is decided once for a file, or refused."""

import pandas as pd
import pytest

from tables.date_columns import read_dates
from tables.faults import SpreadsheetRefused


def frame(*texts: str, **more: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({"Joined": texts} | more, index=range(2, len(texts) + 2), dtype=object)


def days(read: pd.DataFrame, name: str = "Joined") -> list[str]:
    return [str(day)[:10] for day in read[name]]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-09-01", "2024-09-01"),
        ("2024-09-01 00:00:00", "2024-09-01"),
        ("1 September 2024", "2024-09-01"),
        ("01-Sep-24", "2024-09-01"),
        ("31/01/2024", "2024-01-31"),
        ("31.1.24", "2024-01-31"),
        ("01/31/2024", "2024-01-31"),
        ("02/02/2024", "2024-02-02"),
        ("", "NaT"),
    ],
)
def test_date_that_can_be_read_in_one_way_is_read(text, day):
    assert days(read_dates(frame(text))) == [day]


def test_one_day_above_12_decides_for_all_columns():
    assert days(read_dates(frame("03/04/2024", Closed=("13/04/2024",)))) == ["2024-04-03"]
    assert days(read_dates(frame("03/04/2024", Closed=("04/13/2024",)))) == ["2024-03-04"]


def test_dates_that_can_all_be_read_in_two_ways_are_refused_with_their_rows():
    with pytest.raises(SpreadsheetRefused) as refused:
        read_dates(frame("2024-09-01", "03/04/2024"))

    (fault,) = refused.value.faults
    assert (fault.row, fault.column, "can be read as two dates" in fault.what) == (3, "Joined", True)


def test_publisher_who_always_writes_the_day_first_is_believed():
    assert days(read_dates(frame("03/04/2024"), usual_day_first=True)) == ["2024-04-03"]
    assert days(read_dates(frame("03/04/2024", "03/14/2024"), usual_day_first=True)) == ["2024-03-04", "2024-03-14"]


def test_both_orders_in_one_file_are_refused():
    with pytest.raises(SpreadsheetRefused, match=r"Row 4, column Joined: .* found “04/13/2024”"):
        read_dates(frame("13/04/2024", "14/04/2024", "04/13/2024"))


def test_text_that_is_no_date_is_refused():
    with pytest.raises(SpreadsheetRefused, match="Row 2, column Joined: “31/02/2024” is not a date"):
        read_dates(frame("31/02/2024"))
