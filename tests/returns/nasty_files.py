"""Files that cannot be used, each with the place and words that its fault must have."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from openpyxl.worksheet.worksheet import Worksheet

from returns.files.return_file import ReturnFileColumn
from tests.returns.return_files import (
    AT,
    TYPES,
    archive,
    cells_of,
    form,
    part_of,
    put,
    return_part,
    text,
    workbook,
    write,
)

PLAIN, WITH_MACROS = b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
SHEET = "Sheet “Return”, row"


@dataclass(frozen=True)
class NastyFile:
    """A file, and the place and words of its fault."""

    name: str
    data: bytes
    place: str
    words: str


def nasty_files() -> list[NastyFile]:
    """Return every file that must be refused."""
    files = [*_other_kinds(), *_archives(), *_encodings(), *_broken_text(), *_without_a_column(), *_heads()]
    return [*files, *_rows(), *_cells(), *_sheets()]


def _other_kinds() -> Iterator[NastyFile]:
    starts = {
        "pdf": (b"%PDF-1.7 rest", "a PDF"),
        "png": (b"\x89PNG\r\n\x1a\n rest", "a picture"),
        "jpeg": (b"\xff\xd8\xff\xe0 rest", "a picture"),
        "gif": (b"GIF89a rest", "a picture"),
        "rtf": (b"{\\rtf1 rest}", "RTF"),
        "gzip": (b"\x1f\x8b\x08 rest", "gzip"),
        "7z": (b"7z\xbc\xaf\x27\x1c rest", "7-Zip"),
        "rar": (b"Rar!\x1a\x07 rest", "RAR"),
        "exe": (b"MZ\x90\x00 rest", "a program"),
        "elf": (b"\x7fELF rest", "a program"),
        "sqlite": (b"SQLite format 3\x00 rest", "a database"),
        "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "older Excel"),
        "html": (b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", "a web page"),
        "table": (b"  <table><tr><td>Form</td></tr></table>", "a web page"),
        "html with a mark": (b"\xef\xbb\xbf<html></html>", "a web page"),
        "xml": (b"<?xml version='1.0'?><Workbook/>", "a web page or XML"),
        "svg": (b"<svg onload='x()'/>", "a web page or XML"),
        "script": (b"<script>alert(1)</script>", "a web page or XML"),
        "empty": (b"", "It is empty"),
        "blank": (b" \r\n\t \r\n", "It is empty"),
        "only NULs": (b"\x00" * 5000, "It is empty"),
        "only a mark": (b"\xef\xbb\xbf", "The sheet is empty"),
    }
    for name, (data, words) in starts.items():
        yield NastyFile(name, data, "The file", words)


def _archives() -> Iterator[NastyFile]:
    good = workbook()
    part = return_part(good)
    lol = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    outside = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
    yield NastyFile("a ZIP of a picture", archive({"a.png": b"x"}), "The file", "an archive (ZIP)")
    yield NastyFile("an empty ZIP", b"PK\x05\x06" + b"\x00" * 18, "The file", "an archive (ZIP)")
    yield NastyFile("Word", archive({"word/document.xml": b"<w/>"}), "The file", "a Word document")
    yield NastyFile("OpenDocument", archive({"content.xml": b"<o/>"}), "The file", "OpenDocument")
    yield NastyFile("binary workbook", archive({"xl/workbook.bin": b"x"}), "The file", ".xlsb")
    yield NastyFile("macros", archive({"xl/vbaProject.bin": b"x"}, good), "The file", "macros")
    yield NastyFile("old macros", archive({"xl/macrosheets/sheet1.xml": b"<x/>"}, good), "The file", "macros")
    yield NastyFile(
        "links", archive({"xl/externalLinks/externalLink1.xml": b"<x/>"}, good), "The file", "other workbooks"
    )
    yield NastyFile("bomb", archive({"xl/media/a.bin": b"\x00" * 70_000_000}, good), "The file", "unpacked, it has")
    yield NastyFile("small bomb", archive({"xl/a.bin": b"\x00" * 20_000_000}, good), "The file", "unpacked, it has")
    yield NastyFile("many parts", archive({f"xl/x{n}.bin": b"" for n in range(1100)}, good), "The file", "parts")
    yield NastyFile("laughs", archive({part: lol}, good), "The file", "entities")
    yield NastyFile("entity of a file", archive({part: outside}, good), "The file", "entities")
    wide = lol.decode().encode("utf-16")
    yield NastyFile("laughs in UTF-16", archive({part: wide}, good), "The file", "entities")
    late = b"<worksheet>" + b" " * 1_048_570 + b"<!DOCTYPE x></worksheet>"
    yield NastyFile("entities far down", archive({"xl/worksheets/far.xml": late}, good), "The file", "entities")
    yield NastyFile("not XML", archive({part: b"nothing like XML"}, good), "The file", "damaged")
    yield NastyFile(
        "workbook without sheets", archive({"xl/workbook.xml": b"<workbook/>"}, good), "The file", "no visible sheet"
    )
    yield NastyFile("no content types", archive({"xl/workbook.xml": b"<workbook/>"}), "The file", "damaged")
    typed = part_of(good, TYPES).replace(PLAIN, WITH_MACROS)
    yield NastyFile("macros by type", archive({TYPES: typed}, good), "The file", "macros")
    yield NastyFile("entities under another name", archive({"xl/sheet.dat": lol}, good), "The file", "entities")
    yield NastyFile("huge styles", archive({"xl/styles.xml": b"<x/>" * 300_000}, good), "The file", "“xl/styles.xml”")
    for share in (0.1, 0.5, 0.9, 0.99):
        yield NastyFile(f"cut at {share}", good[: int(len(good) * share)], "The file", "damaged")
    half = len(good) // 2
    yield NastyFile("bytes lost", good[:half] + good[half + 40 :], "The file", "damaged")
    # The flag of an encrypted part, in both of its headers.
    locked = bytearray(good)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(mark)
        while at >= 0:
            struct.pack_into("<H", locked, at + offset, 1)
            at = locked.find(mark, at + 4)
    yield NastyFile("encrypted", bytes(locked), "The file", "password")


def _encodings() -> Iterator[NastyFile]:
    words = text()
    lines = words.splitlines()
    yield NastyFile("NUL in text", words.replace("SG1", "SG\x001", 1).encode(), "Row 2", "code 0")
    yield NastyFile("bell in text", words.replace("AB1", "AB\x071", 1).encode(), "Row 4", "code 7")
    yield NastyFile("neither UTF-8 nor cp1252", words.encode() + b"\x81\x8d\r\n", "Row 7", "encoding")
    yield NastyFile("half a UTF-16 letter", words.encode("utf-16")[:-1], "Row 6", "middle of a letter")
    yield NastyFile("UTF-16 cut by a surrogate", words.encode("utf-16") + b"\x00\xd8", "Row 7", "encoding")
    yield NastyFile("mark and then cp1252", b"\xef\xbb\xbf" + lines[0].encode() + b"\r\n\xa3\x80", "Row 2", "encoding")
    yield NastyFile("UTF-32", words.encode("utf-32-le"), "Row 1", "code 0")
    yield NastyFile("EBCDIC", words.encode("cp037"), "Row 1", "encoding")
    yield NastyFile("noise", bytes((n * 197 + 31) % 256 for n in range(3000)), "Row 1", "encoding")


def _broken_text() -> Iterator[NastyFile]:
    words = text()
    lines = words.splitlines()
    yield NastyFile("open quotation mark", words.replace("SG1", '"SG1', 1).encode(), "Row 2", "quotation")
    yield NastyFile("a mark out of place", words.replace("AB1,", '"AB1"x,', 1).encode(), "Row 4", "quotation")
    yield NastyFile(
        "prose", b"Dear all,\r\nhere is our return.\r\nBest wishes", "Row 1", "column headings of the return"
    )
    yield NastyFile("one word", b"hello", "Row 1", "column headings of the return")
    yield NastyFile("JSON", b'{"AB1": 6.2}', "Row 1", "column headings of the return")
    yield NastyFile("a cell far too long", (lines[0] + "\r\n" + "x" * 200_000).encode(), "Row 2", "is not a return")
    yield NastyFile("hundreds of columns", (lines[0] + "\r\n" + "a," * 300).encode(), "Row 2, column KN", "columns")
    yield NastyFile("two million commas", b"," * 2_000_000, "The file", "The sheet is empty")
    yield NastyFile("rows without end", (words + "x\r\n" * 3000).encode(), "Row 2002", "we can read")
    yield NastyFile("only column headings", lines[0].encode(), "The file", "column headings but no rows")
    yield NastyFile("no column headings", "\r\n".join(lines[1:]).encode(), "Row 1", "column headings of the return")
    yield NastyFile(
        "fixed width", "\r\n".join(line.replace(",", "   ") for line in lines).encode(), "Row 1", "headings"
    )


def _without_a_column() -> Iterator[NastyFile]:
    for head in ReturnFileColumn:

        def drop(rows: list[list[object]], at: int = AT[head] - 1) -> None:
            for row in rows:
                del row[at]

        yield NastyFile(f"without {head}", text(drop).encode(), "Row 1", f"The column “{head.value}” is missing")


def _heads() -> Iterator[NastyFile]:
    def rename(sheet: Worksheet) -> None:
        sheet.cell(1, AT[ReturnFileColumn.VALUE]).value = "Result"

    def twice(sheet: Worksheet) -> None:
        sheet.cell(1, 20).value = "Figure"

    def more(sheet: Worksheet) -> None:
        sheet.cell(1, 20).value = "Notes"

    def formula(sheet: Worksheet) -> None:
        sheet.cell(1, 20).value = "=A1"

    yield NastyFile("a heading renamed", workbook(rename), f"{SHEET} 1, column L, Result", "does not have this column")
    yield NastyFile("a heading twice", workbook(twice), f"{SHEET} 1, column T, Figure", "twice")
    yield NastyFile("a column more", workbook(more), f"{SHEET} 1, column T, Notes", "does not have this column")
    yield NastyFile("a formula as heading", workbook(formula), f"{SHEET} 1, column T", "does not have this column")


def _rows() -> Iterator[NastyFile]:
    for other, words in {
        "R3-990101-991002-2026-1": "return of school 991002",
        "R3-990101-991001-2026-2": "another term",
        "R3-990101-991001-2025-1": "another term",
        "R3-990102-991001-2026-1": "another trust",
        "R1-990101-991001-2026-1": "version R1; the return now needs version R3",
        "Robert'); DROP TABLE returns_return;--": "is not a return in Sightline",
        "<script>alert(1)</script>": "is not a return in Sightline",
        "R3-990101-991001-2026-1-9": "is not a return in Sightline",
    }.items():
        yield NastyFile(
            f"form {other}", workbook(return_file=replace(form(), form_id=other)), f"{SHEET} 2, column A", words
        )
    for code, words in {
        "ZZ9": "is not a line of this return", "AB6": "is not a line of this return", "": "line’s code is missing",
        "AB1": "twice", "SG 1": "is not a line", "S" * 9000: "is not a line", "=1+1": "missing",
    }.items():  # fmt: skip
        yield NastyFile(
            f"code {code[:9]}", workbook(put("AB2", ReturnFileColumn.CODE, code)), f"{SHEET} 5, column B, Code", words
        )

    def twice(rows: list[list[object]]) -> None:
        rows.append(rows[3])

    yield NastyFile("a row twice", text(twice).encode(), "Row 7, column B, Code", "twice")
    yield NastyFile(
        "a row of nobody",
        workbook(put("AB2", ReturnFileColumn.FORM, None)),
        f"{SHEET} 5, column A, Form",
        "which return",
    )
    for mark in (None, "", "3", "3:xyz", "-1:0123456789abcdef", "9999999999999:0123456789abcdef", 3.5, "=1"):
        place = f"{SHEET} 4, column S, Do not change"
        yield NastyFile(
            f"mark {mark}",
            workbook(put("AB1", ReturnFileColumn.MARK, mark)),
            place,
            "This text is missing or was changed",
        )


def _cells() -> Iterator[NastyFile]:
    figures: dict[object, str] = {
        "abc": "is not a number", "12,5": "Use a full stop", "(12)": "minus sign", "12k": "out in full",
        "94.2.1": "number", "1,2,3": "number", "£12": "leave out the £", "99999999999999": "too large",
        "--5": "number", "1e5": "number",
        "∞": "number", "NaN": "number", "1/2": "number", "94%%": "number", "٣": "number", "five": "number",
        "0x10": "number", "12 00": "number", "n/a": "number", "=1+1": "a formula", "=cmd|'/c calc'!A1": "a formula",
        "#DIV/0!": "the error", "#N/A": "the error", "#REF!": "the error", date(2025, 12, 3): "a date",
        datetime(2025, 12, 3, 9): "a date", time(9, 30): "a date", 1e300: "too large", "x" * 12_000: "text of",
        "'=1": "number", "<b>6</b>": "number", "{{ 7 }}": "number", "%s%n": "number", "\u202e12": "number",
    }  # fmt: skip
    for value, words in figures.items():
        name = str(value)[:12]
        yield NastyFile(
            f"figure {name}", workbook(put("AB1", ReturnFileColumn.VALUE, value)), f"{SHEET} 4, column L, Figure", words
        )
    parts: dict[object, str] = {
        "abc": "number",
        "12,5": "Use a full stop",
        "£5": "leave out the £",
        "12%": "leave out the %",
        "yes": "number",
        "=A1": "a formula",
        date(2025, 1, 1): "a date",
    }
    for value, words in parts.items():
        data = workbook(put("AB1", ReturnFileColumn.NUMERATOR, value))
        yield NastyFile(f"part {value}", data, f"{SHEET} 4, column J, Number counted", words)
    yield NastyFile(
        "a part of a single figure",
        workbook(put("HS2", ReturnFileColumn.DENOMINATOR, 5)),
        f"{SHEET} 3, column K",
        "a single",
    )
    for value in ("Lost", "value", "suppressed", "0", "To follow!", "=B2", "not published"):
        data = workbook(put("AB1", ReturnFileColumn.STATUS, value))
        words = "a formula" if value == "=B2" else f"“{value}” is not one of the reasons"
        yield NastyFile(f"reason {value}", data, f"{SHEET} 4, column M, Why there is no figure", words)
    days = ("soon", "46022", 5, "31/02/2026", "1999-01-01", "2026-13-01", time(9, 30), "=TODAY()", "next week")
    for value in days:
        data = workbook(put("AB1", ReturnFileColumn.FOLLOWS, value))
        yield NastyFile(
            f"day {value}", data, f"{SHEET} 4, column N, Will follow by", "expected a date, like 31 January 2026"
        )
    alone = workbook(put("AB1", ReturnFileColumn.FOLLOWS, date(2026, 1, 31)))
    yield NastyFile("a day alone", alone, f"{SHEET} 4, column N, Will follow by", "nothing that will follow")
    wordy = workbook(put("AB1", ReturnFileColumn.WHY, "w" * 1001))
    yield NastyFile("a why too long", wordy, f"{SHEET} 4, column Q, Why", "the most is 1,000")
    for value, words in {"=1+1": "a formula", "y" * 5000: "5,000 characters", "z" * 11_000: "a text of"}.items():
        data = workbook(put("AB1", ReturnFileColumn.COMMENT, value))
        yield NastyFile(f"comment {value[:5]}", data, f"{SHEET} 4, column O, Comment", words)
    for value in ("abc", "=1+1", "03/12/2025", "1;2"):
        data = text(write("AB2", ReturnFileColumn.VALUE, value)).replace("'=", "=").encode()
        words = "a formula" if value == "=1+1" else f"“{value}” is not a number"
        yield NastyFile(f"text figure {value}", data, "Row 5, column L, Figure", words)


def _sheets() -> Iterator[NastyFile]:
    good = workbook()

    def merged(sheet: Worksheet) -> None:
        sheet.merge_cells("L4:L5")

    def hidden(sheet: Worksheet) -> None:
        sheet.sheet_state = "hidden"

    def renamed(sheet: Worksheet) -> None:
        sheet.title = "Autumn"

    def emptied(sheet: Worksheet) -> None:
        sheet.delete_rows(1, 50)

    def far_down(sheet: Worksheet) -> None:
        sheet.cell(1_048_576, 1).value = "x"

    yield NastyFile("merged cells", workbook(merged), f"{SHEET} 4, column L", "merged")
    yield NastyFile("hidden sheet", workbook(hidden), "Sheet “Return”", "hidden")
    yield NastyFile("sheet renamed", workbook(renamed), "The file", "“Autumn”")
    yield NastyFile("sheet emptied", workbook(emptied), "Sheet “Return”", "The sheet is empty")
    yield NastyFile("one cell at the very end", workbook(far_down), f"{SHEET} 1048576", "which return")
    rows = b"".join(b'<row r="%d"/>' % n for n in range(1, 1_000_001))
    part = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    yield from _rows_of_xml()
    # Numbers in their order compress badly enough to pass as a sheet.
    yield NastyFile(
        "a million empty rows", archive({return_part(good): part % rows}, good), "The file", "more cells, texts"
    )


def _rows_of_xml() -> Iterator[NastyFile]:
    """Rows that no spreadsheet program writes."""
    cell = '<c t="s"><v>0</v></c>'
    long = f"<si><t>{'a' * 9000}</t></si>"
    shared = cells_of(f"<row>{cell * 80}</row>" * 40, long)
    yield NastyFile("one long text in every cell", shared, f"{SHEET} 28", "more text in them, than we can read")
    longer = cells_of(f"<row>{cell * 80}</row>" * 40, f"<si><t>{'a' * 4_000_000}</t></si>")
    yield NastyFile("a text of 4 MB in every cell", longer, f"{SHEET} 1", "column headings of the return")
    yield NastyFile(
        "a million texts", cells_of(f"<row>{cell}</row>", "<si/>" * 1_000_001), "The file", "more cells, texts"
    )
    yield NastyFile(
        "more columns", cells_of(f"<row>{cell * 81}</row>", "<si><t>x</t></si>"), f"{SHEET} 1, column CC", "col"
    )
    for numbers in ((5, 2), (3, 3)):
        rows = "".join(f'<row r="{number}">{cell}</row>' for number in numbers)
        yield NastyFile(f"rows {numbers}", cells_of(rows, long), f"{SHEET} {numbers[1]}", "not in order")
    yield NastyFile("a text that is not there", cells_of('<row><c t="s"><v>7</v></c></row>'), "The file", "damaged")
    yield NastyFile(
        "nested without end", cells_of("<row>" * 9000 + "</row>" * 9000), "Sheet “Return”", "The sheet is empty"
    )
