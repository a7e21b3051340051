"""Test with the register's real files, where they are available."""

import pytest

from published.dfe import read_results_file
from schools.gias import TRUST_TYPES, predecessor_chain, read_group_links, read_groups, read_links, read_spine

pytestmark = pytest.mark.real_data

YEARS = ("2015-16", "2016-17", "2017-18", "2018-19")


@pytest.fixture(scope="module")
def gias(shared_data):
    return shared_data / "dfe" / "gias" / "2026-08"


@pytest.fixture(scope="module")
def chain(gias):
    return predecessor_chain(read_links(gias / "links_edubasealldata.csv"))


def test_groups_of_the_real_register(gias):
    groups = read_groups(gias / "allgroupsdata.csv")

    assert len(groups) == 7177
    assert groups["status"].value_counts().to_dict() == {"open": 4989, "closed": 2186, "proposed to open": 2}
    trusts = groups[groups["group_type"].isin(TRUST_TYPES)]
    assert len(trusts) == 3681
    assert trusts["opened"].notna().all()
    assert (trusts["closed"].notna() == (trusts["status"] == "closed")).all()


def test_every_real_academy_is_in_one_trust(gias):
    links = read_group_links(gias / "grouplinks_edubaseallacademiesandfree.csv")

    assert len(links) == links["urn"].nunique() == 6399
    assert set(links["phase"]) == {
        "primary",
        "secondary",
        "special",
        "all-through",
        "alternative provision",
        "16 plus",
    }


def test_schools_of_the_real_spine(shared_data):
    spine = read_spine(shared_data / "dfe" / "register" / "2017-18" / "england_spine.xlsx")

    assert len(spine) == 26078
    assert (spine["phase"] != "").all()
    assert (spine["age_low"] <= spine["age_high"]).all()


def test_real_school_keeps_its_history(chain):
    assert chain.loc[chain["urn"] == 143899, ["predecessor_urn", "depth"]].to_numpy().tolist() == [[124443, 1]]


def test_predecessors_give_more_schools_four_years_of_progress_8(shared_data, chain):
    newest = chain.sort_values("depth").drop_duplicates("predecessor_urn", keep="last")
    newest = newest.set_index("predecessor_urn")["urn"]
    alone, followed = [], []
    for year in YEARS:
        values = read_results_file(shared_data / "dfe" / "ks4" / year / "england_ks4final_headline.csv").values
        progress = values[(values["measure"] == "P8MEA") & (values["pupil_group"] == "all")]
        urns = progress.loc[progress["status"] == "value", "urn"]
        alone.append(set(urns))
        followed.append(set(urns.map(newest).fillna(urns).astype(int)))

    assert len(set.intersection(*alone)) == 2_883
    assert len(set.intersection(*followed)) == 3_291
