"""Test counting exports: ways to record absence, totals, pupils in several rows, texts, and what is asked."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook

from returns.files.export_counts import CountedShare, count_export
from returns.files.export_questions import ExportUnclear
from returns.files.exports import ExportKind, open_export
from returns.files.sanction_texts import Sanction
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


ONE_COLUMN = {"possible": "Possible", "missed": "Missed"}


def counted(kind, export=EXPORT, on_roll=None, answers=None, meanings=None, **columns):
    return count_export(
        open_export(export.encode()), kind, columns, on_roll=on_roll, answers=answers, meanings=meanings
    )


def pupils(rows, answers=None):
    """Count rows of "name, possible, missed"."""
    export = "Name,Possible,Missed\n" + "\n".join(rows)
    return counted(ExportKind.ATTENDANCE, export, answers=answers, pupil="Name", **ONE_COLUMN)


def groups(rows, answers=None):
    """Count rows of "year, class, possible, missed"."""
    export = "Year,Class,Possible,Missed\n" + "\n".join(rows)
    return counted(ExportKind.ATTENDANCE_GROUPS, export, answers=answers, group="Class", **ONE_COLUMN)


def asked(count):
    """Return the questions that counting raises, by name: what each is about, and why."""
    with pytest.raises(ExportUnclear) as unclear:
        count()
    return {question.name: (question.words, question.hint) for question in unclear.value.questions}


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
        "Added up: the rows of 1 pupil with more than 1 row.",
        "Left out: 1 pupil without possible sessions.",
        "Left out: 1 row of totals (row 8).",
    )


def test_export_of_a_group_counts_overall_absence_only():
    without_total = EXPORT.partition("Total")[0]

    found = counted(ExportKind.ATTENDANCE_GROUPS, without_total, group="Group", possible="Possible", missed="Missed")

    assert found.shares == {"AB1": CountedShare(Decimal(72), Decimal(320))}
    assert found.notes == (
        "Counted: 2 groups with 320 possible sessions.",
        "Added up: the rows of 2 groups with more than 1 row.",
    )


# --- Rows that add up others

PUPILS = ['"Ash, Bee",140,4', '"Cob, Dee",140,22', '"Elm, Fay",140,80']


@pytest.mark.parametrize(
    "rows",
    [
        [*PUPILS[:2], "7A Total,280,26", PUPILS[2], "7B Total,140,80", "Grand Total,420,106"],  # Nested, below.
        ["All,420,106", "7A subtotal,280,26", *PUPILS[:2], "7B subtotal,140,80", PUPILS[2]],  # Nested, above.
        [*PUPILS, "Oak Class,420,106"],  # Named otherwise.
        [*PUPILS, ",420,106"],  # Not named.
        ["School,420,106", *PUPILS[:2], ",280,26", PUPILS[2], "Mean,140,35.3", "Sum,420,106"],
        [*PUPILS[:2], "7A subtotal,280,26", "7A average,140,13", PUPILS[2], "Average,140,35.33"],
    ],
)
def test_rows_that_add_up_or_average_others_are_not_pupils(rows):
    found = pupils(rows)

    assert in_short(found) == {"AB1": (106, 420), "AB2": (2, 3), "AB3": (1, 3)}
    assert f"Left out: {len(rows) - 3} row" in found.notes[-1]


def test_sums_by_another_column_are_totals_wherever_they_are():
    rows = [
        "Ash Bee,M,140,4",
        "Cob Dee,F,140,22",
        "Elm Fay,M,140,80",
        "Oak Guy,F,140,0",
        "Boys,,280,84",
        "Girls,,280,22",
    ]
    export = "Name,Sex,Possible,Missed\n" + "\n".join([*rows, "Everyone,,560,106"])

    found = counted(ExportKind.ATTENDANCE, export, pupil="Name", **ONE_COLUMN)

    assert in_short(found)["AB1"] == (106, 560)
    assert "Left out: 3 rows of totals (rows 6 to 8)." in found.notes


def test_totals_of_classes_and_years_are_not_groups():
    rows = ["7,7A,280,26", "7,7B,140,80", "7,,420,106", "8,8A,200,10", "8,,200,10", ",Total,620,116"]

    with_names = groups([row.replace("7,,", "7,Year 7 Total,").replace("8,,", "8,Year 8 Total,") for row in rows])

    assert in_short(with_names) == {"AB1": (116, 620)}
    question = asked(lambda: groups(rows))
    assert question == {"rows-6-1": ("What is row 6?", "Nothing says which group this is")}, "the sum of one class"
    assert in_short(groups(rows, {"rows-6-1": "leave-out"})) == {"AB1": (116, 620)}


def test_row_with_the_sum_of_others_and_a_name_like_theirs_is_asked_about():
    rows = ["7,Year 7,420,106", "7,7A,280,26", "7,7B,140,80"]

    assert asked(lambda: groups(rows)) == {"rows-2-1": ("What is row 2?", "The same numbers as rows 3 to 4 added up")}
    assert in_short(groups(rows, {"rows-2-1": "leave-out"})) == {"AB1": (106, 420)}
    assert in_short(groups(rows, {"rows-2-1": "count"})) == {"AB1": (212, 840)}


def test_total_of_rows_that_are_asked_about_is_a_total():
    rows = [
        "7,Year 7,420,106",
        "7,7A,280,26",
        "7,7B,140,80",
        "8,Year 8,290,9",
        "8,8A,200,8",
        "8,8B,90,1",
        ",All,710,115",
    ]

    assert [*asked(lambda: groups(rows))] == ["rows-2-1", "rows-5-1"]
    assert in_short(groups(rows, {"rows-2-1": "leave-out", "rows-5-1": "leave-out"})) == {"AB1": (115, 710)}


def test_total_that_counts_a_pupil_without_a_number_is_a_total():
    rows = [*PUPILS, ",140,10", "Total,560,116"]

    assert [*asked(lambda: pupils(rows))] == ["rows-5-1"]
    assert in_short(pupils(rows, {"rows-5-1": "count"}))["AB1"] == (116, 560)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",140,4", "Nothing says which pupil this is"),
        ("Whole School,140,22", "Named like a total, but not the sum or the mean of the rows around it"),
        ("Boys,140,5", "Named in another way than the other rows"),
        ('"Oak, Guy",900,5', "More possible sessions than a pupil can have in a school year"),
        ("All year 7,100%,5%", "Named like a total, but not the sum or the mean of the rows around it"),
    ],
)
def test_row_that_may_not_be_a_pupil_is_asked_about(row, why):
    assert asked(lambda: pupils([*PUPILS, row])) == {"rows-5-1": ("What is row 5?", why)}
    assert in_short(pupils([*PUPILS, row], {"rows-5-1": "leave-out"}))["AB1"] == (106, 420)


@pytest.mark.parametrize("row", ["Median,140,22", "Total,999,1", "Percentage,100%,75%", "Count,3,3"])
def test_row_that_only_a_total_can_be_named_like_is_left_out_and_named(row):
    found = pupils([*PUPILS, row])

    assert in_short(found)["AB1"] == (106, 420)
    assert found.notes[1:] == (
        "Left out: 1 row of totals (row 5).",
        "Row 5 left out by name, though not the sum or the mean of other rows: check that none is missing.",
    )


def test_fault_in_a_row_about_a_pupil_comes_before_questions_about_others():
    with pytest.raises(SpreadsheetRefused) as refused:
        pupils([*PUPILS, ",140,4", '"Oak, Guy",140,x'])

    assert [fault.row for fault in refused.value.faults] == [6]


def test_pupil_without_a_number_is_counted_once_somebody_says_so():
    found = pupils([*PUPILS, ",140,4", ",100,50"], {"rows-5-1": "count", "rows-6-1": "count"})

    assert in_short(found) == {"AB1": (160, 660), "AB2": (3, 5), "AB3": (2, 5)}


@pytest.mark.parametrize("name", ['"All, Sam"', '"Mean, Joe"', '"School, Ann"', '"Totally, Tim"'])
def test_pupil_named_like_a_total_is_a_pupil(name):
    assert in_short(pupils([*PUPILS, f"{name},140,80"]))["AB2"] == (3, 4)


def test_pupils_with_the_same_numbers_are_not_totals():
    assert in_short(pupils([f"A80120000100{at},140,4" for at in range(9)]))["AB2"] == (0, 9)


def test_many_rows_with_the_same_reason_are_one_question():
    questions = asked(lambda: pupils([*PUPILS, *[",140,4"] * 30]))

    assert questions == {"rows-5-30": ("What are rows 5 to 34?", "Nothing says which pupil this is")}


# --- Pupils in several rows


def test_two_pupils_with_one_name_are_asked_about():
    rows = ['"Ash, Bee",140,4', '"Ash, Bee",140,82', '"Cob, Dee",140,2']

    assert [words for words, _ in asked(lambda: pupils(rows)).values()] == [
        "Rows 2 and 3 have the same name. Are they one pupil?"
    ]
    assert in_short(pupils(rows, {"names-2-2": "several"})) == {"AB1": (88, 420), "AB2": (1, 3), "AB3": (1, 3)}
    one = pupils(rows, {"names-2-2": "one"})
    assert in_short(one) == {"AB1": (88, 420), "AB2": (1, 2), "AB3": (0, 2)}
    assert "Added up: the rows of 1 pupil with more than 1 row." in one.notes


def test_many_names_in_several_rows_are_one_question():
    rows = [f'"Ash, Bee {chr(97 + at)}",70,{at}' for at in range(25)]

    (question,) = asked(lambda: pupils(rows + rows)).values()

    assert question[0] == "Rows 2 to 51 have names that are in several rows. Are they one pupil?"
    assert in_short(pupils(rows + rows, {"names-2-50": "one"}))["AB2"] == (18, 25)


# --- Hidden rows, hidden columns and notes


def hidden_export(hide):
    book = Workbook()
    sheet = book.active
    for row in (("UPN", "Possible", "Missed"), ("A1", 100, 5), ("A2", 100, 50), ("A3", 100, 0)):
        sheet.append(row)
    hide(sheet)
    out = BytesIO()
    book.save(out)
    return open_export(out.getvalue())


@pytest.mark.parametrize(
    ("answer", "counts", "note"),
    [
        ("count", (55, 300), "Counted: 1 row hidden in the file."),
        ("leave-out", (5, 200), "Left out: 1 row hidden in the file."),
    ],
)
def test_hidden_rows_are_asked_about(answer, counts, note):
    export = hidden_export(lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True))
    columns = {"pupil": "UPN", **ONE_COLUMN}

    questions = asked(lambda: count_export(export, ExportKind.ATTENDANCE, columns))
    found = count_export(export, ExportKind.ATTENDANCE, columns, answers={"hidden": answer})

    assert questions["hidden"][0] == "Row 3 is hidden in the file. Should they be counted?"
    assert in_short(found)["AB1"] == counts
    assert note in found.notes


def test_hidden_column_that_is_counted_is_named():
    export = hidden_export(lambda sheet: setattr(sheet.column_dimensions["C"], "hidden", True))

    found = count_export(export, ExportKind.ATTENDANCE, {"pupil": "UPN", **ONE_COLUMN})

    assert "Hidden in the file, but counted: column C, Missed." in found.notes


def test_notes_below_the_table_are_named():
    assert "Left out: notes below the table (row 6)." in pupils([*PUPILS, "", "Printed on 1 May,,"]).notes


# --- Suspensions


def sanctions(rows, **more):
    export = "Pupil,Type,Status\n" + "\n".join(f"A{at},{row}" for at, row in enumerate(rows))
    return counted(ExportKind.BEHAVIOUR, export, on_roll=318, pupil="Pupil", type="Type", **more)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("FIXD", Sanction.SUSPENSION), ("SUSP", Sanction.SUSPENSION), ("LNCH", Sanction.SUSPENSION),
        ("FTE", Sanction.SUSPENSION), ("FTS", Sanction.SUSPENSION), ("FPE", Sanction.SUSPENSION),
        ("Suspension", Sanction.SUSPENSION), ("Fixed-Period  Exclusion", Sanction.SUSPENSION),
        ("Lunchtime", Sanction.SUSPENSION), ("PERM", Sanction.EXCLUSION), ("PEX", Sanction.EXCLUSION),
        ("Permanent Exclusion", Sanction.EXCLUSION), ("Internal Suspension", Sanction.NEITHER),
        ("Detention", Sanction.NEITHER), ("Permanent exclusion (cancelled)", Sanction.NEITHER),
        ("Suspension - withdrawn", Sanction.NEITHER), ("Not suspended", Sanction.NEITHER),
        ("Left site without permission", None), ("Suspected vaping", None), ("Fixed penalty notice", None),
        ("Late back from lunch", None), ("PP", None), ("", None),
    ],
)  # fmt: skip
def test_texts_are_recognised_as_a_whole_and_confirmed(text, meaning):
    with pytest.raises(ExportUnclear) as unclear:
        sanctions([f"{text},"])

    (question,) = unclear.value.questions
    assert question.suggested == (meaning or "")
    assert question.hint == "1 row"


def test_answers_and_confirmed_texts_are_counted():
    rows = ["FIXD,", "FIXD,", "LNCH,", "PERM,", "SUSP,", "Chess club,"]
    meanings = {"FIXD": Sanction.SUSPENSION, "PERM": Sanction.EXCLUSION, "LNCH": Sanction.SUSPENSION}

    questions = asked(lambda: sanctions(rows, meanings=meanings))
    assert [words for words, _ in questions.values()] == ["“Chess club”", "“SUSP”"], "only what is new"
    found = sanctions(rows, meanings=meanings, answers=dict(zip(questions, ("neither", "suspension"), strict=True)))

    assert in_short(found) == {"AB6": (4, 318), "AB7": (1, 318)}
    assert found.confirmed == {"Chess club": Sanction.NEITHER, "SUSP": Sanction.SUSPENSION}
    assert found.notes == (
        "Counted: 4 suspensions and 1 permanent exclusion.",
        "Left out: 1 row that is neither.",
        "A suspension: “FIXD” 2, “LNCH” 1, “SUSP” 1.",
        "A permanent exclusion: “PERM” 1.",
        "Neither: “Chess club” 1.",
    )


def test_text_confirmed_in_other_letters_is_suggested():
    with pytest.raises(ExportUnclear) as unclear:
        sanctions(["chess CLUB,"], meanings={"Chess club": Sanction.SUSPENSION})

    assert [question.suggested for question in unclear.value.questions] == [Sanction.SUSPENSION]


def test_outcome_in_a_column_of_its_own_is_part_of_the_text():
    with pytest.raises(ExportUnclear) as unclear:
        sanctions(["PERM,Upheld", "PERM,Withdrawn", "PERM,"], outcome="Status")

    assert [(question.words, question.suggested) for question in unclear.value.questions] == [
        ("“PERM”", "exclusion"),
        ("“PERM · Upheld”", "exclusion"),
        ("“PERM · Withdrawn”", "neither"),
    ]


def test_rows_without_a_text_are_asked_about_in_every_file():
    questions = asked(lambda: sanctions(["SUSP,", ","], meanings={"SUSP": Sanction.SUSPENSION}))

    found = sanctions(
        ["SUSP,", ","], meanings={"SUSP": Sanction.SUSPENSION}, answers=dict.fromkeys(questions, "neither")
    )
    assert in_short(found)["AB6"] == (1, 318)
    assert found.confirmed == {}


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        ([f"Text {at}" for at in range(61)], "Found 61 different texts; expected the types of sanction, at most 60"),
        (["x" * 101], "Found a long text; expected the type of sanction"),
    ],
)
def test_column_with_names_or_descriptions_is_refused(texts, what):
    with pytest.raises(SpreadsheetRefused) as refused:
        sanctions([f"{text}," for text in texts])

    (fault,) = refused.value.faults
    assert fault.what == what
    assert fault.column == "B, Type"


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
    ],
)
def test_a_row_that_cannot_be_counted_is_named(row, place, what):
    with pytest.raises(SpreadsheetRefused) as refused:
        counted(ExportKind.ATTENDANCE, EXPORT + row, pupil="Pupil", possible="Possible", missed="Missed")

    (fault,) = refused.value.faults
    assert (fault.place, fault.what) == (place, what)
