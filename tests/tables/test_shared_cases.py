"""Read the files of the shared cases: what people have sent and could not use."""

import pytest

from published.dfe import read_results_file
from returns.files.export_counts import count_export
from returns.files.export_questions import ExportUnclear
from returns.files.exports import ExportKind, open_export
from tables.faults import FileRefused
from tables.table_reader import read_table
from tests.conftest import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"
CONTAINERS = CASES / "field" / "05-published-file-in-another-container" / "2022-23"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not next to this checkout")
COLUMNS = {
    "pupil": "UPN",
    "possible": "Possible",
    "authorised": "Authorised Absences",
    "unauthorised": "Unauthorised Absences",
}


def counted(file: str, answers: dict[str, str] | None = None, **columns: str) -> tuple[int, int, int]:
    """Return the pupils, the sessions missed and the sessions possible of an export."""
    export = open_export((CASES / file).read_bytes())
    shares = count_export(export, ExportKind.ATTENDANCE, COLUMNS | columns, answers=answers).shares
    return int(shares["AB2"].denominator), int(shares["AB1"].numerator), int(shares["AB1"].denominator)


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("01-sheetjs-workbook-called-macros/sheetjs.xlsx", 24),
        ("02-libreoffice-deleted-row/g2_delonly.xlsx", 23),
        ("02-libreoffice-deleted-row/g3_insdel.xlsx", 24),
    ],
)
def test_return_saved_by_another_program_is_read(file, rows):
    table = read_table((CASES / "clients" / file).read_bytes(), sheet_name="Return")

    assert (table.headings[:2], len(table.frame)) == (("Form", "Code"), rows)


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("01-sheetjs-workbook-called-macros/exp-sheetjs.xlsx", 60),
        ("02-libreoffice-deleted-row/exp-opx-delrow.xlsx", 59),
    ],
)
def test_export_saved_by_another_program_is_read(file, rows):
    assert len(open_export((CASES / "clients" / file).read_bytes()).rows) == rows


@pytest.mark.parametrize(
    "file",
    [
        "semicolon_england_ks4final.csv",
        "utf16_tab_england_ks4final.csv",
        "sep_line_england_ks4final.csv",
        "title_england_ks4final.csv",
        "note_below_england_ks4final.csv",
    ],
)
def test_published_file_in_another_container_is_read(file):
    results = read_results_file(CONTAINERS / file)
    numbers = results.values.dropna(subset="value").set_index("measure")["value"]

    assert (results.summary.layout, results.summary.year, results.summary.release) == ("ks4", 2023, "final")
    assert results.schools["urn"].tolist() == [100001]
    assert (numbers["P8MEA"], numbers["ATT8SCR"], numbers["EBACCAPS"]) == (0.25, 48.2, 4.21)


def test_published_workbook_whose_percentages_are_fractions_is_refused():
    with pytest.raises(FileRefused, match="a spreadsheet has turned them into fractions"):
        read_results_file(CONTAINERS / "england_ks4final.xlsx")


def test_text_kept_as_a_formula_is_text():
    assert counted("field/14-text-kept-as-formula/excel-text.csv") == (3, 106, 420)


@pytest.mark.parametrize("file", ["row-1048576.xlsx", "formatted-rows.xlsx"])
def test_empty_rows_to_the_bottom_say_nothing(file):
    assert counted(f"field/15-empty-rows-to-the-bottom/{file}")[0] == 1


def test_headings_in_two_rows_are_joined():
    assert counted("field/16-heads-in-two-rows/two-rows.csv", pupil="Pupil") == (1, 4, 140)


@pytest.mark.parametrize(("file", "counts"), [("subtotals.csv", (3, 106, 420)), ("all-row.csv", (2, 26, 280))])
def test_totals_are_not_pupils(file, counts):
    assert counted(f"field/08-subtotal-rows-counted-as-pupils/{file}", pupil="Name") == counts


def test_totals_are_not_groups():
    export = open_export((CASES / "field" / "08-subtotal-rows-counted-as-pupils" / "by-group.csv").read_bytes())
    columns = {"group": "Year Group"} | {field: head for field, head in COLUMNS.items() if field != "pupil"}

    share = count_export(export, ExportKind.ATTENDANCE_GROUPS, columns).shares["AB1"]

    assert (share.numerator, share.denominator) == (106, 420)


@pytest.mark.parametrize(("answer", "pupils"), [("one", 2), ("several", 3)])
def test_two_pupils_of_one_name_are_asked_about(answer, pupils):
    file = "field/11-two-pupils-one-name/names.csv"
    with pytest.raises(ExportUnclear) as unclear:
        counted(file, pupil="Name")

    (question,) = unclear.value.questions
    assert question.words.startswith("Rows 2 and 3")
    assert counted(file, {question.name: answer}, pupil="Name")[0] == pupils


def test_pupil_without_a_number_is_asked_about():
    with pytest.raises(ExportUnclear) as unclear:
        counted("field/14-text-kept-as-formula/no-upn.csv")

    assert [question.words for question in unclear.value.questions] == ["What is row 3?"]


@pytest.mark.parametrize(
    ("file", "suggested"),
    [
        ("09-exclusion-codes-of-the-census/census-codes.csv", "suspension suspension exclusion suspension"),
        ("09-exclusion-codes-of-the-census/abbreviations.csv", "suspension suspension suspension exclusion"),
        ("10-behaviour-log-words/log.csv", "- - - - suspension"),
        ("10-behaviour-log-words/withdrawn.csv", "neither neither neither"),
    ],
)
def test_texts_of_sanctions_are_asked_about(file, suggested):
    export = open_export((CASES / "field" / file).read_bytes())
    with pytest.raises(ExportUnclear) as unclear:
        count_export(export, ExportKind.BEHAVIOUR, {"pupil": "UPN", "type": "Exclusion Type"}, on_roll=318)

    assert [question.suggested or "-" for question in unclear.value.questions] == suggested.split()
