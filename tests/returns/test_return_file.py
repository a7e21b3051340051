"""Test the return as a file: it comes back unchanged, and figures are read as people write them."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from returns.files.exports import open_export
from returns.files.return_file import ReturnFileColumn, return_file_workbook
from returns.files.return_file_reading import read_return_file
from returns.rules.return_lines import TypedLine
from tables.faults import SpreadsheetRefused
from tests.returns.return_files import ASKED, AT, CODES, FORM_ID, form, put, text, workbook, write
from trusts.lists import csv_response

TECHNICAL = {"Read first": "", "Return": "AS", "Definitions": ""}  # Letters of the columns that are not printed.
FOLLOWING = TypedLine(status="to_follow", follows="2026-01-31")
FILLED = {
    "AB1": TypedLine(numerator="1200", denominator="15000", comment="=HYPERLINK(1)"),
    "SG1": TypedLine(value="94.2", comment="- on the first line\nand the second"),
    "HS2": TypedLine(status="to_follow", comment="On 3 December"),
    "STF3": TypedLine(value="abc"),  # Kept on the page because it could not be read: unchanged, it is no fault.
}


def by_code(lines):
    return {line.code: line for line in lines}


@pytest.mark.parametrize(
    "data", [workbook(return_file=form(**FILLED)), text(return_file=form(**FILLED)).encode("utf-8-sig")]
)
def test_unchanged_file_has_no_changes(data):
    lines = read_return_file(data, ASKED)

    assert [line.code for line in lines] == list(CODES)
    assert [line.code for line in lines if line.is_changed] == []
    assert {line.version for line in lines} == {3}


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        (94.2, "94.2"), (0.1 + 0.2, "0.3"), ("94.2 %", "94.2"), ("'94.2", "94.2"), (" 94.2", "94.2"),
        ("1", "1"), (Decimal("0.05"), "0.05"), ("−3", "-3"), (0, "0"),
    ],
)  # fmt: skip
def test_a_percentage_is_read_as_people_write_it(cell, figure):
    lines = by_code(read_return_file(workbook(put("AB1", ReturnFileColumn.VALUE, cell)), ASKED))

    assert lines["AB1"].typed.value == figure
    assert lines["AB1"].is_changed
    assert not lines["AB2"].is_changed


def test_cell_with_a_percentage_format_is_read_as_a_percentage():
    def change(sheet):
        sheet.cell(4, AT[ReturnFileColumn.VALUE]).value = 0.942
        sheet.cell(4, AT[ReturnFileColumn.VALUE]).number_format = "0.0%"

    assert by_code(read_return_file(workbook(change), ASKED))["AB1"].typed.value == "94.2"


@pytest.mark.parametrize("typed", ["15,000", 15000, "15000.00", "'15,000", " 15000 ", "15 000", "15\u00a0000"])
def test_number_is_read_with_every_thousands_separator(typed):
    assert (
        by_code(read_return_file(workbook(put("AB1", ReturnFileColumn.DENOMINATOR, typed)), ASKED))[
            "AB1"
        ].typed.denominator
        == "15000"
    )


@pytest.mark.parametrize(
    "encode",
    [
        lambda words: words.encode(),
        lambda words: words.encode("utf-8-sig"),
        lambda words: words.encode("cp1252"),
        lambda words: words.encode("utf-16"),
        lambda words: words.encode("utf-16-le"),
        lambda words: words.encode("utf-16-be"),
        lambda words: words.replace(",", ";").encode(),
        lambda words: words.replace(",", "\t").encode(),
        lambda words: ("sep=,\r\n" + words).encode(),
        lambda words: ('sep="\r\n' + words).encode(),
        lambda words: words.replace("\r\n", "\n").encode(),
        lambda words: (words + "\r\n" * 900).encode(),
    ],
)
def test_csv_file_is_read_in_every_encoding_and_with_every_separator(encode):
    words = text(write("AB1", ReturnFileColumn.COMMENT, "Café, “flu” – £5"))
    plain = words.replace("Café, ", "Café ")

    assert by_code(read_return_file(encode(plain), ASKED))["AB1"].typed.comment == "Café “flu” – £5"


def test_text_that_looks_like_a_formula_is_written_as_text_and_read_back():
    return_file = form(
        AB1=TypedLine(value="8", comment='=cmd|"/c calc"!A1'), AB2=TypedLine(value="-2", comment="@SUM(1)")
    )

    sheet = load_workbook(BytesIO(return_file_workbook(return_file)))["Return"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    words = text(return_file=return_file)
    assert ",'=cmd" in words.replace('"', "")
    assert ",-2," in words  # A figure below zero is a number, not text with an apostrophe.
    for data in (return_file_workbook(return_file), words.encode()):
        assert not any(line.is_changed for line in read_return_file(data, ASKED))
        assert by_code(read_return_file(data, ASKED))["AB1"].typed.comment.startswith("=cmd") or data != words.encode()


def test_workbook_locks_everything_except_the_answers_and_offers_the_reasons():
    book = load_workbook(BytesIO(return_file_workbook(form())))
    sheet = book["Return"]

    assert book.sheetnames == ["Read first", "Return", "Definitions"]
    assert sheet.protection.sheet
    assert sheet.cell(4, AT[ReturnFileColumn.LINE]).protection.locked
    assert not sheet.cell(4, AT[ReturnFileColumn.VALUE]).protection.locked
    assert sheet.cell(3, AT[ReturnFileColumn.NUMERATOR]).protection.locked  # HS2 takes one figure.
    assert not sheet.cell(4, AT[ReturnFileColumn.NUMERATOR]).protection.locked
    offered = [validation.formula1 for validation in sheet.data_validations.dataValidation]
    assert '"Not collected,Not applicable,Too few pupils,To follow"' in offered
    assert [sheet.cell(1, at).value for at in range(1, 20)] == [head.value for head in ReturnFileColumn]
    assert "Autumn term return, Invented Quay School" in book["Read first"]["A1"].value
    assert any("Sessions missed" in str(row[2].value) for row in book["Definitions"].iter_rows())


def test_spreadsheet_refuses_what_the_lists_and_the_dates_do_not_allow():
    rules = load_workbook(BytesIO(return_file_workbook(form())))["Return"].data_validations.dataValidation

    assert {rule.type for rule in rules} == {"list", "date"}
    assert all(rule.showErrorMessage and rule.errorStyle in (None, "stop") and rule.error for rule in rules)


def test_read_first_says_how_to_delete_and_sort_rows():
    book = load_workbook(BytesIO(return_file_workbook(form())))
    words = " ".join(str(row[0].value) for row in book["Read first"].iter_rows())

    assert "To delete or sort rows, first take the protection off: choose Review, then Unprotect sheet" in words
    assert book["Return"].protection.password is None
    assert not book["Return"].protection.deleteRows  # False allows it.
    assert not book["Return"].protection.sort


def test_rows_are_as_high_as_their_words_need():
    return_file = form(AB1=TypedLine(value="6.2", comment="Flu in week 3. " * 20))
    book = load_workbook(BytesIO(return_file_workbook(return_file)))

    for sheet in book:
        for row in sheet.iter_rows():
            needed = max(len(str(cell.value or "")) / sheet.column_dimensions[cell.column_letter].width for cell in row)
            assert sheet.row_dimensions[row[0].row].height >= min(15 * needed, 409), (sheet.title, row[0].row)


def test_every_sheet_prints_on_a4_in_type_that_can_be_read():
    book = load_workbook(BytesIO(return_file_workbook(form())))
    for sheet in book:
        setup = sheet.page_setup
        assert (int(setup.paperSize), setup.orientation, setup.fitToHeight) == (9, "landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        # A4 is 11.7 inches wide; a character of 11 points takes 7 of 96 pixels to the inch.
        room = (11.7 - sheet.page_margins.left - sheet.page_margins.right) * 96 / 7
        printed = [
            column.width for letter, column in sheet.column_dimensions.items() if letter not in TECHNICAL[sheet.title]
        ]
        repeated = sum(sheet.column_dimensions[letter].width for letter in "BCD") if setup.fitToWidth == 2 else 0
        scale = min(setup.fitToWidth * room / (sum(printed) + repeated), 1)
        assert 11 * scale >= 8, sheet.title


def test_technical_columns_are_not_printed():
    sheet = load_workbook(BytesIO(return_file_workbook(form())))["Return"]

    assert sheet.print_area == "'Return'!$B$1:$R$6"
    assert [sheet[f"{letter}1"].value for letter in TECHNICAL["Return"]] == ["Form", "Do not change"]


def test_return_with_a_title_above_the_headings_is_read():
    def change(sheet) -> None:
        sheet.insert_rows(1)
        sheet.cell(1, 1).value = "Our return"

    lines = read_return_file(workbook(change), ASKED)

    assert [(line.code, line.row) for line in lines][:2] == [("SG1", 3), ("HS2", 4)]


def test_words_below_the_lines_are_refused_and_not_left_out_silently():
    data = (text() + "\r\nFlu in week 3\r\n").encode()

    with pytest.raises(SpreadsheetRefused, match="Row 8: The row is about no line"):
        read_return_file(data, ASKED)


def test_file_with_sorted_or_missing_rows_is_read():
    def change(rows):
        rows[1:] = [rows[5], rows[3]]

    assert [line.code for line in read_return_file(text(change).encode(), ASKED)] == ["STF3", "AB1"]


@example_settings(max_examples=60)
@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60).map(str.strip),
    st.decimals(0, 10**9, places=2).map(lambda number: f"{number:f}".rstrip("0").rstrip(".") or "0"),
)
def test_figure_and_comment_read_back_the_same_from_workbook_and_csv(comment, value):
    typed = TypedLine(value=value, comment=comment)
    return_file = form(STF3=typed)

    as_sent = csv_response([], "x").content + text(return_file=return_file).encode()
    for data in (return_file_workbook(return_file), as_sent):
        (line,) = [line for line in read_return_file(data, ASKED) if line.code == "STF3"]
        assert line.typed.value == value
        # An apostrophe before what a spreadsheet would run is taken off again.
        assert line.typed.comment in (comment, comment[1:].strip(), " ".join(comment.split()))


@example_settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60))
@example("one\x0btwo\x01three")
@example("\x01=1+1")
@example(" =1+1")
@example("'90s")
@example("a\uffffb")
def test_comment_in_any_letters_reads_back_as_unchanged(comment):
    return_file = form(AB1=TypedLine(value="8", comment=comment))

    for data in (return_file_workbook(return_file), text(return_file=return_file).encode("utf-8-sig")):
        assert not by_code(read_return_file(data, ASKED))["AB1"].is_changed


@pytest.mark.parametrize("unread", ["1e5", "1_000", "+5", "05", "8.10", "٣", "'94.2", " =1"])
def test_unreadable_text_reads_back_as_unchanged(unread):
    return_file = form(AB1=TypedLine(value=unread))

    for data in (return_file_workbook(return_file), text(return_file=return_file).encode("utf-8-sig")):
        assert not by_code(read_return_file(data, ASKED))["AB1"].is_changed


def test_line_in_an_older_file_keeps_the_version_it_was_downloaded_with():
    return_file = form()
    older = replace(return_file, lines=[replace(return_file.lines[2], version=1)])

    (line,) = read_return_file(workbook(return_file=older), ASKED)
    assert (line.code, line.version) == ("AB1", 1)


def test_file_of_another_school_is_refused_with_one_message():
    other = replace(form(), form_id="R3-990101-991999-2026-1")

    with pytest.raises(SpreadsheetRefused) as refused:
        read_return_file(workbook(return_file=other), ASKED)
    (fault,) = refused.value.faults
    assert fault.what == "This is the return of school 991999; this page is for the return here"
    assert fault.place == "Sheet “Return”, row 2, column A, Form"


@pytest.mark.parametrize(
    "day", [date(2026, 1, 31), datetime(2026, 1, 31, 9), "2026-01-31", "31/01/2026", "31/1/26", "31 January 2026"]
)
def test_date_is_read_as_people_and_spreadsheets_write_it(day):
    def change(sheet):
        put("AB1", ReturnFileColumn.STATUS, "to follow")(sheet)
        put("AB1", ReturnFileColumn.FOLLOWS, day)(sheet)

    typed = by_code(read_return_file(workbook(change), ASKED))["AB1"].typed

    assert (typed.status, typed.follows) == ("to_follow", "2026-01-31")


def test_date_next_to_a_figure_is_left_out():
    def change(sheet):
        put("AB1", ReturnFileColumn.STATUS, None)(sheet)
        put("AB1", ReturnFileColumn.VALUE, 6)(sheet)

    lines = by_code(read_return_file(workbook(change, return_file=form(AB1=FOLLOWING, AB2=FOLLOWING)), ASKED))

    assert lines["AB1"].typed == TypedLine(value="6")
    assert not lines["AB2"].is_changed


def test_file_of_an_older_version_is_recognised():
    def older(sheet):
        sheet.delete_cols(AT[ReturnFileColumn.FOLLOWS])

    with pytest.raises(SpreadsheetRefused) as refused:
        read_return_file(workbook(older, return_file=replace(form(), form_id=FORM_ID.replace("R3", "R1"))), ASKED)

    (fault,) = refused.value.faults
    assert fault.what == "This file is version R1; the return now needs version R3"
    assert fault.todo.startswith("Download the return again")


def test_export_is_read_from_its_visible_sheet():
    book = Workbook()
    book.active.append(["UPN", "Possible"])
    book.active.append(["X1", 100])
    hidden = book.create_sheet("Marks of pupils")
    hidden.append(["Name", "Mark"])
    hidden.sheet_state = "veryHidden"
    out = BytesIO()
    book.save(out)

    assert open_export(out.getvalue()).headings == ("UPN", "Possible")


def test_text_that_a_spreadsheet_would_run_is_written_as_plain_text():
    texts = [f"{start}cmd" for start in ("=", "+", "-", "@", "\t", "\r")]
    return_file = form(**{code: TypedLine(value="1", comment=text) for code, text in zip(CODES, texts, strict=False)})

    written = [row.split(",") for row in text(return_file=return_file).splitlines()]
    assert not [cell for row in written for cell in row if cell.strip('"').startswith(("=", "+", "-", "@", "\t", "\r"))]
    sheet = load_workbook(BytesIO(return_file_workbook(return_file)))["Return"]
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
