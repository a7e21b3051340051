"""The return's workbook in LibreOffice: it shows the same figures, and saving it there changes nothing."""

import csv
import subprocess
from pathlib import Path

import pytest

from returns.files.form import Column, table_of, workbook_of
from returns.files.form_reading import read_form
from returns.rules.lines import Typed
from tests.kpis.return_files import ASKED, CODES, form

pytestmark = [pytest.mark.full, pytest.mark.program]
SECOND_SHEET_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,2"
FILLED = form(
    AB1=Typed(numerator="1200", denominator="15000", comment="Flu in week 3,\nand again in week 5"),
    SG1=Typed(value="94.2", why="=1+1 is not a formula here"),
    HS2=Typed(status="to_follow", follows="2026-01-31"),
    STF3=Typed(value="3.25"),
)


@pytest.fixture
def convert(libreoffice, tmp_path):
    """Open the return's workbook in LibreOffice and save it as something else: convert("xlsx")."""

    def converted(form_filled_in, kind: str) -> Path:
        source = tmp_path / "return.xlsx"
        source.write_bytes(workbook_of(form_filled_in))
        out = tmp_path / "out"
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [libreoffice, profile, "--headless", "--convert-to", kind, "--outdir", str(out), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        (made,) = out.iterdir() if out.exists() else [None]
        assert made, done.stdout + done.stderr
        return made

    return converted


def as_shown(value: object) -> object:
    """Return a figure as a number, so that 94.2 and 94.20 are the same, and any other cell as text."""
    try:
        return float(str(value))
    except ValueError:
        return "" if value is None else str(value)


def test_libreoffice_shows_the_figures_of_the_return(convert):
    with convert(FILLED, SECOND_SHEET_AS_CSV).open(encoding="utf-8", newline="") as file:
        shown = list(csv.DictReader(file))

    given = [dict(zip(Column, row, strict=True)) for row in table_of(FILLED)[1:]]
    assert [row[Column.CODE] for row in shown] == list(CODES)
    for name in (Column.NUMERATOR, Column.DENOMINATOR, Column.VALUE, Column.LAST, Column.TARGET, Column.COMMENT):
        assert [as_shown(row[name]) for row in shown] == [as_shown(row[name]) for row in given], name


def test_a_return_saved_by_libreoffice_says_nothing_new(convert):
    lines = read_form(convert(FILLED, "xlsx").read_bytes(), ASKED)

    assert [line.code for line in lines] == list(CODES)
    assert [line.code for line in lines if line.is_changed] == []
