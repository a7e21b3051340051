"""Read the files of the shared cases: what people have sent and could not use."""

from pathlib import Path

import pytest

from published.dfe import read_results_file
from returns.files.export_counts import count_export
from returns.files.exports import ExportKind, open_export
from tables.table_reader import read_table
from tests.conftest import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not next to this checkout")
COLUMNS = {
    "pupil": "UPN",
    "possible": "Possible",
    "authorised": "Authorised Absences",
    "unauthorised": "Unauthorised Absences",
}


def counted(file: str, **columns: str) -> tuple[int, int, int]:
    """Return the pupils, the sessions missed and the sessions possible of an export."""
    export = open_export((CASES / file).read_bytes())
    shares = count_export(export, ExportKind.ATTENDANCE, COLUMNS | columns).shares
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
        "england_ks4final.xlsx",
    ],
)
def test_published_file_in_another_container_is_read(file):
    folder: Path = CASES / "field" / "05-published-file-in-another-container" / "2022-23"
    results = read_results_file(folder / file)
    numbers = results.values.dropna(subset="value").set_index("measure")["value"]

    assert (results.summary.layout, results.summary.year, results.summary.release) == ("ks4", 2023, "final")
    assert results.schools["urn"].tolist() == [100001]
    assert (numbers["P8MEA"], numbers["ATT8SCR"], numbers["EBACCAPS"]) == (0.25, 48.2, 4.21)


def test_text_kept_as_a_formula_is_text():
    assert counted("field/14-text-kept-as-formula/excel-text.csv") == (3, 106, 420)


@pytest.mark.parametrize("file", ["row-1048576.xlsx", "formatted-rows.xlsx"])
def test_empty_rows_to_the_bottom_say_nothing(file):
    assert counted(f"field/15-empty-rows-to-the-bottom/{file}")[0] == 1


def test_headings_in_two_rows_are_joined():
    assert counted("field/16-heads-in-two-rows/two-rows.csv", pupil="Pupil") == (1, 4, 140)
