"""Test that unsafe content is found anywhere in a workbook, and that openpyxl uses defusedxml too."""

import openpyxl.xml
import pytest
from defusedxml.common import EntitiesForbidden
from openpyxl.xml.functions import fromstring, iterparse

from tables.faults import SpreadsheetRefused
from tables.file_safety import file_kind
from tests.returns.return_files import archive, workbook

CHUNK = 1024 * 1024  # How much of a part is read at a time.
DECLARED = "<!DOCTYPE w [<!ENTITY e 'x'>]>"
GOOD = workbook()


def refusal(part: bytes) -> str:
    with pytest.raises(SpreadsheetRefused) as refused:
        file_kind(archive({"xl/worksheets/far.xml": part}, GOOD))
    return " ".join(fault.what for fault in refused.value.faults)


@pytest.mark.parametrize("before", range(1, len("<!DOCTYPE")))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_document_type_declaration_across_two_chunks_is_refused(encoding, before):
    width = 1 if encoding == "utf-8" else 2
    start = "<w>" + " " * (CHUNK // width - len("<w>") - before)
    part = f"{start}<!DOCTYPE w></w>".encode(encoding)

    assert part[:CHUNK].decode(encoding).endswith("<!DOCTYPE"[:before])
    assert "entities" in refusal(part)


@pytest.mark.parametrize("before", range(1, len("<!ENTITY")))
def test_an_entity_declaration_across_two_chunks_is_refused(before):
    part = b" " * (CHUNK - before) + b"<!ENTITY e 'x'>"

    assert "entities" in refusal(part)


def test_a_part_of_several_chunks_that_declares_nothing_is_read():
    part = b"<w>" + b" " * (2 * CHUNK) + b"</w>"

    assert file_kind(archive({"xl/worksheets/far.xml": part}, GOOD)) == "xlsx"


def test_openpyxl_parses_with_defusedxml():
    assert openpyxl.xml.DEFUSEDXML
    with pytest.raises(EntitiesForbidden):
        fromstring(f"{DECLARED}<w>&e;</w>")


def test_openpyxl_reads_sheets_with_defusedxml(tmp_path):
    sheet = tmp_path / "sheet.xml"
    sheet.write_text(f"{DECLARED}<w>&e;</w>")

    with pytest.raises(EntitiesForbidden):
        list(iterparse(sheet))
