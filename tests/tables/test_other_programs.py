"""Read the same table as written by other programs: those that are installed here."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tables.table_reader import Table, read_table
from tests.conftest import program
from tests.tables.table_files import as_open_document, as_workbook

pytestmark = [pytest.mark.full, pytest.mark.program]
ROOT = Path(__file__).resolve().parents[2]
KINDS = ["xlsx", "ods", "csv"]


SHARES = {
    "94.2%": "94.2%",
    "50%": "50%",
    "50.0%": "50%",
    "0.942": "94.2%",
    "0.5": "50%",
}  # SheetJS writes 0.5 into OpenDocument files.


def is_the_table(table: Table) -> bool:
    rows = [[*cells, SHARES[share]] for *cells, share in table.frame.to_numpy().tolist()]
    return table.headings == ("Pupil", "Possible", "Authorised", "Share") and rows == [
        ["A80001", "140", "4", "94.2%"],
        ["Zoë O’Hara", "138", "0", "50%"],
    ]


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("library", ["xlsx", "exceljs"], ids=["SheetJS", "ExcelJS"])
@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_workbook_of_a_web_system_is_read(tmp_path, library, kind):
    if not (ROOT / "node_modules" / library).is_dir():
        pytest.skip(f"{library} is not installed (npm install --no-save {library})")
    if (library, kind) == ("exceljs", "ods"):
        pytest.skip("ExcelJS writes no OpenDocument files")
    node = shutil.which("node") or pytest.skip("Node is not installed")
    file = tmp_path / f"table.{kind}"
    run(node, Path(__file__).with_name("writers.mjs"), library, file)

    assert is_the_table(read_table(file.read_bytes()))


@pytest.mark.parametrize("source", ["xlsx", "ods"])
@pytest.mark.parametrize("kind", KINDS)
def test_table_saved_in_libreoffice_is_read(tmp_path, libreoffice, source, kind):
    first = tmp_path / f"table.{source}"
    first.write_bytes(as_workbook() if source == "xlsx" else as_open_document())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true" if kind == "csv" else kind
    run(libreoffice, profile, "--headless", "--convert-to", form, "--outdir", tmp_path / "out", first)

    assert is_the_table(read_table((tmp_path / "out" / f"table.{kind}").read_bytes()))


@pytest.mark.parametrize("kind", KINDS)
def test_table_saved_in_gnumeric_is_read(tmp_path, kind):
    ssconvert = program("Gnumeric", ("ssconvert",), "gnumeric")
    first, second = tmp_path / "table.xlsx", tmp_path / f"saved.{kind}"
    first.write_bytes(as_workbook())
    run(ssconvert, first, second)

    assert is_the_table(read_table(second.read_bytes()))
