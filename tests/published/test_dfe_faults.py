import pytest

from published.dfe import read_results_file
from tables.faults import FaultyFile, FileFault, FileRefused, SpreadsheetRefused

HEADER = "LA,ESTAB,URN,PERCTOT,PPERSABS10"
GOOD = "999,2001,990101,3.8,6.5"


def faults_of(tmp_path, *rows, header=HEADER):
    path = tmp_path / "absence.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    with pytest.raises(FaultyFile) as refusal:
        read_results_file(path, year=2019)
    assert isinstance(refusal.value, FileRefused)
    return list(refusal.value.faults)


def faults_of_table(tmp_path, *rows, header=HEADER):
    path = tmp_path / "absence.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    with pytest.raises(SpreadsheetRefused) as refusal:
        read_results_file(path, year=2019)
    assert isinstance(refusal.value, FileRefused)
    return [(fault.row, fault.what) for fault in refusal.value.faults]


def test_unreadable_cell_is_reported_with_row_and_column(tmp_path):
    (fault,) = faults_of(tmp_path, GOOD, "999,2002,990102,3.8,lots")

    assert (fault.row, fault.column, fault.found) == (3, "PPERSABS10", "'lots'")
    assert fault.expected.startswith("a percentage from 0 to 100, or one of the codes NP, NE")
    assert str(fault).startswith("Row 3, column PPERSABS10: found 'lots'; expected a percentage")


def test_percentage_out_of_range_is_reported(tmp_path):
    faults = faults_of(tmp_path, "999,2001,990101,101,6.5", "999,2002,990102,3.8,-1")

    assert faults == [
        FileFault(2, "PERCTOT", "'101'", "a percentage from 0 to 100"),
        FileFault(3, "PPERSABS10", "'-1'", "a percentage from 0 to 100"),
    ]


def test_row_with_too_many_cells_is_reported(tmp_path):
    assert faults_of_table(tmp_path, GOOD, "999,2002,990102,3,8,6.5") == [
        (3, "Found 6 cells; expected at most 5, one for each column")
    ]


@pytest.mark.parametrize("at", [0, 1])
def test_row_with_too_many_cells_is_reported_anywhere_in_the_file(tmp_path, at):
    rows = [GOOD, "999,2003,990103,3.8,6.5"]
    rows.insert(at, "999,2002,990102,3,8,6.5,,7")

    assert [row for row, _ in faults_of_table(tmp_path, *rows)] == [at + 2]


def test_empty_surplus_cells_are_ignored(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_text(f"{HEADER}\n{GOOD},,\n999,2002,990102,4,7,\n")

    assert read_results_file(path, year=2019).values["value"].tolist() == [3.8, 4, 6.5, 7]


def test_school_listed_twice_with_different_values_is_reported(tmp_path):
    assert faults_of(tmp_path, GOOD, "999,2001,990101,3.9,6.5") == [
        FileFault(3, "URN", "990101, which row 2 has too, with other values", "each URN once")
    ]


@pytest.mark.parametrize("urn", ["", "12345", "X90101", "9901011", "990101.5"])
def test_row_without_a_urn_is_reported(tmp_path, urn):
    (fault,) = faults_of(tmp_path, GOOD, f"999,2002,{urn},3.9,6.5")

    assert (fault.row, fault.column, fault.found) == (3, "URN", repr(urn))


def test_unknown_row_for_england_is_reported(tmp_path):
    (fault,) = faults_of(tmp_path, GOOD, "NAT,XYZ,,4,8.2")

    assert (fault.row, fault.column, fault.found) == (3, "ESTAB", "'XYZ'")


def test_unknown_record_type_is_reported(tmp_path):
    path = tmp_path / "ks4_final.csv"
    path.write_text(
        "RECTYPE,LEA,ESTAB,URN,SCHNAME,ATT8SCR,P8MEA,PTEBACC_E_PTQ_EE\n9,999,4001,990001,Invented,44,0,5%\n"
    )

    with pytest.raises(FaultyFile) as refusal:
        read_results_file(path, year=2019)

    assert refusal.value.faults == (FileFault(2, "RECTYPE", "'9'", "one of 1, 2, 4, 5, 7"),)


def test_column_that_appears_twice_is_reported(tmp_path):
    assert faults_of_table(tmp_path, GOOD + ",7", header=HEADER + ",PERCTOT") == [
        (1, "The column “PERCTOT” is in the file twice")
    ]


def test_unclosed_quotation_mark_is_reported(tmp_path):
    ((row, what),) = faults_of_table(tmp_path, GOOD, '999,2002,990102,"3.8,6.5', GOOD)

    assert (row, what.startswith("A quotation mark is missing")) == (3, True)


def test_file_without_rows_is_refused(tmp_path):
    assert faults_of_table(tmp_path) == [(1, "The file has column headings but no rows")]


def test_faulty_cohort_is_reported_even_if_the_value_is_fine(tmp_path):
    path = tmp_path / "ks4_final.csv"
    path.write_text(
        "RECTYPE,LEA,ESTAB,URN,SCHNAME,TPUP,ATT8SCR,P8MEA,PTEBACC_E_PTQ_EE\n1,999,4001,990001,Invented,many,44,0,5%\n"
    )

    with pytest.raises(FaultyFile, match="Row 2, column TPUP: found 'many'; expected a count"):
        read_results_file(path, year=2019)


def test_faults_are_sorted_by_row_and_counted_if_there_are_many(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_text("\n".join([HEADER, *(f"999,{at},{990000 + at},bad,worse" for at in range(1, 151))]))

    with pytest.raises(FaultyFile, match=r"^300 faults") as refusal:
        read_results_file(path, year=2019)

    assert refusal.value.count == 300
    assert [fault.row for fault in refusal.value.faults[:4]] == [2, 2, 3, 3]
    assert len(refusal.value.faults) == 100


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path):
    """A blank line counts as one row, and so does a row with a line break in a cell."""
    path = tmp_path / "ks4_final.csv"
    path.write_text(
        "LEA,ESTAB,URN,SCHNAME,ATT8SCR,P8MEA,PTEBACC_E_PTQ_EE\n\n"
        '999,4001,990001,"Invented\nQuay",44,0,5%\n999,4002,990002,Invented,44,0,?\n'
    )

    with pytest.raises(FaultyFile) as refusal:
        read_results_file(path, year=2019)

    assert [fault.row for fault in refusal.value.faults] == [4]


@pytest.mark.parametrize("urn", ["1.37E+05", "1.37000E+05", "1e5"])
def test_key_that_a_spreadsheet_has_shortened_is_reported(tmp_path, urn):
    (fault,) = faults_of(tmp_path, GOOD, f"999,2002,{urn},3.8,6.5")

    assert (fault.row, fault.column, fault.found) == (3, "URN", repr(urn))
    assert fault.expected.startswith("six digits: a spreadsheet has shortened the number")


def test_key_with_a_decimal_nought_is_read(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_text(f"{HEADER}\n999,2001,990101.0,3.8,6.5\n999,2002, 990102 ,4,7\n")

    assert read_results_file(path, year=2019).schools["urn"].tolist() == [990101, 990102]


def test_percentages_saved_as_fractions_are_reported_by_column(tmp_path):
    faults = faults_of(tmp_path, "999,2001,990101,0.038,0.065", "999,2002,990102,0.04,0.07")

    assert [(fault.row, fault.column) for fault in faults] == [(2, "PERCTOT"), (2, "PPERSABS10")]
    assert "a spreadsheet has turned them into fractions" in faults[0].expected


def test_one_column_of_fractions_is_reported_if_the_others_have_signs(tmp_path):
    faults = faults_of(tmp_path, "999,2001,990101,3.8%,0.065", "999,2002,990102,4%,0.07")

    assert [fault.column for fault in faults] == ["PPERSABS10"]


@pytest.mark.parametrize("cells", ["3.8,0.5", "0%,0.5%", "0,0", "1,0", "3.8,0.5%"])
def test_few_small_percentages_may_be_true(tmp_path, cells):
    path = tmp_path / "absence.csv"
    path.write_text(f"{HEADER}\n999,2001,990101,{cells}\n")

    assert len(read_results_file(path, year=2019).values) == 2


def test_file_that_ends_in_the_middle_of_a_row_is_refused(tmp_path):
    path = tmp_path / "absence.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n999,2002,990102,3.8")

    with pytest.raises(FileRefused, match=r"Row 3: The file ends in the middle of a row: 4 of 5 cells are there"):
        read_results_file(path, year=2019)


@pytest.mark.parametrize("text", [f"{HEADER}\n{GOOD}\n999,2002,990102,3.8\n", f"{HEADER}\n{GOOD[:-4]}\n{GOOD[:-4]}"])
def test_shorter_row_is_read_if_the_file_is_whole(tmp_path, text):
    path = tmp_path / "absence.csv"
    path.write_text(text)

    assert len(read_results_file(path, year=2019).schools) in (1, 2)


def test_empty_file_is_not_published_yet(tmp_path):
    path = tmp_path / "turnover_2024.csv"
    path.write_bytes(b"")

    with pytest.raises(FileRefused, match="these figures are not published yet"):
        read_results_file(path)
