"""The command that places whole files of schools. It needs no database."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.core.management import CommandError, call_command

from tests.trajectories import example_files
from trajectories.rules.national_placements import COLUMNS, PROBABILITIES

ROOT = Path(__file__).parents[2]
YEARS = (2016, 2017, 2018, 2019)


def place(out, **options):
    output = io.StringIO()
    arguments = []
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        arguments += [f"--{name}", *map(str, values)]
    call_command("place_schools", *arguments, "--out", str(out), stdout=output)
    return pd.read_csv(out, keep_default_na=False), output.getvalue()


def four_years(folder, *, urn=990001, progress=(-0.9, -0.5, 0.0, 0.5)):
    rows = zip(YEARS, progress, strict=True)
    return [example_files.ks4(folder, year, {urn: {"P8MEA": value}, 990009: {"P8MEA": 0.9}}) for year, value in rows]


def test_schools_are_placed_from_performance_tables(tmp_path):
    placed, output = place(tmp_path / "out.csv", results=four_years(tmp_path))

    assert list(placed.columns) == COLUMNS
    assert placed[["urn", "name", "phase_of_education", "years"]].iloc[0].tolist() == [
        990001,
        "Invented School 990001",
        "secondary",
        "2016 2017 2018 2019",
    ]
    assert placed["letter"].tolist() == ["B", "A"]
    assert placed["rule"].tolist() == ["T8", "T5"]
    numbers = placed[PROBABILITIES].astype(float)
    np.testing.assert_allclose(numbers.sum(axis=1), 1, atol=1e-3)
    np.testing.assert_allclose(numbers.max(axis=1), placed["confidence"].astype(float))
    assert placed["runner_up"].isin([*"ABCDEFGH", "none"]).all()
    assert placed["reference_set"].str.contains("mainstream schools; percentiles shipped 2016 2017 2018 2019").all()
    assert "Wrote 2 rows" in output


def test_a_school_that_converted_keeps_its_history(tmp_path):
    files = [
        *[
            example_files.ks4(tmp_path, year, {990001: {"P8MEA": value}})
            for year, value in ((2016, -0.9), (2017, -0.5))
        ],
        *[example_files.ks4(tmp_path, year, {990002: {"P8MEA": value}}) for year, value in ((2018, 0.0), (2019, 0.5))],
    ]
    links = example_files.links(tmp_path, [(990002, 990001, "31-08-2017")])

    placed, _ = place(tmp_path / "out.csv", results=files, links=links)

    assert placed[["urn", "years", "letter"]].to_numpy().tolist() == [[990002, "2016 2017 2018 2019", "B"]]


def test_an_all_through_school_has_a_row_for_each_phase(tmp_path):
    files = four_years(tmp_path)
    files += [example_files.ks2(tmp_path, year, {990001: {"PTRWM_EXP": 65}}) for year in (2016, 2017, 2018)]

    placed, _ = place(tmp_path / "out.csv", results=files)

    ours = placed[placed["urn"] == 990001]
    assert ours["phase_of_education"].tolist() == ["primary", "secondary"]
    assert ours["years"].tolist() == ["2016 2017 2018", "2016 2017 2018 2019"]
    only, _ = place(tmp_path / "out.csv", results=files, phase="primary")
    assert only["phase_of_education"].tolist() == ["primary"]


def test_one_year_places_nobody_and_says_why(tmp_path):
    placed, output = place(tmp_path / "out.csv", results=four_years(tmp_path)[:1])

    assert placed["letter"].tolist() == ["", ""]
    assert placed["confidence"].tolist() == ["", ""]
    reason = "Not placed: 3 comparable years are needed and there is 1 (2015–16)."
    assert placed["reason_not_placed"].tolist() == [reason] * 2
    assert "0 placed, 2 not" in output


def test_a_file_given_twice_counts_once(tmp_path):
    files = four_years(tmp_path)

    once, _ = place(tmp_path / "once.csv", results=files)
    twice, _ = place(tmp_path / "twice.csv", results=[*files, *files[:2], *four_years(tmp_path / "copy")])

    pd.testing.assert_frame_equal(once, twice)


def test_schools_that_are_not_compared_get_a_reason(tmp_path):
    rows = {
        990001: {"P8MEA": "SUPP", "ATT8SCR": "SUPP"},
        990002: {"RECTYPE": "2", "NFTYPE": "CYS", "P8MEA": -1.5},
        990003: {"NFTYPE": "IND", "P8MEA": "NP"},
    }
    placed, _ = place(tmp_path / "out.csv", results=[example_files.ks4(tmp_path, year, rows) for year in YEARS])

    assert placed["urn"].dtype == np.int64
    reasons = dict(zip(placed["urn"], placed["reason_not_placed"], strict=True))
    assert "3 comparable years are needed and there are " in reasons[990001]
    assert "special schools are not compared with mainstream schools" in reasons[990002]
    assert "independent schools" in reasons[990003]


def test_a_hundred_special_schools_are_compared_with_each_other(tmp_path):
    special = {990_001 + at: {"RECTYPE": "2", "NFTYPE": "CYS", "P8MEA": round(at / 50 - 3, 2)} for at in range(120)}
    placed, _ = place(tmp_path / "out.csv", results=[example_files.ks4(tmp_path, year, special) for year in YEARS])

    assert placed["urn"].dtype == np.int64
    assert placed["letter"].iloc[[0, -1]].tolist() == ["H", "A"]
    assert placed["reference_set"].str.contains("special schools; percentiles from the files 2016").all()


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


PLAIN = "school,year,percentile,standard_error\n" + "".join(
    f"{school},{2013 + at},{start + step * at},5\n"
    for school, start, step in [("Quay", 30, 11), ("Moor", 60, 0)]
    for at in range(1, 7)
)


def test_schools_are_placed_from_plain_percentiles(tmp_path):
    placed, _ = place(tmp_path / "out.csv", percentiles=write(tmp_path / "plain.csv", PLAIN))

    assert placed[["urn", "letter"]].to_numpy().tolist() == [["Quay", "B"], ["Moor", "E"]]
    assert placed["years"].iloc[0] == "2014 2015 2016 2017 2018 2019"
    assert placed["reference_set"].iloc[0].endswith("secondary schools; percentiles as given")


@pytest.mark.parametrize(("noise", "between"), [(5.0, (4.0, 6.0)), (0.0, (1.0, 1.0))])
def test_without_standard_errors_the_schools_own_scatter_counts(tmp_path, noise, between):
    rng = np.random.default_rng(3)
    rows = [
        {"school": school, "year": year, "percentile": round(50 + 4 * (year - 2016.5) + rng.normal(0, noise), 2)}
        for school in range(1, 151)
        for year in range(2014, 2020)
    ]

    placed, _ = place(tmp_path / "out.csv", percentiles=example_files.write(tmp_path / "plain.csv", rows))

    found = placed["reference_set"].str.extract(r"usual error of ([\d.]+) found in them")[0].astype(float)
    assert between[0] <= found.iloc[0] <= between[1]
    assert (placed["letter"] == "F").mean() > 0.8


def test_school_years_gaps_and_missing_errors_are_read(tmp_path):
    text = "school,year,percentile\n7,2015-16,80\n7,2016/2017,82\n7,2018,\n7,2019,81\n"

    placed, _ = place(tmp_path / "out.csv", percentiles=write(tmp_path / "plain.csv", text), phase="primary")

    assert placed[["urn", "phase_of_education", "years"]].to_numpy().tolist() == [[7, "primary", "2016 2017 2019"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("school,year\n1,2019\n", "has no percentile column. Expected: school, year, percentile"),
        ("school,year,percentile\n1,2019,50\n1,2018,101\n", "Row 3, column PERCENTILE: found '101'; expected a perc"),
        ("school,year,percentile\n1,2019,50\n1,2018,-1\n", "Row 3, column PERCENTILE"),
        ("school,year,percentile\n1,2019,half\n", "Row 2, column PERCENTILE: found 'half'"),
        (
            "school,year,percentile\n1,2019,50\n2,2019,50\n1,2019,51\n",
            "Row 4, column SCHOOL: found 1 in 2019, which",
        ),
        ("school,year,percentile\n1,soon,50\n", "Row 2, column YEAR: found 'soon'"),
        ("school,year,percentile\n1,2016-18,50\n", "Row 2, column YEAR"),
        ("school,year,percentile\n,2019,50\n", "Row 2, column SCHOOL: found an empty cell"),
        ("school,year,percentile,standard_error\n1,2019,50,0\n", "Row 2, column STANDARD_ERROR: found '0'"),
        ("school,year,percentile\n", "has column headings but no rows"),
    ],
)
def test_a_faulty_file_of_percentiles_is_refused_by_row(tmp_path, text, message):
    with pytest.raises(CommandError, match="refused") as refusal:
        place(tmp_path / "out.csv", percentiles=write(tmp_path / "plain.csv", text))

    assert message in str(refusal.value)
    assert not (tmp_path / "out.csv").exists()


def test_faulty_results_are_refused_by_row_and_the_existing_file_stays(tmp_path):
    (tmp_path / "out.csv").write_text("before")
    file = example_files.ks4(tmp_path, 2019, {990001: {"P8MEA": 0.1}, 990002: {}})
    text = file.read_text().replace("990002,", "990001,")
    file.write_text(text)

    with pytest.raises(CommandError, match="Row 3, column URN: found 990001, which row 2 has too") as refusal:
        place(tmp_path / "out.csv", results=[file])

    assert str(file) in str(refusal.value)
    assert (tmp_path / "out.csv").read_text() == "before"
    assert [path.name for path in tmp_path.glob("tmp*")] == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("URN,LEA,SCHNAME\n990001,999,Invented\n", "not recognised"),
        ("URN,LEA,SCHNAME,ATT8SCR,P8MEA,NFTYPE\n990001,999,Invented,46,NA,ACC\n", "school year is not in its columns"),
    ],
)
def test_a_file_with_missing_columns_is_refused(tmp_path, content, message):
    with pytest.raises(CommandError, match=message):
        place(tmp_path / "out.csv", results=[write(tmp_path / "ks4_final.csv", content)])


def test_links_in_a_circle_are_refused_by_row(tmp_path):
    pairs = [(990001, 990002, "01-01-2018"), (990002, 990001, "01-01-2018")]

    with pytest.raises(CommandError, match="circle: row 2"):
        place(tmp_path / "out.csv", results=four_years(tmp_path), links=example_files.links(tmp_path, pairs))


def test_results_and_percentiles_exclude_each_other(tmp_path):
    with pytest.raises(CommandError, match="either --results or --percentiles"):
        place(tmp_path / "out.csv")


def test_a_folder_that_does_not_exist_is_reported(tmp_path):
    with pytest.raises(CommandError, match="Cannot write"):
        place(tmp_path / "nowhere" / "out.csv", percentiles=write(tmp_path / "plain.csv", PLAIN))


def test_a_trusts_own_lines_are_used_and_named(tmp_path):
    shipped = (ROOT / "trajectories/data/reference_lines.toml").read_text(encoding="utf-8")
    own = write(tmp_path / "own.toml", shipped.replace('version = "', 'version = "trust-', 1))

    placed, _ = place(tmp_path / "out.csv", percentiles=write(tmp_path / "plain.csv", PLAIN), reference=own)

    assert placed["reference_set"].str.startswith("trust-").all()
    with pytest.raises(CommandError, match="is not a set of reference lines"):
        place(tmp_path / "out.csv", percentiles=tmp_path / "plain.csv", reference=tmp_path / "plain.csv")


def test_no_database_is_needed(tmp_path):
    plain, out = write(tmp_path / "plain.csv", PLAIN), tmp_path / "out.csv"
    dead = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SECRET_KEY": "for tests only"}
    command = [sys.executable, "manage.py", "place_schools", "--percentiles", str(plain), "--out", str(out)]

    done = subprocess.run(command, cwd=ROOT, env=dead, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(pd.read_csv(out)) == 2


def test_a_year_after_a_gap_is_compared_within_its_own_file(tmp_path):
    """Write a file like that of 2022-23: earlier years in suffixed columns, its own release, no year in its folder."""
    early = four_years(tmp_path)
    rows = {990_001 + at: {"P8MEA": round(at / 500 - 1, 3), "P8MEA_22": 0, "P8MEA_19": 0} for at in range(1_000)}
    late = example_files.ks4(tmp_path, 2023, rows, release="revised")
    late = late.rename(tmp_path / "england_ks4revised 2022-2023.csv")

    placed, _ = place(tmp_path / "out.csv", results=[*early, late])

    ours = placed.set_index("urn").loc[990001]
    assert ours["years"] == "2016 2017 2018 2019 2023"
    assert ours["reference_set"].endswith("percentiles from the files 2023, shipped 2016 2017 2018 2019")
    assert placed["urn"].is_unique
    assert placed["urn"].dtype == np.int64


@pytest.mark.real_data
def test_the_whole_country_is_placed(shared_data, tmp_path):
    dfe = shared_data / "dfe"
    files = [*sorted(dfe.glob("ks4/*/england*.csv")), *sorted(dfe.glob("ks2/*/england*.csv"))]

    placed, _ = place(tmp_path / "out.csv", results=files, links=dfe / "gias/2026-08/links_edubasealldata.csv")

    mainstream = placed[placed["reference_set"].str.contains("mainstream") & placed["letter"].ne("")]
    counts = mainstream.groupby("phase_of_education").size()
    assert counts.to_dict() == {"primary": 14_580, "secondary": 3_103}
    assert not placed.duplicated(["urn", "phase_of_education"]).any()
    assert placed.loc[placed["letter"].eq(""), "reason_not_placed"].ne("").all()


def test_percentiles_of_years_without_results_get_a_caution(tmp_path, capsys):
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    rows = [f"N,{year},{70 - 10 * (year - 2017)},5" for year in range(2018, 2023)]
    given.write_text("\n".join(["school,year,percentile,standard_error", *rows]))

    call_command("place_schools", "--percentiles", str(given), "--out", str(out))

    assert "No school’s results were published for 2019–20 and 2020–21." in capsys.readouterr().err


def test_an_empty_percentile_of_such_a_year_is_a_gap_without_a_caution(tmp_path, capsys):
    given, out = tmp_path / "in.csv", tmp_path / "out.csv"
    given.write_text("school,year,percentile\nN,2018,60\nN,2019,50\nN,2020,\nN,2022,40\n")

    call_command("place_schools", "--percentiles", str(given), "--out", str(out))

    assert "Caution" not in capsys.readouterr().err
