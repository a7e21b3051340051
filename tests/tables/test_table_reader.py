"""Test the reader of tables on small files of every kind."""

from datetime import date

import pytest

from tables.faults import SeveralSheets, SpreadsheetRefused
from tables.table_reader import Table, find_table, read_table
from tables.unread_cells import unread_cells
from tests.tables.table_files import (
    as_open_document,
    as_strict,
    as_text,
    as_workbook,
    open_cell,
    open_document,
    open_row,
    open_table,
    parts_of,
    zipped,
)

HEADINGS = ("Pupil", "Possible", "Authorised", "Share")
TEXTS = [["A80001", "140", "4", "94.2%"], ["Zoë O’Hara", "138", "0", "50%"]]
PLAIN = (HEADINGS, *TEXTS)
MIS = (("Pupil", "Possible", "Missed"), ("A1", 140, 4), ("A2", 138, 0), ("A3", 140, 70))


def read_text(text: str) -> Table:
    return read_table(text.encode())


def texts(table: Table) -> list[list[str]]:
    return table.frame.to_numpy().tolist()


def refusal(data: bytes) -> str:
    with pytest.raises(SpreadsheetRefused) as refused:
        read_table(data)
    return str(refused.value)


def left_out(table: Table) -> list[str]:
    return list(map(str, table.left_out))


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac-roman"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_text_is_read_in_every_encoding_with_every_separator(separator, encoding, line_end):
    table = read_table(as_text(PLAIN, separator=separator, line_end=line_end).encode(encoding))

    assert (table.headings, texts(table), list(table.frame.index)) == (HEADINGS, TEXTS, [2, 3])
    assert table.left_out == ()


@pytest.mark.parametrize(
    "data",
    [as_workbook(), as_strict(as_workbook()), as_open_document()],
    ids=["Excel", "strict Open XML", "OpenDocument"],
)
def test_workbooks_are_read_like_text(data):
    table = read_table(data)

    assert (table.headings, texts(table), list(table.frame.index)) == (HEADINGS, TEXTS, [2, 3])


def test_a_line_that_states_the_separator_is_obeyed_and_not_counted():
    table = read_text("sep=;\r\n" + as_text(PLAIN, separator=";"))

    assert (table.headings, list(table.frame.index)) == (HEADINGS, [2, 3])


def test_decimal_commas_do_not_hide_the_semicolons():
    table = read_text("A;B;C\n0,25;48,2;4,21\n1,5;2,75;3,0\n")

    assert texts(table) == [["0.25", "48.2", "4.21"], ["1.5", "2.75", "3.0"]]


def test_commas_between_thousands_in_a_file_with_points_stay():
    assert texts(read_text("A;B\n1,234;0.5\n2,345;0.25\n")) == [["1,234", "0.5"], ["2,345", "0.25"]]


def test_number_that_can_be_read_in_two_ways_is_refused():
    assert "Row 2, column A: “1,234” can be read in two ways" in refusal(b"A;B\n1,234;x\n2,345;y\n")


@pytest.mark.parametrize("write", [lambda rows: as_text(rows).encode(), as_workbook, as_open_document])
def test_titles_above_and_notes_below_are_left_out_and_said(write):
    rows = [
        ("Attendance report", "", ""),
        ("Autumn 2026", "", ""),
        ("", "", ""),
        *MIS,
        ("", "", ""),
        ("Printed today",),
    ]
    table = read_table(write(rows))

    assert (table.headings, table.head_row) == (("Pupil", "Possible", "Missed"), 4)
    assert list(table.frame.index) == [5, 6, 7]
    assert "Rows 1 to 2: above the column headings" in left_out(table)
    assert "Row 9: a note below the table" in left_out(table)


def test_note_straight_below_the_table_is_left_out():
    assert left_out(read_text(as_text([*MIS, ("Source: invented",)]))) == ["Row 5: a note below the table"]


def test_last_row_with_only_a_key_is_no_note():
    assert list(read_text(as_text([*MIS, ("A4", "", "")])).frame.index) == [2, 3, 4, 5]


def test_table_of_two_columns_has_no_notes():
    assert len(read_text("Pupil,Type\nA,Suspension\n\nB,\n").frame) == 2


@pytest.mark.parametrize("write", [lambda rows: as_text(rows).encode(), as_workbook, as_open_document])
def test_empty_rows_within_the_table_are_left_out_and_keep_the_numbers(write):
    table = read_table(write([*MIS[:2], ("", "", ""), *MIS[2:]]))

    assert list(table.frame.index) == [2, 4, 5]
    assert left_out(table) == ["Row 3: an empty row"]


@pytest.mark.parametrize("write", [lambda rows: as_text(rows).encode(), as_workbook, as_open_document])
def test_empty_lower_heading_takes_the_one_above(write):
    rows = [("Pupil", "Sessions", "", ""), ("", "Possible", "Authorised", "Unauthorised"), ("A1", 140, 4, 0)]
    table = read_table(write(rows))

    assert table.headings == ("Pupil", "Possible", "Authorised", "Unauthorised")
    assert (table.head_row, list(table.frame.index), table.left_out) == (2, [3], ())


def test_lower_headings_that_repeat_have_the_upper_one_with_them():
    rows = [("Pupil", "Autumn", "", "Spring", ""), ("", "Possible", "Missed", "Possible", "Missed"), ("A1", 1, 2, 3, 4)]

    assert read_text(as_text(rows)).headings == (
        "Pupil",
        "Autumn – Possible",
        "Autumn – Missed",
        "Spring – Possible",
        "Spring – Missed",
    )


def test_second_row_of_words_is_data_if_the_headings_are_complete():
    table = read_text("Pupil,Possible,Missed\nA1,SUPP,SUPP\nA2,140,3\n")

    assert (table.headings, len(table.frame)) == (("Pupil", "Possible", "Missed"), 2)


@pytest.mark.parametrize("write", [lambda rows: as_text(rows).encode(), as_workbook, as_open_document])
def test_column_without_a_heading_is_named_by_its_letter(write):
    table = read_table(write([("Possible", "", "Missed"), (140, "A1", 4), (138, "A2", 0)]))

    assert table.headings == ("Possible", "Column B", "Missed")
    assert (table.place(1), table.place(2)) == ("B", "C, Missed")


def test_columns_without_headings_to_the_right_are_named_by_their_letters():
    table = read_text("Pupil,Possible\nA1,140,x\nA2,138,y\n")

    assert (table.headings, texts(table)[1]) == (("Pupil", "Possible", "Column C"), ["A2", "138", "y"])


def test_empty_column_without_a_heading_is_left_out_and_the_letters_stay():
    table = read_text("Possible,,Missed\n140,,4\n138,,0\n")

    assert (table.headings, table.place(1)) == (("Possible", "Missed"), "C, Missed")


def test_row_with_too_many_cells_is_refused_by_its_number():
    assert "Row 3: Found 4 cells; expected at most 3" in refusal(b"A,B,C\n1,2,3\n1,2,3,4\n1,2,3\n")


@pytest.mark.parametrize("spoilt", ['1,"2,3\n1,2,3\n', '1,"2"x,3\n1,2,3\n', '1,"2,3\n1,"2,3\n'])
def test_quotation_mark_out_of_place_is_refused(spoilt):
    assert "quotation mark" in refusal(f"A,B,C\n1,2,3\n{spoilt}".encode())


def test_quotation_marks_of_a_file_with_many_are_checked_too(monkeypatch):
    monkeypatch.setattr("tables.table_cells.MANY_QUOTES", 0)

    assert texts(read_text('A,B\n"x, ""y""","1\n2"\n"",3\n')) == [['x, "y"', "1\n2"], ["", "3"]]
    assert "quotation mark" in refusal(b'A,B,C\n"1","2",3\n1,"2,3\n1,"2,3\n')


def test_text_in_quotation_marks_can_have_separators_marks_and_line_ends():
    assert texts(read_text('A,B\n"x, ""y""","1\n2"\n"",3\n')) == [['x, "y"', "1\n2"], ["", "3"]]


def test_file_cut_off_in_the_middle_of_a_row_is_refused():
    text = as_text(MIS).rstrip()
    for cut in ("A4,1", "A4"):
        assert "Row 5: The file ends in the middle of a row" in refusal(f"{text}\n{cut}".encode())


@pytest.mark.parametrize("end", ["\n", ""])
def test_complete_file_needs_no_line_end(end):
    assert len(read_text(as_text(MIS).rstrip() + end).frame) == 3


def test_file_cut_off_in_the_middle_of_a_letter_is_refused():
    whole = as_text([*MIS, ("Zoë", 1, 2), ("Chloë", 1, 2)]).encode()

    assert "Row 6: The file ends in the middle of a letter" in refusal(whole[: whole.rindex("ë".encode()) + 1])


@pytest.mark.parametrize("data", [as_workbook(), as_open_document()])
def test_workbook_that_is_cut_off_is_refused_and_said(data):
    assert "it ends in the middle" in refusal(data[: len(data) // 2])


def test_text_kept_as_a_formula_is_text_in_every_kind_of_file():
    kept = [("Pupil", "Possible", "Missed"), ('="0123"', 140, 4), ('="A2"', 140, 0)]
    formula = '<table:table-cell table:formula="of:=&quot;0123&quot;"><text:p>0123</text:p></table:table-cell>'
    rows = open_row(kept[0]) + open_row(kept[1]).replace(open_cell('="0123"'), formula)

    assert texts(read_text('Pupil,Possible,Missed\n="0123",140,4\n="A2",140,0\n'))[0][0] == "0123"
    assert texts(read_text(as_text(kept)))[1][0] == "A2"
    assert [row.cell(0).problem for row in read_table(as_workbook(kept)).rows()] == ["", ""]
    assert texts(read_table(open_document(open_table(rows))))[0][0] == "0123"


def test_formula_is_a_problem_of_its_cell():
    kept = [*MIS, ("=A1&A2", "=1+1", 3)]
    for data in (as_text(kept).encode(), as_workbook(kept)):
        row = list(read_table(data).rows())[-1]
        assert (row.number, [cell.problem for cell in row.cells]) == (5, ["a formula", "a formula", ""])


def test_cell_that_would_be_read_as_empty_is_refused_by_row_and_column():
    kept = [*MIS, ("A4", "=1+1", 3), ("A5", "#N/A", 10**16)]
    table = read_table(as_workbook(kept))

    assert [(fault.row, fault.column, fault.found) for fault in unread_cells(table, {"POSSIBLE", "MISSED"})] == [
        (5, "POSSIBLE", "a formula"),
        (6, "POSSIBLE", "the error #N/A"),
        (6, "MISSED", "a number that is too large"),
    ]
    assert unread_cells(table, {"PUPIL"}) == []


def test_date_of_a_workbook_is_read_as_its_text():
    kept = [*MIS, ("A4", date(2026, 1, 31), 3)]

    assert read_table(as_workbook(kept)).named()["POSSIBLE"].tolist()[-1] == "2026-01-31"


def test_empty_formatted_rows_to_the_bottom_do_not_count():
    def format_down(sheet) -> None:
        for number in range(5, 6000):
            sheet.cell(number, 1).number_format = "@"
        sheet.row_dimensions[1_048_576].height = 12

    data = as_workbook(MIS, format_down)

    assert list(read_table(data, most_rows=10).frame.index) == [2, 3, 4]


def test_repeated_empty_rows_and_cells_of_open_documents_do_not_count():
    empty = open_row([""], 'table:number-rows-repeated="1048570"').replace(
        "<table:table-cell", '<table:table-cell table:number-columns-repeated="16384"'
    )

    assert list(read_table(as_open_document(MIS, after=empty), most_rows=10).frame.index) == [2, 3, 4]


def test_repeated_rows_and_cells_of_open_documents_are_read():
    seven = open_cell(7, 'table:number-columns-repeated="2"')
    row = open_row(["A4", 7], 'table:number-rows-repeated="2"').replace(open_cell(7), seven)
    table = read_table(as_open_document(MIS, after=row))

    assert texts(table)[-2:] == [["A4", "7", "7"]] * 2
    assert list(table.frame.index)[-2:] == [5, 6]


def test_rows_with_content_are_limited():
    for data in (as_text(MIS).encode(), as_workbook(MIS), as_open_document(MIS)):
        with pytest.raises(SpreadsheetRefused, match="more than 2 rows"):
            read_table(data, most_rows=2)


def test_hidden_rows_and_columns_are_said_and_can_be_left_out():
    def hide(sheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True

    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    hidden_row = open_row(["A4", 7], 'table:visibility="filter"')
    for data, number in ((as_workbook(MIS, hide), 3), (as_open_document(MIS, before=columns, after=hidden_row), 5)):
        table = read_table(data)
        shown = table.without_hidden()

        assert table.hidden == (f"Row {number}", "Column B")
        assert shown.hidden == ()
        assert (table.hidden_rows, table.hidden_columns) == ((number,), ("B",))
        assert number in table.frame.index
        assert (shown.headings, shown.place(1)) == (("Pupil", "Missed"), "C, Missed")
        assert number not in shown.frame.index
        assert f"Row {number}: hidden in the file" in left_out(shown)


def test_several_sheets_are_asked_about():
    data = as_workbook(MIS, Notes=[("a", "b"), (1, 2)])
    with pytest.raises(SeveralSheets) as asked:
        read_table(data)

    assert asked.value.sheets == ("Sheet", "Notes")
    assert read_table(data, sheet_name="notes").headings == ("a", "b")


def test_only_sheet_that_fits_is_taken():
    def fits(headings):
        return {"Pupil", "Missed"} <= set(headings)

    one, two = as_workbook(MIS, Notes=[("a", "b"), (1, 2)]), as_workbook(MIS, Again=MIS, Notes=[("a", "b"), (1, 2)])

    assert read_table(one, fits=fits).sheet == "Sheet"
    with pytest.raises(SeveralSheets) as asked:
        read_table(two, fits=fits)
    assert asked.value.sheets == ("Sheet", "Again")


def test_hidden_sheet_is_not_offered():
    properties = '<style:table-properties table:display="false"/>'
    styles = f'<style:style style:name="off" style:family="table">{properties}</style:style>'
    rows = open_row(["x", "y"]) * 2
    tables = open_table(rows, name="S") + open_table(rows, name="H", style="off")

    assert read_table(open_document(tables, styles)).sheet == "S"


def test_headings_that_fit_are_found_below_a_row_that_is_fuller():
    rows = [("Report", "of", "all", "schools"), ("URN", "Name", "", ""), ("100001", "Oak", "", "")]

    assert read_table(as_text(rows).encode(), fits=lambda names: "URN" in names).headings == ("URN", "Name")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({"results.csv": b"a,b\n1,2\n"}), "It is an archive (ZIP), not a spreadsheet. Unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "It is an older Excel file, or it has a password"),
        (b"%PDF-1.7 ...", "It is a PDF, not a spreadsheet"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "It is a web page or XML with the name of a spreadsheet"),
        (b"\x1f\x8b" + bytes(40), "It is a compressed file (gzip)"),
        (zipped({"Index/Document.iwa": b"x"}), "It is a Numbers document"),
        (zipped({"xl/workbook.bin": b"x"}), "It is a binary workbook (.xlsb)"),
        (b"   \r\n", "It is empty"),
        (b"1,2,3\n4,5,6\n", "Row 1: We could not find any column headings"),
        (b"A,B\n", "Row 1: The file has column headings but no rows"),
    ],
)
def test_other_files_are_refused_in_words_that_say_what_they_are(data, words):
    assert words in refusal(data)


def test_unused_content_type_is_no_macro_and_that_of_the_main_part_is_one():
    data = as_workbook(MIS)
    parts = parts_of(data)
    types = parts["[Content_Types].xml"]
    macro = b"application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    unused = types.replace(b"<Default", b'<Default Extension="bin" ContentType="' + macro + b'"/><Default', 1)
    usual = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    used = types.replace(usual, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")

    assert len(read_table(zipped(parts | {"[Content_Types].xml": unused})).frame) == 3
    assert "The workbook contains macros" in refusal(zipped(parts | {"[Content_Types].xml": used}))
    assert "The workbook contains macros" in refusal(zipped(parts | {"xl/vbaProject.bin": b"x"}))


@pytest.mark.parametrize("data", [as_text(MIS).encode(), as_workbook(MIS), as_open_document(MIS)])
def test_only_some_columns_are_read(data):
    table = find_table(data).read(only=("MISSED", "PUPIL"))

    assert (table.headings, table.place(1)) == (("Pupil", "Missed"), "C, Missed")
    assert [list(texts) for texts in table.named().astype(str).to_numpy()] == [["A1", "4"], ["A2", "0"], ["A3", "70"]]
    assert list(table.frame.index) == [2, 3, 4]


def test_many_rows_are_read_a_part_at_a_time(monkeypatch):
    monkeypatch.setattr("tables.table_cells.ROWS_AT_ONCE", 2)
    table = find_table(as_text([*MIS, ("A3", 5, 1)]).encode()).read(only=("PUPIL",))

    assert list(table.named()["PUPIL"]) == ["A1", "A2", "A3", "A3"]
