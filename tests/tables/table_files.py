"""Write small tables as files of every kind that the reader must read."""

import csv
from collections.abc import Callable, Sequence
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

Rows = Sequence[Sequence[object]]
ODF = "urn:oasis:names:tc:opendocument:xmlns"
ROWS: Rows = (
    ("Pupil", "Possible", "Authorised", "Share"),
    ("A80001", 140, 4, 0.942),
    ("Zoë O’Hara", 138, 0, 0.5),
)


def as_text(rows: Rows = ROWS, *, separator: str = ",", line_end: str = "\r\n") -> str:
    out = StringIO()
    csv.writer(out, delimiter=separator, lineterminator=line_end).writerows(rows)
    return out.getvalue()


def as_workbook(rows: Rows = ROWS, change: Callable[[Worksheet], object] | None = None, **more: Rows) -> bytes:
    """Return rows as a workbook, after ``change`` to their sheet. ``more`` has the rows of more sheets, by name."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, float):
                cell.number_format = "0.0%"
    for name, others in more.items():
        other = book.create_sheet(name)
        for row in others:
            other.append(list(row))
    if change:
        change(sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_open_document(rows: Rows = ROWS, *, before: str = "", after: str = "") -> bytes:
    """Return rows as LibreOffice writes them. ``before`` and ``after`` are XML around the rows."""
    return open_document(open_table("".join(map(open_row, rows)), before=before, after=after))


def open_table(rows: str, *, name: str = "Sheet1", before: str = "", after: str = "", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{before}{rows}{after}</table:table>'


def open_row(row: Sequence[object], attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(map(open_cell, row))}</table:table-row>"


def open_cell(value: object, attributes: str = "") -> str:
    if value is None or value == "":
        return f"<table:table-cell {attributes}/>"
    if isinstance(value, (int, float)):
        kind = "percentage" if isinstance(value, float) else "float"
        return f'<table:table-cell office:value-type="{kind}" office:value="{value}" {attributes}/>'
    return f'<table:table-cell office:value-type="string" {attributes}><text:p>{value}</text:p></table:table-cell>'


def open_document(tables: str, styles: str = "") -> bytes:
    names = " ".join(f'xmlns:{name}="{ODF}:{name}:1.0"' for name in ("office", "table", "text", "style"))
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": content.encode()})


def zipped(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def as_strict(workbook: bytes) -> bytes:
    """Return a workbook as Excel's "Strict Open XML spreadsheet"."""
    usual = b"http://schemas.openxmlformats.org/"
    names = {
        usual + b"spreadsheetml/2006/main": b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        usual + b"officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        usual + b"drawingml/2006/main": b"http://purl.oclc.org/ooxml/drawingml/main",
    }
    parts = parts_of(workbook)
    for name in parts:
        for old, new in names.items():
            parts[name] = parts[name].replace(old, new)
    return zipped(parts)
