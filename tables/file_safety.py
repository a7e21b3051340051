"""Recognise a file by its content, and refuse unsafe files before anything reads them.

Nothing here relies on the name of a file. We first look at a workbook as an archive: how large it is when unpacked, and
whether it contains programs, links or entity declarations. Only then is it parsed, with defusedxml. The scan refuses
document type declarations, which the standard forbids in a workbook. If it misses an entity, the parser does not expand
it.
Source: ECMA-376, part 2 (Open Packaging Conventions): a part shall not contain a DTD.
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from tables.faults import refuse_spreadsheet

MOST_BYTES = 10 * 1024 * 1024
MOST_UNPACKED = 30 * 1024 * 1024  # Bytes; an export of 20,000 rows and 20 columns needs about 14 MB.
MOST_TIMES = 150  # Unpacked size over packed size; repetitive sheets reach 40.
SMALL_ENOUGH = 5 * 1024 * 1024  # Below this no ratio does harm.
MOST_PARTS = 1000
MOST_ELEMENTS = 1_000_000
MOST_OF_OTHERS = 1024 * 1024  # Bytes of a part that is neither a sheet nor its texts. Styles seldom have a tenth.
FEWER = "Delete empty rows and columns below and to the right of the data, or save the sheet as CSV UTF-8"
MACROS = "Save it as “Excel workbook (.xlsx)”, which leaves the macros out"
SAVE_AS = "Open it in your spreadsheet program and save it as “Excel workbook (.xlsx)” or “CSV UTF-8”"


class FileKind(StrEnum):
    """The kinds of file that we can read."""

    WORKBOOK = "xlsx"
    OPEN_DOCUMENT = "ods"
    TEXT = "csv"


@dataclass(frozen=True, kw_only=True)
class FileLimits:
    """How large a file may be."""

    size: int  # Bytes
    unpacked: int  # Bytes
    elements: int  # XML elements in all parts
    columns: int
    cells: int
    letters: int  # In all cells together, because a workbook can show one long text in every cell.


# 20,000 rows of 20 figures have 820,000 elements.
SENT = FileLimits(
    size=MOST_BYTES,
    unpacked=MOST_UNPACKED,
    elements=MOST_ELEMENTS,
    columns=80,
    cells=500_000,
    letters=20_000_000,
)
# A file that the operator gives a command: the national files have 25,000 rows, 600 columns and 60 MB.
LOCAL = FileLimits(
    size=500 * 1024**2,
    unpacked=500 * 1024**2,
    elements=20_000_000,
    columns=1_500,
    cells=10_000_000,
    letters=400_000_000,
)


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
TYPES = "[Content_Types].xml"
MAIN_PART = b"/XL/WORKBOOK.XML"
OVERRIDE = re.compile(rb"<(?:\w+:)?OVERRIDE\b[^>]*>")
DEFAULT = re.compile(rb"<(?:\w+:)?DEFAULT\b[^>]*>")
END_OF_ARCHIVE = b"PK\x05\x06"
LONGEST_END = 65_557  # Bytes from the start of this mark to the end, with the longest comment.
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg", b"<script")


def file_kind(data: bytes, limits: FileLimits = SENT) -> FileKind:
    """Return the kind of a file, by its content.

    Raises:
        SpreadsheetRefused: it is neither a workbook nor text, it is empty, or it is not safe to open.
    """
    if len(data) > limits.size:
        raise refuse_spreadsheet(
            f"It is larger than {limits.size // 1024**2} MB", "Send only the sheet of the return or of the export"
        )
    if not data.strip(b"\x00 \t\r\n"):
        raise refuse_spreadsheet(
            "It is empty", "Choose the file again. If it is empty on your computer too, save it again"
        )
    if data.startswith(b"PK"):
        return _kind_of_archive(data, limits)
    if data.startswith(OLD_OFFICE):
        raise refuse_spreadsheet("It is an older Excel file, or it has a password", f"Remove any password. {SAVE_AS}")
    if found := next((words for start, words in OTHERS.items() if data.startswith(start)), None):
        raise refuse_spreadsheet(f"It is {found}, not a spreadsheet", SAVE_AS)
    start = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(MARKUP):
        raise refuse_spreadsheet("It is a web page or XML with the name of a spreadsheet", SAVE_AS)
    return FileKind.TEXT


def _kind_of_archive(data: bytes, limits: FileLimits) -> FileKind:
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
            kind = _kind_of_parts({part.filename for part in parts})
            _check_size(parts, len(data), limits)
            if sum(_elements(archive, part) for part in parts) > limits.elements:
                raise refuse_spreadsheet("The workbook has more cells, texts or formats than we can read", FEWER)
            if kind is FileKind.WORKBOOK:
                _check_types(archive.read(TYPES))
            return kind
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
        if END_OF_ARCHIVE not in data[-LONGEST_END:]:
            raise refuse_spreadsheet(
                "The workbook is damaged: it ends in the middle",
                "Download or copy it again, check that it opens, and send it again",
            ) from fault
        raise refuse_spreadsheet(
            "The workbook is damaged, or it has a password", f"Remove any password. {SAVE_AS}"
        ) from fault


def _check_size(parts: list[ZipInfo], packed: int, limits: FileLimits) -> None:
    # zipfile never reads more of a part than its declared size, so we can rely on the declared sizes.
    unpacked = sum(part.file_size for part in parts)
    too_dense = unpacked > SMALL_ENOUGH and unpacked > MOST_TIMES * packed
    if unpacked > limits.unpacked or too_dense:
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


def _kind_of_parts(names: set[str]) -> FileKind:
    if any("vbaProject" in name or name.startswith(("xl/macrosheets/", "Basic/", "Scripts/")) for name in names):
        raise refuse_spreadsheet("The workbook contains macros", MACROS)
    if any(name.startswith("xl/externalLinks/") for name in names):
        raise refuse_spreadsheet(
            "The workbook links to other workbooks", "Break the links (Data, Edit links) and save it again"
        )
    if "xl/workbook.bin" in names:
        raise refuse_spreadsheet("It is a binary workbook (.xlsb)", SAVE_AS)
    if "xl/workbook.xml" in names:
        return FileKind.WORKBOOK
    if "content.xml" in names:
        return FileKind.OPEN_DOCUMENT
    if "word/document.xml" in names:
        raise refuse_spreadsheet("It is a Word document, not a spreadsheet", SAVE_AS)
    if "Index/Document.iwa" in names:
        raise refuse_spreadsheet("It is a Numbers document, not an Excel workbook", SAVE_AS)
    raise refuse_spreadsheet(
        "It is an archive (ZIP), not a spreadsheet", "Unpack it, and send the spreadsheet that is in it"
    )


def _check_types(types: bytes) -> None:
    """Refuse a workbook whose main part has macros. Some programs declare types that no part of the file has."""
    text = types.replace(b"\x00", b"").upper()
    named = [found for found in OVERRIDE.findall(text) if MAIN_PART in found or b"VBAPROJECT" in found]
    of_ending = [found for found in DEFAULT.findall(text) if re.search(rb"EXTENSION=.XML\b", found)]
    if any(b"MACROENABLED" in found or b"VBAPROJECT" in found for found in named or of_ending):
        raise refuse_spreadsheet("The workbook contains macros", MACROS)


def _is_read_whole(name: str) -> bool:
    rows = ("xl/worksheets/", "xl/sharedStrings", "content.xml")
    return name.endswith((".xml", ".rels")) and not name.startswith(rows)


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
            kept = piece[-32:]
            found += piece.count(b"<") - piece.count(b"</")
    return found
