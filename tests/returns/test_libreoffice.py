"""Test the return's workbook in LibreOffice: it shows the same figures, and saving it there changes nothing."""

import csv
import subprocess
from pathlib import Path

import pytest

from returns.files.return_file import ReturnFileColumn, return_file_workbook
from returns.files.return_file_reading import read_return_file
from returns.rules.return_lines import TypedLine
from tests.returns.return_files import ASKED, CODES, form

pytestmark = [pytest.mark.full, pytest.mark.program]
SECOND_SHEET_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
FILLED = form(
    AB1=TypedLine(numerator="1200", denominator="15000", comment="Flu in week 3,\nand again in week 5"),
    SG1=TypedLine(value="94.2", why="=1+1 is not a formula here"),
    HS2=TypedLine(status="to_follow", follows="2026-01-31"),
    STF3=TypedLine(value="3.25"),
)


@pytest.fixture
def convert(libreoffice, tmp_path):
    """Open the return's workbook in LibreOffice and save it as something else: convert("xlsx")."""

    def converted(form_filled_in, kind: str) -> Path:
        source = tmp_path / "return.xlsx"
        source.write_bytes(return_file_workbook(form_filled_in))
        out = tmp_path / "out"
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [libreoffice, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        (made,) = out.iterdir() if out.exists() else [None]
        assert made, done.stdout + done.stderr
        return made

    return converted


def test_libreoffice_shows_the_figures_of_the_return(convert):
    with convert(FILLED, SECOND_SHEET_AS_CSV).open(encoding="utf-8", newline="") as file:
        shown = {row[ReturnFileColumn.CODE]: row for row in csv.DictReader(file)}

    assert list(shown) == list(CODES)
    assert float(shown["AB1"][ReturnFileColumn.NUMERATOR]) == 1200
    assert float(shown["AB1"][ReturnFileColumn.DENOMINATOR]) == 15000
    assert float(shown["SG1"][ReturnFileColumn.VALUE]) == 94.2
    assert float(shown["STF3"][ReturnFileColumn.VALUE]) == 3.25
    assert (shown["HS2"][ReturnFileColumn.VALUE], shown["AB2"][ReturnFileColumn.VALUE]) == ("", "")
    assert shown["AB1"][ReturnFileColumn.COMMENT] == "Flu in week 3,\nand again in week 5"
    assert shown["SG1"][ReturnFileColumn.WHY] == "=1+1 is not a formula here"
    assert {row[ReturnFileColumn.LAST] for row in shown.values()} == {"8.1%"}


def test_return_saved_in_libreoffice_has_no_changes(convert):
    lines = read_return_file(convert(FILLED, "xlsx").read_bytes(), ASKED)

    assert [line.code for line in lines] == list(CODES)
    assert [line.code for line in lines if line.is_changed] == []
