"""Test counting exports: every way to record absence, pupils in several rows, totals, and what is left out."""

from decimal import Decimal

import pytest

from returns.files.export_counts import CountedShare, count_export
from returns.files.exports import ExportKind, open_export
from tables.faults import SpreadsheetRefused

HEADS = "Pupil,Group,Possible,Missed,Present,Authorised,Unauthorised,Type"
EXPORT = f"""Attendance of the autumn term
{HEADS}
A1,7,100,10,90,6,4,
A2,7,60,4,56,4,0,
a2,8,60,8,52,5,3,
A3,8,100,50,50,0,50,
A4,8,0,0,0,0,0,
Total,,320,72,248,15,57,
"""


def counted(kind, export=EXPORT, on_roll=None, **columns):
    return count_export(open_export(export.encode()), kind, columns, on_roll=on_roll)


def in_short(counts):
    return {code: (int(share.numerator), int(share.denominator)) for code, share in counts.shares.items()}


@pytest.mark.parametrize(
    "absence",
    [
        {"missed": "Missed"},
        {"present": "Present"},
        {"authorised": "Authorised", "unauthorised": "Unauthorised"},
    ],
)
def test_every_way_to_record_absence_gives_the_same_count(absence):
    found = counted(ExportKind.ATTENDANCE, pupil="Pupil", possible="Possible", **absence)

    # A2 missed 12 of 120, a tenth; A3 half; A4 could not have come.
    assert in_short(found) == {"AB1": (72, 320), "AB2": (3, 3), "AB3": (1, 3)}
    assert found.notes == (
        "Counted: 3 pupils with 320 possible sessions.",
        "Left out: 1 pupil without possible sessions.",
        "Left out: 1 row of totals.",
    )


def test_export_of_a_group_counts_overall_absence_only():
    without_total = EXPORT.partition("Total")[0]

    found = counted(ExportKind.ATTENDANCE_GROUPS, without_total, group="Group", possible="Possible", missed="Missed")

    assert found.shares == {"AB1": CountedShare(Decimal(72), Decimal(320))}
    assert found.notes == ("Counted: 2 groups with 320 possible sessions.",)


@pytest.mark.parametrize(
    ("kind", "shares"),
    [
        ("Suspension", {"AB6": 1, "AB7": 0}), ("Fixed Period Exclusion", {"AB6": 1, "AB7": 0}),
        ("Lunchtime", {"AB6": 1, "AB7": 0}), ("Permanent Exclusion", {"AB6": 0, "AB7": 1}),
        ("Detention", {"AB6": 0, "AB7": 0}), ("Internal Suspension", {"AB6": 0, "AB7": 0}),
    ],
)  # fmt: skip
def test_suspensions_and_exclusions_are_recognised_by_their_words(kind, shares):
    found = counted(ExportKind.BEHAVIOUR, f"Pupil,Type\nA1,{kind}\n", on_roll=400, pupil="Pupil", type="Type")

    assert in_short(found) == {code: (number, 400) for code, number in shares.items()}


@pytest.mark.parametrize(
    ("row", "place", "what"),
    [
        ("A5,7,,1,,,,", "Row 9, column C, Possible", "Found nothing; expected a number of sessions"),
        ("A5,7,100,10%,,,,", "Row 9, column D, Missed", "Found a percentage; expected a number of sessions"),
        ("A5,7,100,-1,,,,", "Row 9, column D, Missed", "Found a number below zero; expected a number of sessions"),
        (
            "A5,7,100,101,,,,",
            "Row 9, column C, Possible",
            "Sessions missed are below zero, or more than the sessions possible",
        ),
        (",7,100,1,,,,", "Row 9, column A, Pupil", "The row does not say who it is about"),
    ],
)
def test_a_row_that_cannot_be_counted_is_named(row, place, what):
    with pytest.raises(SpreadsheetRefused) as refused:
        counted(ExportKind.ATTENDANCE, EXPORT + row, pupil="Pupil", possible="Possible", missed="Missed")

    (fault,) = refused.value.faults
    assert (fault.place, fault.what) == (place, what)
