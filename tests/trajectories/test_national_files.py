"""Published files as frames: each school under one URN, and which files are refused."""

from datetime import date

import pandas as pd
import pytest

from published.dfe import read_results_file
from schools.gias import read_links
from tables.faults import FileRefused
from tests.trajectories import example_files
from trajectories.rules.lineage import known_as
from trajectories.rules.national_files import join_national_files

OLD, NEW, OTHER = 990001, 990002, 990003


def frames(*paths, links=None, year=None):
    return join_national_files(
        {f"{path.parent.name}/{path.name}": read_results_file(path) for path in paths},
        links=links and read_links(links),
        year=year,
    )


def figures(found, measure="P8MEA"):
    rows = found.results[(found.results["measure"] == measure) & (found.results["status"] == "value")]
    return {(row.urn, row.year): (row.value, row.via_urn) for row in rows.itertuples()}


def test_a_school_keeps_its_history_through_its_predecessor(tmp_path):
    files = [
        example_files.ks4(tmp_path, 2018, {OLD: {"P8MEA": 0.1}, NEW: {"P8MEA": "NP"}}),
        example_files.ks4(tmp_path, 2019, {NEW: {"P8MEA": 0.2}, OTHER: {"P8MEA": 0.3}}),
    ]

    found = frames(*files, links=example_files.links(tmp_path, [(NEW, OLD, "01-01-2018")]))

    assert figures(found) == {(NEW, 2018): (0.1, OLD), (NEW, 2019): (0.2, NEW), (OTHER, 2019): (0.3, OTHER)}
    assert found.known_as.to_dict("list") == {"via_urn": [NEW, OLD], "urn": [NEW, NEW], "depth": [0, 1]}
    assert list(found.schools["urn"]) == [NEW, OTHER]
    assert found.schools["name"].iloc[0] == f"Invented School {NEW}"


def test_a_schools_own_row_takes_precedence_over_its_predecessors(tmp_path):
    file = example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": 0.1}, NEW: {"P8MEA": 0.2}})

    found = frames(file, links=example_files.links(tmp_path, [(NEW, OLD, "01-01-2018")]))

    assert figures(found) == {(NEW, 2019): (0.2, NEW)}


@pytest.mark.parametrize(
    ("converted", "year", "name"),
    [
        ("31-08-2018", None, NEW),  # The register often dates a link to the predecessor's last day.
        ("01-09-2018", None, NEW),
        ("01-01-2019", None, OLD),
        ("01-01-2019", 2020, NEW),
        ("", None, OLD),  # No date, and the newer school has no row.
    ],
)
def test_a_school_has_the_urn_it_had_when_the_year_began(tmp_path, converted, year, name):
    file = example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": 0.1}})

    found = frames(file, links=example_files.links(tmp_path, [(NEW, OLD, converted)]), year=year)

    assert figures(found) == {(name, 2019): (0.1, OLD)}


def test_merged_schools_are_not_joined(tmp_path):
    file = example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": 0.1}})

    found = frames(file, links=example_files.links(tmp_path, [(NEW, OLD, "01-01-2018")], kind="Predecessor - merged"))

    assert figures(found) == {(OLD, 2019): (0.1, OLD)}


def test_links_in_a_circle_are_refused_by_row(tmp_path):
    file = example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": 0.1}})
    pairs = [(OTHER, 990004, "01-01-2018"), (NEW, OLD, "01-01-2018"), (OLD, NEW, "01-01-2017")]

    with pytest.raises(FileRefused, match=r"circle: row 3 \(990002 has the predecessor 990001\), row 4"):
        frames(file, links=example_files.links(tmp_path, pairs))


def test_results_of_key_stage_2_or_4_are_needed(tmp_path):
    with pytest.raises(FileRefused, match=r"no key stage 2 or 4 results.*2018-19/england_abs\.csv: Absence"):
        frames(example_files.absence(tmp_path, 2019, {OLD: 4.5}))


def test_files_that_disagree_about_a_school_are_refused(tmp_path):
    first = example_files.ks4(tmp_path, 2019, {OTHER: {"P8MEA": 0.2}, OLD: {"P8MEA": 0.1}})
    second = example_files.ks4(tmp_path / "again", 2019, {OLD: {"P8MEA": 0.4}})
    files = {"first.csv": read_results_file(first), "second.csv": read_results_file(second)}

    with pytest.raises(FileRefused, match=r"school 990001, P8MEA of 2019 \(final\): first.csv has 0.1 and second.csv"):
        join_national_files(files)


def test_a_second_file_fills_in_what_the_first_leaves_empty(tmp_path):
    first = example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": "", "ATT8SCR": 46}})
    second = example_files.ks4(tmp_path / "again", 2019, {OLD: {"P8MEA": 0.4, "ATT8SCR": 46}})

    found = join_national_files({"first.csv": read_results_file(first), "second.csv": read_results_file(second)})

    assert figures(found) == {(OLD, 2019): (0.4, OLD)}
    assert not found.results.duplicated(["urn", "measure", "year", "release"]).any()


def test_schools_that_are_not_mainstream_are_not_compared(tmp_path):
    rows = {OLD: {"P8MEA": 0.1}, NEW: {"RECTYPE": "2", "NFTYPE": "CYS", "P8MEA": -1.0}, OTHER: {"NFTYPE": "IND"}}
    rows[990004] = {"NFTYPE": "PRU", "ESTAB": 1101, "P8MEA": -2.0}

    found = frames(example_files.ks4(tmp_path, 2019, rows))

    kinds = {OLD: "mainstream", NEW: "special", OTHER: "other", 990004: "other"}
    assert found.schools.set_index("urn")["kind"].to_dict() == kinds
    assert set(found.results.loc[found.results["comparable"], "urn"]) == {OLD}


def test_a_school_with_both_key_stages_is_all_through_and_keeps_its_own_context(tmp_path):
    files = [
        example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": 0.1}}),
        example_files.ks2(tmp_path, 2019, {OLD: {"READPROG": 1.5}, OTHER: {"READPROG": 0.5}}),
        example_files.absence(tmp_path, 2019, {OLD: 4.5}),
    ]

    found = frames(*files)

    phases = found.schools.set_index("urn")["phase_of_education"]
    assert phases.to_dict() == {OLD: "all-through", OTHER: "primary"}
    assert found.context.loc[found.context["measure"] == "PERCTOT", "value"].tolist() == [4.5]


def test_the_limits_of_progress_8_are_measures(tmp_path):
    rows = {OLD: {"P8MEA": 0.1, "P8CILOW": -0.1, "P8CIUPP": 0.3}, OTHER: {"P8MEA": "SUPP", "P8CIUPP": 0.3}}

    found = frames(example_files.ks4(tmp_path, 2019, rows))

    assert figures(found, "P8CIUPP") == {(OLD, 2019): (0.3, OLD)}


def test_a_national_file_makes_its_own_table(tmp_path):
    few = {990_001 + at: {"P8MEA": round(at / 1000 - 0.5, 3)} for at in range(999)}
    many = few | {991_999: {"P8MEA": 0.5}}

    found = frames(example_files.ks4(tmp_path, 2018, few), example_files.ks4(tmp_path, 2019, many))

    assert found.own_tables == {"secondary": (2019,), "primary": ()}
    tables = found.tables.percentiles
    ours = tables[(tables["measure"] == "P8MEA") & (tables["release"] == "final")].set_index("year")
    assert ours["schools"].to_dict() == {2016: 3070, 2017: 3119, 2018: 3150, 2019: 1000}


@pytest.mark.real_data
def test_predecessors_keep_the_histories_of_hundreds_of_schools(shared_data):
    paths = sorted((shared_data / "dfe/ks4").glob("*/england_ks4final*.csv"))
    found = frames_by_folder(paths, shared_data)
    progress = found.results[(found.results["measure"] == "P8MEA") & (found.results["status"] == "value")]

    def with_four(name):
        return int((progress.groupby(name)["year"].nunique() == len(paths)).sum())

    assert (with_four("via_urn"), with_four("urn")) == (2883, 3291)
    latest = progress[progress["year"] == 2019]
    assert (latest["urn"] == latest["via_urn"]).mean() == pytest.approx(0.989, abs=0.001)
    assert not found.results.duplicated(["urn", "measure", "year", "release"]).any()


def frames_by_folder(paths, shared_data):
    files = {f"{path.parent.name}/{path.name}": read_results_file(path) for path in paths}
    return join_national_files(files, links=read_links(shared_data / "dfe/gias/2026-08/links_edubasealldata.csv"))


def test_frames_have_no_number_where_the_file_has_none(tmp_path):
    found = frames(example_files.ks4(tmp_path, 2019, {OLD: {"P8MEA": "SUPP"}}))

    row = found.results[found.results["measure"] == "P8MEA"].iloc[0]
    assert row["status"] == "suppressed"
    assert pd.isna(row["value"])


@pytest.mark.real_data
@pytest.mark.parametrize("stage", ["ks2", "ks4"])
def test_the_tables_list_schools_by_their_urn_on_12_september(shared_data, stage):
    links = read_links(shared_data / "dfe/gias/2026-08/links_edubasealldata.csv")

    def same_name(year, on):
        values = read_results_file(
            shared_data / f"dfe/{stage}/{example_files.season(year)}/england_{stage}final_headline.csv"
        ).values
        progress = "READPROG" if stage == "ks2" else "P8MEA"
        ours = (values["measure"] == progress) & (values["pupil_group"] == "all") & (values["status"] == "value")
        urns = values.loc[ours, "urn"]
        names = known_as(links, on=on, seen=set(urns)).set_index("via_urn")["urn"]
        return 100 * (urns.map(names).fillna(urns) == urns).mean()

    began = [same_name(year, date(year - 1, 9, 12)) for year in range(2016, 2020)]
    ended = [same_name(year, date(year, 8, 30)) for year in range(2016, 2020)]

    assert 98.65 < min(began) <= max(began) < 99.45
    assert 93.95 < min(ended) <= max(ended) < 96.95
