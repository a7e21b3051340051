"""The command that recalculates the shipped percentile tables."""

import io
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from kpis.rules.mainstream_schools import mainstream_urns
from tests.trajectories import example_files
from trajectories.rules import DATA

HAND_MADE = Path(__file__).parents[1] / "published" / "files" / "2018-19" / "ks4_provisional.csv"
NAMES = ("ks4/*/england*.csv", "ks2/*/england*.csv", "absence/*/*.csv")


def run(*files, out=None):
    output = io.StringIO()
    call_command(
        "compute_percentiles", "--results", *map(str, files), *(["--out", str(out)] if out else []), stdout=output
    )
    return output.getvalue()


@pytest.mark.real_data
def test_the_shipped_tables_are_what_the_command_calculates(shared_data, tmp_path):
    files = [path for name in NAMES for path in sorted((shared_data / "dfe").glob(name))]

    output = run(*files, out=tmp_path / "percentiles.csv")

    assert "The same as Sightline's 69 tables." in output
    fresh, kept = (pd.read_csv(path, dtype=str) for path in (tmp_path / "percentiles.csv", DATA / "percentiles.csv"))
    pd.testing.assert_frame_equal(fresh.drop(columns="computed_on"), kept.drop(columns="computed_on"))


@pytest.mark.real_data
def test_a_missing_file_is_reported_as_a_difference(shared_data):
    files = sorted((shared_data / "dfe").glob("ks4/*/england*.csv"))

    output = run(*files)

    assert "PERCTOT, primary, 2017, final: Sightline has it, these files do not" in output
    assert not [line for line in output.splitlines() if line.startswith("P8MEA") and "Sightline has it" in line]


def test_a_handful_of_schools_makes_no_table():
    with pytest.raises(CommandError, match="hundred mainstream schools"):
        run(HAND_MADE)


def test_the_same_results_twice_are_refused(tmp_path):
    copy = tmp_path / "2018-19" / HAND_MADE.name
    copy.parent.mkdir()
    copy.write_bytes(HAND_MADE.read_bytes())

    with pytest.raises(CommandError, match="Two of the files contain the same results"):
        run(HAND_MADE, copy)


def school(urn, *, estab=4000, kind="", is_mainstream=None):
    return {"urn": urn, "estab": estab, "school_type": kind, "is_mainstream": is_mainstream}


def frame(*schools):
    return pd.DataFrame(schools).astype({"estab": "Int64", "is_mainstream": "boolean"})


def test_a_files_school_types_take_precedence_over_establishment_numbers():
    typed = frame(school(1, kind="CY"), school(2, estab=6905, kind="AC"), school(3, kind="IND"), school(4, kind=""))
    recorded = frame(school(5, is_mainstream=True), school(6, is_mainstream=False), school(7, estab=None))

    assert mainstream_urns({"secondary": [typed, recorded]}) == {"secondary": {1, 2, 5}}


def test_a_school_that_any_file_calls_special_is_left_out_everywhere():
    assert mainstream_urns(
        {"primary": [frame(school(1), school(2))], "secondary": [frame(school(1, kind="CYS"), school(3, kind="CY"))]}
    ) == {"primary": {2}, "secondary": {3}}


def test_each_table_is_compared_with_the_published_average(tmp_path):
    rows = {990_001 + at: {"ATT8SCR": 40 + at / 10, "P8MEA": ""} for at in range(100)}

    output = run(example_files.ks4(tmp_path, 2025, rows))

    expected = (
        "ATT8SCR, secondary, 2025, final: 100 schools, mean 44.95, published final average 46.1, difference -1.15"
    )
    assert expected in output.splitlines()


def test_a_year_without_a_published_average_says_so(tmp_path):
    rows = {990_001 + at: {"ATT8SCR": 40 + at / 10} for at in range(100)}

    assert "100 schools, mean 44.95, no published average" in run(example_files.ks4(tmp_path, 2026, rows))
