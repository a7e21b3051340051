"""Build files for tests: a filled-in return, and everything that can be wrong with one."""

from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from kpis.catalogue import catalogue_by_code
from returns.files.return_file import (
    FILE_VERSION,
    ReturnFile,
    ReturnFileColumn,
    ReturnFileLine,
    return_file_table,
    return_file_workbook,
)
from returns.files.return_file_reading import ExpectedFile
from returns.rules.return_lines import TypedLine
from tables.lists import as_csv

CODES = ("SG1", "HS2", "AB1", "AB2", "STF3")
FORM_ID = f"{FILE_VERSION}-990101-991001-2026-1"
ASKED = ExpectedFile(
    form_id=FORM_ID, words="the return here", lines={code: catalogue_by_code()[code] for code in CODES}
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = "[Content_Types].xml"
AT = {head: number for number, head in enumerate(ReturnFileColumn, 1)}  # Column number by heading, from 1.


def form(**typed: TypedLine) -> ReturnFile:
    """Return a return with 5 lines. ``typed`` fills in some of them."""
    lines = [
        ReturnFileLine(
            indicator=catalogue_by_code()[code], last="8.1%", target="7%", typed=typed.get(code, TypedLine()), version=3
        )
        for code in CODES
    ]
    return ReturnFile(
        form_id=FORM_ID, school="Invented Quay School", term="Autumn term", due="12 December 2025", lines=lines
    )


def workbook(change: Callable[[Worksheet], object] | None = None, return_file: ReturnFile | None = None) -> bytes:
    """Return the return as a workbook, after ``change`` to its sheet."""
    book = load_workbook(BytesIO(return_file_workbook(return_file or form())))
    if change:
        change(book["Return"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def text(change: Callable[[list[list[object]]], object] | None = None, return_file: ReturnFile | None = None) -> str:
    """Return the return as CSV, after ``change`` to its rows."""
    rows = return_file_table(return_file or form())
    if change:
        change(rows)
    return as_csv(rows)


def put(code: str, head: ReturnFileColumn, value: object) -> Callable[[Worksheet], None]:
    """Write one cell of a workbook."""

    def change(sheet: Worksheet) -> None:
        sheet.cell(CODES.index(code) + 2, AT[head]).value = value

    return change


def write(code: str, head: ReturnFileColumn, value: object) -> Callable[[list[list[object]]], None]:
    """Write one cell of a text file."""

    def change(rows: list[list[object]]) -> None:
        rows[CODES.index(code) + 1][AT[head] - 1] = value

    return change


def archive(parts: dict[str, bytes], base: bytes | None = None) -> bytes:
    """Return a ZIP file of ``parts`` over the parts of ``base``."""
    held: dict[str, bytes] = {}
    if base:
        with ZipFile(BytesIO(base)) as old:
            held = {name: old.read(name) for name in old.namelist()}
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name, content in (held | parts).items():
            new.writestr(name, content)
    return out.getvalue()


def return_part(base: bytes) -> str:
    """Return the name of the part with the return's sheet."""
    with ZipFile(BytesIO(base)) as book:
        return next(name for name in book.namelist() if name.endswith("sheet2.xml"))


def cells_of(rows: str, texts: str = "") -> bytes:
    """Return a workbook with ``rows`` of XML in the return's sheet and the shared strings ``texts``."""
    good = workbook()
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    parts = {return_part(good): sheet.encode(), "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'.encode()}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    shared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    return archive(parts | {TYPES: part_of(good, TYPES).replace(b"</Types>", shared.encode())}, good)


def part_of(base: bytes, name: str) -> bytes:
    """Return a part of a workbook."""
    with ZipFile(BytesIO(base)) as book:
        return book.read(name)
