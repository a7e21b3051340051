"""The command that shows how many of the country's schools are on each journey and in each phase."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from django.core.management import call_command

from tests.trajectories import example_files

README = Path(__file__).parents[2] / "trajectories" / "README.md"


def show(out, *arguments):
    output = io.StringIO()
    call_command("national_picture", *map(str, arguments), "--out", str(out), stdout=output)
    return output.getvalue()


@pytest.fixture
def files(tmp_path):
    """Four years of four schools: one rises, one is strong, one weak, one is special."""
    paths = {990001: (-0.9, -0.5, -0.4, 0.2), 990002: (0.9,) * 4, 990003: (-1.5,) * 4}
    las = {990001: 841, 990002: 840, 990003: 999}
    special = {990004: {"RECTYPE": "2", "NFTYPE": "CYS", "P8MEA": -1.5, "LEA": 999}}
    return [
        example_files.ks4(
            tmp_path,
            2016 + at,
            {urn: {"P8MEA": values[at], "LEA": las[urn]} for urn, values in paths.items()} | special,
        )
        for at in range(4)
    ]


def test_schools_are_counted_by_phase_of_education_and_region(tmp_path, files):
    output = show(tmp_path / "out", "--results", *files)

    letters = pd.read_csv(tmp_path / "out" / "letters.csv", keep_default_na=False)
    # County Durham and Darlington are in the North East; no authority has the number 999.
    counts = letters[letters["schools"] > 0].set_index(["region", "letter"])["schools"].to_dict()
    assert counts == {
        ("England", "A"): 1,
        ("England", "B"): 1,
        ("England", "H"): 1,
        ("North East", "A"): 1,
        ("North East", "B"): 1,
        ("Region not known", "H"): 1,
    }
    sums = letters.groupby("region")[["percent", "mean_probability"]].sum()
    assert (sums - 100).abs().max().max() < 0.1
    phases = pd.read_csv(tmp_path / "out" / "phases.csv")
    england = phases[phases["region"] == "England"].set_index("phase")["schools"]
    assert england.to_dict() == {"stabilise": 1, "repair": 0, "improve": 1, "sustain": 1}
    assert "3 secondary schools are placed and 0 are not" in output
    assert output.startswith((tmp_path / "out" / "national_picture.md").read_text())


def test_the_pictures_have_a_name(tmp_path, files):
    show(tmp_path / "out", "--results", *files)

    drawn = {path.name: ElementTree.parse(path).getroot() for path in (tmp_path / "out").glob("*.svg")}
    assert set(drawn) == {"letters_secondary.svg", "phases_secondary.svg"}
    for root in drawn.values():
        assert root.find("{http://www.w3.org/2000/svg}title").text
    texts = [text for text in drawn["letters_secondary.svg"].itertext()]
    assert texts.count("33.3%") == 3


@pytest.mark.real_data
def test_the_readme_has_the_tables_that_the_command_prints(shared_data, tmp_path):
    output = show(tmp_path)

    tables = [line for line in output.split("## By region")[0].splitlines() if line.startswith("|")]
    readme = README.read_text(encoding="utf-8").splitlines()
    assert [line for line in tables if line not in readme] == []
