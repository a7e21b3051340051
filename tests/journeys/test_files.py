"""Test filling in a return as a file: download, send, check, save and submit."""

from collections.abc import Callable
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from demonstration.trust.story import DAYDREAM, ONCE
from returns.files.return_file import ReturnFileColumn
from tests.journeys.cast import HEAD_OF_DAYDREAM, HEAD_OF_ONCE
from tests.journeys.returns import CurrentReturn
from tests.journeys.stack import Stack

OpenAs = Callable[..., Page]
Accessible = Callable[[Page], None]
AT = {head: number for number, head in enumerate(ReturnFileColumn, 1)}
SAID = {
    ReturnFileColumn.COMMENT: "The same as last term",
    ReturnFileColumn.WHAT: "We are as far from the target as last term",
    ReturnFileColumn.WHY: "Our plan runs until the summer",
    ReturnFileColumn.WHAT_NEXT: "The Board will review it in May",
}
HEADS = {
    "numerator": ReturnFileColumn.NUMERATOR,
    "denominator": ReturnFileColumn.DENOMINATOR,
    "value": ReturnFileColumn.VALUE,
}


def test_return_can_be_filled_in_as_a_file(stack: Stack, open_as: OpenAs, accessible: Accessible, tmp_path: Path):
    once = CurrentReturn(stack, ONCE)
    page = open_as(HEAD_OF_ONCE, once.path)
    page.get_by_role("link", name="Fill in from a spreadsheet or an MIS export").click()
    accessible(page)
    file = when_the_headteacher_downloads_the_return(page, tmp_path)
    then_a_faulty_file_is_refused_with_every_fault(page, accessible, file)
    fill_in_elsewhere(file, once)

    send(page, file)
    expect(page.get_by_role("heading", name="What this file would change")).to_be_visible()
    accessible(page)
    left = once.unanswered
    assert left  # Nothing is saved before the headteacher confirms it.
    page.get_by_role("button", name="Save ").click()
    expect(page.get_by_text("saved from “return.xlsx”")).to_be_visible()
    assert once.unanswered == []

    page.get_by_role("button", name="Check before submitting").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Submit return").click()
    expect(page.get_by_role("heading", name="return submitted")).to_be_visible()
    assert once.state == "submitted"


def test_files_work_on_a_phone_without_javascript(stack: Stack, open_as: OpenAs, tmp_path: Path):
    daydream = CurrentReturn(stack, DAYDREAM)
    page = open_as(HEAD_OF_DAYDREAM, daydream.path, width=390, javascript=False)
    page.get_by_role("link", name="Fill in from a spreadsheet or an MIS export").click()
    page.get_by_role("link", name="Fill in lines from a SIMS, Arbor, Bromcom or other export").click()
    export = tmp_path / "export.csv"
    export.write_text("UPN,Possible Marks,Absence Marks\nX1,100,12\nX2,100,3\n")

    page.get_by_label("Attendance, one row for each pupil").check()
    page.get_by_label("File", exact=True).set_input_files(export)
    page.get_by_role("button", name="Add up the export").click()
    expect(page.get_by_text("our mapping for Bromcom, not checked with any school yet")).to_be_visible()
    page.get_by_label("File", exact=True).set_input_files(export)
    page.get_by_role("button", name="Add up the export").click()

    expect(page.get_by_text("Counted: 2 pupils with 200 possible sessions.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
    page.get_by_role("button", name="Add 3 suggested figures").click()
    page.get_by_role("button", name="Confirm 7.5%").click()
    expect(page.get_by_text("Attendance by pupil, export.csv, sent on")).to_have_count(3)
    assert daydream.value("AB1") == 7.5


def when_the_headteacher_downloads_the_return(page: Page, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name="The return as a spreadsheet").click()
    file = folder / "return.xlsx"
    started.value.save_as(file)
    return file


def then_a_faulty_file_is_refused_with_every_fault(page: Page, accessible: Accessible, file: Path) -> None:
    book = load_workbook(file)
    faulty = file.with_name("faulty.xlsx")
    book["Return"].cell(2, AT[ReturnFileColumn.VALUE]).value = "about ninety"
    book.save(faulty)
    send(page, faulty)
    expect(page.get_by_role("heading", name="This file cannot be used")).to_be_visible()
    expect(page.get_by_text("Sheet “Return”, row 2, column L, Figure")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Send another file").click()


def fill_in_elsewhere(file: Path, current_return: CurrentReturn) -> None:
    """Fill every open line with the school's previous answer and an explanation."""
    book = load_workbook(file)
    sheet = book["Return"]
    for row in range(2, sheet.max_row + 1):
        code = str(sheet.cell(row, AT[ReturnFileColumn.CODE]).value)
        if code in current_return.unanswered:
            for name, text in current_return.last_figure(code).items():
                sheet.cell(row, AT[HEADS[name]]).value = float(text)
        for head, text in SAID.items():
            if not sheet.cell(row, AT[head]).value:
                sheet.cell(row, AT[head]).value = text
    book.save(file)


def send(page: Page, file: Path) -> None:
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
