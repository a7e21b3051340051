"""The command that shows how the country's schools spread over journeys and phases."""

import io
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.trajectories import made_files as made
from trajectories.rules.picture import read_regions, region_of

README = Path(__file__).parents[2] / "trajectories" / "README.md"


def show(out, *arguments):
    said = io.StringIO()
    call_command("national_picture", *map(str, arguments), "--out", str(out), stdout=said)
    return said.getvalue()


@pytest.fixture
def files(tmp_path):
    """Four years of four schools: one rises, one is strong, one weak, one is special."""
    paths = {990001: (-0.9, -0.5, 0.0, 0.5), 990002: (0.9,) * 4, 990003: (-1.5,) * 4}
    las = {990001: 841, 990002: 840, 990003: 202}
    special = {990004: {"RECTYPE": "2", "NFTYPE": "CYS", "P8MEA": -1.5, "LEA": 202}}
    return [
        made.ks4(
            tmp_path,
            2016 + at,
            {urn: {"P8MEA": values[at], "LEA": las[urn]} for urn, values in paths.items()} | special,
        )
        for at in range(4)
    ]


@pytest.fixture
def regions(tmp_path):
    rows = [
        {"LEA": 841, "LA Name": "Darlington", "REGION": 1, "REGION NAME": "North East A"},
        {"LEA": 840, "LA Name": "County Durham", "REGION": 3, "REGION NAME": "North East B"},
    ]
    return made.write(tmp_path / "regions.csv", rows)


def test_the_spread_is_counted_by_phase_of_education_and_region(tmp_path, files, regions):
    said = show(tmp_path / "out", "--results", *files, "--regions", regions)

    letters = pd.read_csv(tmp_path / "out" / "letters.csv", keep_default_na=False)
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
    assert england.to_dict() == {"stabilise": 1, "repair": 0, "improve": 0, "sustain": 2}
    assert "3 secondary schools are placed, 0 not" in said
    assert said.startswith((tmp_path / "out" / "national_picture.md").read_text())


def test_the_pictures_are_drawings_with_a_name(tmp_path, files):
    show(tmp_path / "out", "--results", *files)

    drawn = {path.name: ElementTree.parse(path).getroot() for path in (tmp_path / "out").glob("*.svg")}
    assert set(drawn) == {"letters_secondary.svg", "phases_secondary.svg"}
    for root in drawn.values():
        assert root.find("{http://www.w3.org/2000/svg}title").text
    texts = [text for text in drawn["letters_secondary.svg"].itertext()]
    assert texts.count("33.3%") == 3


@pytest.mark.parametrize(
    ("part", "region"),
    [("North East A", "North East"), ("London West", "London"), ("East of England B", "East of England")],
)
def test_parts_of_regions_are_put_together(part, region):
    assert region_of(part) == region


def test_another_file_is_no_file_of_regions(tmp_path, files):
    with pytest.raises(CommandError, match="it lacks REGION NAME"):
        show(tmp_path / "out", "--results", *files, "--regions", files[0])


@pytest.mark.real_data
def test_the_readme_says_what_the_command_prints(shared_data, tmp_path):
    said = show(tmp_path)

    tables = [line for line in said.split("## By region")[0].splitlines() if line.startswith("|")]
    readme = README.read_text(encoding="utf-8").splitlines()
    assert [line for line in tables if line not in readme] == []
    assert len(read_regions(shared_data / "dfe/meta/la_and_region_codes_2018-19.csv")) == 151
