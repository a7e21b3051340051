"""Test the command that reads every table in a folder, on a folder of our own and on the shared cases."""

import csv
import io
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from published.dfe import read_published_file, read_results_file
from tables.faults import FileRefused
from tables.hidden import HiddenParts
from tests.tables.table_files import as_workbook

FILES = Path(__file__).parent / "files"


def try_files(*folders):
    out = io.StringIO()
    call_command("try_files", *map(str, folders), stdout=out)
    return out.getvalue()


def test_every_table_in_a_folder_is_read_or_refused_with_its_words(tmp_path):
    (tmp_path / "2018-19").mkdir()
    for name in ("2018-19/absence.csv", "2018-19/workforce.csv"):
        (tmp_path / name).write_bytes((FILES / name).read_bytes())
    (tmp_path / "names.csv").write_text("name,age\nA,4\n")
    (tmp_path / "links.csv").write_text(
        "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n100001,100002,B,Successor,01-09-2019\n"
    )
    (tmp_path / "notes.md").write_text("no table")

    printed = try_files(tmp_path)

    assert "2018-19/absence.csv: read: Absence, 2018-19, final, " in printed
    assert "2018-19/workforce.csv: read: School workforce census, 2018-19, final, " in printed
    assert "links.csv: read: " in printed
    assert "names.csv: refused\n    names.csv is not recognised. It has the columns NAME, AGE" in printed
    assert printed.endswith("4 files: 3 read, 1 refused.\n")


def as_changed_workbook(folder, change):
    """Write the invented absence file as a workbook, changed, in a folder of its year."""
    rows = list(csv.reader((FILES / "2018-19/absence.csv").read_text(encoding="utf-8-sig").splitlines()))
    path = folder / "2018-19" / "absence.xlsx"
    path.parent.mkdir()
    path.write_bytes(as_workbook(rows, change))
    return path


def test_hidden_rows_and_columns_are_said(tmp_path):
    def hide(sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True

    as_changed_workbook(tmp_path, hide)

    assert "    hidden in the file, and read like the rest: Row 2, Column C\n" in try_files(tmp_path)


def test_hidden_row_is_asked_about_used_or_left_out(tmp_path):
    path = as_changed_workbook(tmp_path, lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True))

    with pytest.raises(FileRefused, match=r"Hidden in the file: Row 2.*--hidden leave-out"):
        read_published_file(path, hidden=HiddenParts.ASK)
    used = read_published_file(path, hidden=HiddenParts.USE)
    fewer = read_published_file(path, hidden=HiddenParts.LEAVE_OUT)
    assert used.summary.schools == fewer.summary.schools + 1


def column_of_absence(sheet):
    return [cell.value for cell in sheet[1]].index("PERCTOT")


def test_formula_in_a_published_workbook_is_refused_and_not_read_as_empty(tmp_path):
    path = as_changed_workbook(tmp_path, lambda sheet: sheet.cell(2, 1 + column_of_absence(sheet), "=1+1"))

    with pytest.raises(FileRefused, match=r"[Rr]ow 2, column PERCTOT: found a formula; expected a value"):
        read_results_file(path)


@pytest.fixture
def cases(shared_data):
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("the shared cases (../shared/cases) are not next to this checkout")
    return folder


# Each case and its right outcome: some figures (or statuses) by key, measure and year, or the words of the refusal.
CASES = {
    "data/absence_la_2023-24/2023-24/919_abs.csv": {(117083, "PERCTOT", 2024): 5.5},
    "data/census_2015-16/2015-16/england_census.csv": {(100000, "NOR", 2016): 250},
    "data/destinations_2022-23/2022-23/england_ks4-pupdest.csv": {(137181, "OVERALL_DESTPER", 2023): 91},
    "data/ees_ks4_2024-25/2024-25/202425_performance_tables_schools_revised.csv": {
        (145430, "ATT8SCR", 2025): 35.1,
        (117684, "ATT8SCR", 2025): "not_applicable",
        (117684, "PTL2BASICS_95", 2025): "suppressed",
    },
    "data/mats_ks4_2022-23/2022-23/england_ks4-mats-performance.csv": {
        (15710, "P8MEA", 2023): -0.68,
        (15720, "P8MEA", 2023): 0.08,
    },
    "data/workforce_truncated/2019-20/england_swf.csv": "The file ends in the middle of a row",
    "field/01-newest-dfe-layout/202425_performance_tables_schools_final.csv": {
        (100001, "ATT8SCR", 2025): 48.2,
        (100001, "PTL2BASICS_95", 2025): 45,
        (100001, "P8MEA", 2025): "not_applicable",
    },
    "field/01-newest-dfe-layout/1a_absence_3term_school.csv": {
        (100000, "PERCTOT", 2024): 5.4,
        (100000, "PPERSABS10", 2024): 14.2,
    },
    "field/02-percent-as-fraction/2022-23/england_ks4final.csv": "turned them into fractions",
    "field/03-urn-in-scientific-notation/2022-23/england_ks4final.csv": "Row 2, column URN: found '1.37E+05'",
}
SYMBOLS = {
    "low": "rounds_to_zero",
    "k": "rounds_to_zero",
    "~": "rounds_to_zero",
    "[low]": "rounds_to_zero",
    "u": "low_reliability",
    "[u]": "low_reliability",
    ":": "not_published",
    "[x]": "not_published",
    "[c]": "suppressed",
    "C": "suppressed",
    "[z]": "not_applicable",
    "48.2 [r]": 48.2,
    "#N/A": "use the file as it was downloaded",
    "N/A": "can mean several things",
    "\N{EN DASH}": "can mean several things",
}


def outcome(path):
    """Return the figures of all pupils, or the words of the refusal."""
    try:
        results = read_results_file(path)
    except FileRefused as why:
        return str(why)
    frame = results.values.query("pupil_group == 'all'").astype({"status": str})
    shown = frame["value"].astype(object).where(frame["value"].notna(), frame["status"])
    keys = frame[[results.layout.key, "measure", "year"]].itertuples(index=False, name=None)
    return dict(zip(keys, shown, strict=True))


@pytest.mark.real_data
@pytest.mark.parametrize("case", CASES)
def test_shared_case_has_its_right_outcome(cases, case):
    found, right = outcome(cases / case), CASES[case]

    if isinstance(right, str):
        assert right in found
    else:
        assert {key: found[key] for key in right} == right


@pytest.mark.real_data
def test_every_symbol_of_the_shared_cases_has_its_right_meaning(cases):
    for path in sorted((cases / "field" / "04-statistical-symbols" / "symbols").glob("*.csv")):
        symbol = re.split(",", path.read_text(encoding="utf-8-sig").splitlines()[1])[7]
        found = outcome(path)
        assert (
            found[100001, "ATT8SCR", 2023] == SYMBOLS[symbol] if isinstance(found, dict) else SYMBOLS[symbol] in found
        )


@pytest.mark.real_data
def test_newest_files_agree_with_each_other(shared_data):
    """The long tables and the wide ones of 2023-24 give a school the same absence, rounded."""
    newest = shared_data / "newest"
    long = outcome(newest / "rebuilt_1a_absence_3term_school_202122_202324.csv")
    wide = outcome(newest / "2023-24_919_abs_rows.csv")
    both = [key for key in wide if key in long and isinstance(long[key], float)]

    assert len(both) >= 2
    assert [round(long[key], 1) for key in both] == [wide[key] for key in both]


def test_files_that_differ_from_what_is_expected_are_listed(tmp_path):
    (tmp_path / "names.csv").write_text("name,age\nA,4\n")
    (tmp_path / "again.csv").write_text("name,age\nA,4\n")
    (tmp_path / "expected.toml").write_text('"names.csv" = "refused: names.csv is not recognised"\n')

    printed = try_files(tmp_path, "--expected", tmp_path / "expected.toml")

    assert f"1 files differ from what is expected.\n{tmp_path}/again.csv: expected “read: ”\n" in printed


# The register as it is now published in full, and Ofsted's lists: other modules test what reads them.
READ_ELSEWHERE = ("edubasealldata", "ofsted", "Management_information")


@pytest.mark.full
@pytest.mark.real_data
def test_every_shared_file_has_its_right_outcome(cases, shared_data):
    expected = Path(__file__).with_name("outcomes.toml")

    printed = try_files(shared_data / "newest", cases, "--expected", expected)

    differing = printed.partition("files differ from what is expected.\n")[2].splitlines()
    assert [line for line in differing if not any(name in line for name in READ_ELSEWHERE)] == []
