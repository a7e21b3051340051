"""Recognise a file by its content, and refuse unsafe files before anything reads them.

Nothing here relies on the name of a file. We first look at a workbook as an archive: how large it is when unpacked, and
whether it contains programs, links or entity declarations. Only then does openpyxl get it, and parses it with
defusedxml. The scan refuses document type declarations, which the standard forbids in a workbook. If it misses an
entity, the parser does not expand it.
Source: ECMA-376, part 2 (Open Packaging Conventions): a part shall not contain a DTD.
"""

import zlib
from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from tables.faults import refuse_spreadsheet

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 30 * 1024 * 1024  # Bytes; an export of 20,000 rows and 20 columns needs about 14 MB.
MOST_TIMES = 150  # Unpacked size over packed size; repetitive sheets reach 40.
SMALL_ENOUGH = 5 * 1024 * 1024  # Below this no ratio does harm.
MOST_PARTS = 1000
MOST_ELEMENTS = 1_000_000  # XML elements in all parts: 20,000 rows of 20 figures have 820,000.
MOST_OF_OTHERS = 1024 * 1024  # Bytes of a part that is neither a sheet nor its texts. Styles seldom have a tenth.
FEWER = "Delete empty rows and columns below and to the right of the data, or save the sheet as CSV UTF-8"
MACROS = "Save it as “Excel workbook (.xlsx)”, which leaves the macros out"
SAVE_AS = "Open it in your spreadsheet program and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”"


class FileKind(StrEnum):
    """The kinds of file that we can read."""

    WORKBOOK = "xlsx"
    TEXT = "csv"


# How other kinds of file begin, and the words for them.
OTHERS = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "a text document (RTF)",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"7z\xbc\xaf": "a compressed file (7-Zip)",
    b"Rar!": "a compressed file (RAR)",
    b"MZ": "a program",
    b"\x7fELF": "a program",
    b"SQLite format 3": "a database",
}
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg", b"<script")


def file_kind(data: bytes) -> FileKind:
    """Return the kind of a file, by its content.

    Raises:
        SpreadsheetRefused: it is neither a workbook nor text, it is empty, or it is not safe to open.
    """
    if len(data) > MOST_BYTES:
        raise refuse_spreadsheet(
            f"It is larger than {MOST_BYTES // 1024**2} MB", "Send only the sheet of the return or of the export"
        )
    if not data.strip(b"\x00 \t\r\n"):
        raise refuse_spreadsheet(
            "It is empty", "Choose the file again. If it is empty on your computer too, save it again"
        )
    if data.startswith(b"PK"):
        _check_archive(data)
        return FileKind.WORKBOOK
    if data.startswith(OLD_OFFICE):
        raise refuse_spreadsheet("It is an older Excel file, or it has a password", f"Remove any password. {SAVE_AS}")
    if found := next((words for start, words in OTHERS.items() if data.startswith(start)), None):
        raise refuse_spreadsheet(f"It is {found}, not a spreadsheet", SAVE_AS)
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(MARKUP):
        raise refuse_spreadsheet("It is a web page or XML with the name of a spreadsheet", SAVE_AS)
    return FileKind.TEXT


def _check_archive(data: bytes) -> None:
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            _check_size(parts, len(data))
            _check_parts({part.filename for part in parts})
            if sum(_elements(archive, part) for part in parts) > MOST_ELEMENTS:
                raise refuse_spreadsheet("The workbook has more cells, texts or formats than we can read", FEWER)
    except (
        BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        ValueError,
        OSError,
        RuntimeError,
        LookupError,
    ) as fault:
        # RuntimeError: an encrypted part. The others are the ways an archive is damaged.
        raise refuse_spreadsheet(
            "The workbook is damaged, or it has a password", f"Remove any password. {SAVE_AS}"
        ) from fault


def _check_size(parts: list[ZipInfo], packed: int) -> None:
    # zipfile never reads more of a part than its declared size, so we can rely on the declared sizes.
    unpacked = sum(part.file_size for part in parts)
    too_dense = unpacked > SMALL_ENOUGH and unpacked > MOST_TIMES * packed
    if unpacked > MOST_UNPACKED or too_dense:
        raise refuse_spreadsheet(
            f"When unpacked, it has {unpacked / 1024**2:,.0f} MB, far more than a return or an export needs",
            FEWER,
        )
    large = next((part for part in parts if part.file_size > MOST_OF_OTHERS and _is_read_whole(part.filename)), None)
    if large:
        raise refuse_spreadsheet(f"Its part “{large.filename[:60]}” is far larger than a workbook needs", f"{FEWER}")
    if len(parts) > MOST_PARTS:
        raise refuse_spreadsheet(f"The archive has {len(parts):,} parts, more than a workbook needs", SAVE_AS)
    if len({part.filename for part in parts}) < len(parts):
        raise refuse_spreadsheet("The archive has the same part twice", SAVE_AS)


def _check_parts(names: set[str]) -> None:
    if any("vbaProject" in name or name.startswith("xl/macrosheets/") for name in names):
        raise refuse_spreadsheet("The workbook contains macros", MACROS)
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise refuse_spreadsheet(
            "The workbook links to other workbooks", "Break the links (Data, Edit links) and save it again"
        )
    if "xl/workbook.bin" in names:
        raise refuse_spreadsheet("It is a binary workbook (.xlsb)", SAVE_AS)
    if "xl/workbook.xml" not in names:
        known = {"word/document.xml": "a Word document", "content.xml": "an OpenDocument file"}
        found = next((words for name, words in known.items() if name in names), "an archive (ZIP)")
        raise refuse_spreadsheet(f"It is {found}, not an Excel workbook", SAVE_AS)


def _is_read_whole(name: str) -> bool:
    return name.endswith((".xml", ".rels")) and not name.startswith(("xl/worksheets/", "xl/sharedStrings"))


def _elements(archive: ZipFile, part: ZipInfo) -> int:
    """Count the elements of a part, or refuse it because of what it declares.

    We do this to every part, because a relation says which part is a sheet, not the part's name.
    """
    found = 0
    with archive.open(part) as stream:
        kept = b""
        while piece := stream.read(1024 * 1024):
            # Without NULs, so that we find it in UTF-16 too.
            text = (kept + piece).replace(b"\x00", b"").upper()
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise refuse_spreadsheet("The workbook declares entities, which no workbook needs", SAVE_AS)
            if part.filename == "[Content_Types].xml" and (b"MACROENABLED" in text or b"VBAPROJECT" in text):
                raise refuse_spreadsheet("The workbook contains macros", MACROS)
            kept = piece[-32:]
            found += piece.count(b"<") - piece.count(b"</")
    return found
