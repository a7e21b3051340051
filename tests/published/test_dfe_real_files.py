"""Test the reader on every published file in the shared data: what it finds, and that it is right."""

import numpy as np
import pandas as pd
import pytest

from published.dfe import read_results_file
from published.dfe.authorities import regions
from published.dfe.layouts import find_results, normal_names
from published.dfe.measures import measure_columns
from tables.faults import FileRefused
from tables.headings import normal_name

pytestmark = pytest.mark.real_data

# file: (layout, year, release, rows, schools or trusts, values, of which numbers, rows of places with figures)
EXPECTED = {
    "absence/2016-17/england_abs.csv": ("absence", 2017, "final", 21250, 21247, 42494, 41493, 6),
    "absence/2017-18/england_abs.csv": ("absence", 2018, "final", 21265, 21262, 42524, 41754, 6),
    "absence/2018-19/england_abs.csv": ("absence", 2019, "final", 21217, 21214, 42428, 41564, 6),
    "census/2016-17/england_census.csv": ("census", 2017, "final", 23510, 23508, 282096, 276760, 24),
    "census/2017-18/england_census.csv": ("census", 2018, "final", 23556, 23553, 282636, 276887, 24),
    "census/2018-19/england_census.csv": ("census", 2019, "final", 23942, 23939, 287268, 276147, 36),
    "destinations/2017-18/england_ks4-pupdest.csv": ("destinations", 2018, "final", 3870, 3718, 78078, 38564, 3192),
    "destinations/2018-19/england_ks4-pupdest.csv": ("destinations", 2019, "final", 3877, 3728, 78288, 67814, 3129),
    "ks2/2015-16/england_ks2final_headline.csv": ("ks2", 2016, "final", 16162, 16162, 274754, 256211, 0),
    "ks2/2016-17/850_ks2final.csv": ("ks2", 2017, "final", 331, 328, 26568, 18944, 237),
    "ks2/2016-17/england_ks2final_headline.csv": ("ks2", 2017, "final", 16313, 16313, 277321, 256749, 0),
    "ks2/2017-18/850_ks2final.csv": ("ks2", 2018, "final", 331, 328, 27552, 19974, 240),
    "ks2/2017-18/england_ks2final_headline.csv": ("ks2", 2018, "final", 16364, 16364, 327280, 304269, 0),
    "ks2/2018-19/850_ks2final.csv": ("ks2", 2019, "final", 334, 331, 27804, 20033, 240),
    "ks2/2018-19/england_ks2final_headline.csv": ("ks2", 2019, "final", 16355, 16355, 98130, 91746, 0),
    "ks4/2015-16/england_ks4final_headline.csv": ("ks4", 2016, "final", 5335, 5335, 64020, 48639, 0),
    "ks4/2016-17/england_ks4final_headline.csv": ("ks4", 2017, "final", 5399, 5399, 64788, 48692, 0),
    "ks4/2016-17/england_ks4provisional.csv": ("ks4", 2017, "provisional", 5547, 5393, 48537, 31694, 1374),
    "ks4/2017-18/england_ks4final_headline.csv": ("ks4", 2018, "final", 5519, 5519, 88304, 64538, 0),
    "ks4/2017-18/england_ks4provisional.csv": ("ks4", 2018, "provisional", 5665, 5511, 77154, 49464, 2138),
    "ks4/2018-19/england_ks4final_headline.csv": ("ks4", 2019, "final", 5673, 5516, 33096, 25085, 909),
    "ks4/2018-19/england_ks4provisional.csv": ("ks4", 2019, "provisional", 5652, 5495, 76930, 49775, 2122),
    "mats/2016-17/england_ks2-mats-performance.csv": ("mats_ks2", 2017, "final", 155, 155, 930, 930, 0),
    "mats/2016-17/england_ks4-mats-performance.csv": ("mats_ks4", 2017, "final", 62, 62, 496, 496, 0),
    "mats/2017-18/england_ks2-mats-performance.csv": ("mats_ks2", 2018, "final", 240, 240, 2160, 2127, 0),
    "mats/2017-18/england_ks4-mats-performance.csv": ("mats_ks4", 2018, "final", 85, 85, 1615, 1615, 0),
    "mats/2018-19/england_ks2-mats-performance.csv": ("mats_ks2", 2019, "final", 298, 298, 3576, 3530, 0),
    "mats/2018-19/england_ks4-mats-performance.csv": ("mats_ks4", 2019, "final", 102, 102, 1938, 1938, 0),
    "workforce/2016-17/england_swf.csv": ("workforce", 2017, "final", 20199, 20197, 161576, 159643, 16),
    "workforce/2017-18/england_swf.csv": ("workforce", 2018, "final", 20186, 20184, 161472, 159968, 16),
    "workforce/2018-19/england_swf.csv": ("workforce", 2019, "final", 20191, 20189, 161512, 160663, 16),
}
BLANK_CODES = {  # final files of these years have empty cells instead of codes
    *(f"ks2/{year}/england_ks2final_headline.csv" for year in ("2015-16", "2016-17", "2017-18")),
    *(f"ks4/{year}/england_ks4final_headline.csv" for year in ("2015-16", "2016-17", "2017-18")),
}


@pytest.fixture(scope="module")
def results(shared_data):
    return {name: read_results_file(shared_data / "dfe" / name) for name in EXPECTED}


@pytest.fixture
def find(results):
    def values(name, measure, pupil_group="all"):
        frame = results[name].values
        found = frame[(frame["measure"] == measure) & (frame["pupil_group"] == pupil_group)]
        return found.set_index(results[name].layout.key)

    return values


def naive(path, columns, key):
    """Read numbers the simple way: one column at a time, without signs, and everything else as NaN."""
    frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", index_col=False, keep_default_na=False)
    frame = frame.set_axis([normal_name(name) for name in frame.columns], axis="columns")
    frame = frame[pd.to_numeric(frame[key], errors="coerce").notna()].drop_duplicates()
    frame.index = frame[key].astype(int)
    bare = frame[columns].apply(lambda cells: cells.str.strip().str.replace("[%£,]", "", regex=True))
    return bare.apply(pd.to_numeric, errors="coerce")


@pytest.mark.parametrize("name", EXPECTED)
def test_every_file_is_read_as_its_layout_year_and_release(results, name):
    summary = results[name].summary

    found = (summary.layout, summary.year, summary.release, summary.rows, summary.schools, summary.values)
    assert (*found, summary.by_status["value"], len(results[name].national)) == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name != "mats/2016-17/england_ks4-mats-performance.csv"])
def test_every_number_is_the_number_in_the_file(shared_data, results, name):
    """Leaves out the file with an unquoted comma, because the simple way reads it wrongly."""
    result = results[name]
    path = shared_data / "dfe" / name
    plan = measure_columns(result.layout.code, normal_names(find_results(path)))

    expected = naive(path, list({measure.column for measure in plan}), result.layout.key.upper())

    read_numbers = result.values["value"].to_numpy().reshape(len(plan), -1)
    for numbers, measure in zip(read_numbers, plan, strict=True):
        np.testing.assert_array_equal(numbers, expected[measure.column].to_numpy(), err_msg=measure.column)
    assert result.values[result.layout.key].tolist() == expected.index.tolist() * len(plan)


def test_no_other_file_is_recognised(shared_data):
    others = [*shared_data.glob("dfe/gias/*/*.csv"), *shared_data.glob("dfe/meta/*.csv")]
    assert others

    for path in [*others, *shared_data.glob("dfe/finance/*/*.csv"), *shared_data.glob("dfe/register/*/*")]:
        with pytest.raises(FileRefused):
            read_results_file(path)


def test_files_without_codes_are_noted(results):
    assert {name for name, result in results.items() if result.summary.codes_are_blank} == BLANK_CODES


def test_school_listed_twice_in_the_census_is_read_once(results):
    (skipped,) = results["census/2017-18/england_census.csv"].summary.left_out

    assert (skipped.row, skipped.reason) == (20370, "the same as row 20369")
    assert all(not result.summary.left_out for name, result in results.items() if "census/2017" not in name)


def test_trust_with_an_unquoted_comma_in_its_name_is_read_correctly(results):
    name = "mats/2016-17/england_ks4-mats-performance.csv"

    assert results[name].summary.repaired == (37,)
    assert sum(", The" in trust for trust in results[name].trusts["name"]) == 1
    assert all(not result.summary.repaired for other, result in results.items() if other != name)


@pytest.mark.parametrize("year", ["2016-17", "2017-18", "2018-19"])
def test_progress_8_is_between_its_limits(find, year):
    progress = find(f"ks4/{year}/england_ks4provisional.csv", "P8MEA").dropna(subset="value")

    assert len(progress) > 3_400
    assert (progress["lower"] <= progress["value"]).all()
    assert (progress["value"] <= progress["upper"]).all()


def test_provisional_and_final_releases_differ(find):
    provisional = find("ks4/2018-19/england_ks4provisional.csv", "ATT8SCR")["value"].dropna()
    final = find("ks4/2018-19/england_ks4final_headline.csv", "ATT8SCR")["value"].dropna()
    both = pd.concat([provisional, final], axis="columns", join="inner")

    assert (both.iloc[:, 0] != both.iloc[:, 1]).mean() > 0.5


def test_england_rows_match_the_table_of_national_averages(shared_data, results):
    table = pd.read_csv(shared_data / "dfe" / "meta" / "national_averages.csv", dtype=str)
    table = table[(table["key_stage"] == "KS4") & (table["academic_year"] == "2018-19")]
    compared = 0
    for release, name in (("provisional", "england_ks4provisional.csv"), ("final", "england_ks4final_headline.csv")):
        national = results[f"ks4/2018-19/{name}"].national
        england = national[national["geography"] == "England"].set_index(["scope", "measure"])["value"]
        for row in table[table["status"] == release].itertuples():
            scope = row.scope.removeprefix("England ")
            assert england[scope, row.measure] == float(row.value.rstrip("%"))
            compared += 1

    assert compared > 15


def test_sp_in_destinations_is_a_share_above_0_that_rounds_to_0(shared_data):
    """Shows why SP is read as a small percentage: the count is never 0 and the share never above 0.5%."""
    path = shared_data / "dfe" / "destinations" / "2018-19" / "england_ks4-pupdest.csv"
    frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    shares, zeros = [], []
    for column in [name for name in frame if name.endswith("PER")]:
        count = pd.to_numeric(frame[column.removesuffix("PER")], errors="coerce")
        shares.append((count / pd.to_numeric(frame["COHORT"], errors="coerce"))[frame[column] == "SP"])
        zeros.append(count[frame[column] == "0%"])
    share = pd.concat(shares)

    assert len(share) > 100
    assert ((share > 0) & (share < 0.005)).all()
    assert (pd.concat(zeros) == 0).all()


def test_schools_of_trusts_are_schools_of_the_same_year(results):
    members = results["mats/2018-19/england_ks4-mats-performance.csv"].members
    schools = set(results["ks4/2018-19/england_ks4provisional.csv"].schools["urn"])

    assert members["urn"].isin(schools).mean() > 0.99
    assert members.groupby("uid").size().min() >= 3


def test_regions_match_the_departments_list(shared_data):
    listed = pd.read_csv(shared_data / "dfe/meta/la_and_region_codes_2018-19.csv").set_index("LEA")["REGION NAME"]
    held = pd.Series(regions()).reindex(listed.index)
    words = {"London": "London", "Yorkshire": "Yorkshire and the Humber"}

    for part, region in zip(listed.str.strip(), held, strict=True):
        wider = [name for word, name in words.items() if word in part]
        assert region == (wider[0] if wider else part.rstrip("ABCD").strip())
