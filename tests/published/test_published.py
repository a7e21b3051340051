import pytest

from published.queries import lineage, published_coverage, published_results_of
from schools.models import SchoolLink
from tests.factories import ImportedFileFactory, PublishedResultFactory


@pytest.fixture
def publish(db):
    def make(urn, *, value=None, status="value", year=2017, release="final"):
        return PublishedResultFactory(
            urn=urn, series__school_year=year, series__release=release, value=value, status=status
        )

    return make


@pytest.fixture
def link(db):
    def make(urn, before, direction="predecessor", kind="one_to_one"):
        ends = (urn, before) if direction == "predecessor" else (before, urn)
        SchoolLink.objects.create(urn=ends[0], link_urn=ends[1], direction=direction, kind=kind)

    return make


def answers(urn):
    frame = published_results_of([urn])
    return [(row.school_year, row.value, row.via_urn) for row in frame[frame["is_best"]].itertuples()]


def test_lineage_follows_only_one_to_one_links_from_either_school(link):
    link(3, 2)
    link(2, 1, direction="successor")
    link(2, 1)
    link(3, 9, kind="merged")
    link(1, 8, kind="several")

    assert lineage([3, 5]) == {3: [3, 2, 1], 5: [5]}


def test_lineage_of_a_cycle_ends(link):
    link(1, 2)
    link(2, 1)

    assert lineage([1]) == {1: [1, 2]}


def test_year_before_conversion_comes_from_the_predecessor(publish, link):
    link(2, 1)
    publish(1, value=40.0, year=2016)
    publish(2, value=45.0, year=2017)

    assert answers(2) == [(2016, 40.0, 1), (2017, 45.0, 2)]
    assert set(published_results_of([2])["urn"]) == {2}


def test_schools_own_figure_counts_in_any_release_if_both_have_the_year(publish, link):
    link(2, 1)
    publish(1, value=40.0, release="final")
    publish(2, value=45.0, release="provisional")

    assert answers(2) == [(2017, 45.0, 2)]
    assert len(published_results_of([2])) == 1


@pytest.mark.parametrize("status", ["blank", "not_published", "new_school"])
def test_school_with_blank_figures_keeps_its_predecessors_year(publish, link, status):
    link(2, 1)
    publish(1, value=40.0)
    publish(2, status=status)

    assert answers(2) == [(2017, 40.0, 1)]


def test_schools_own_suppressed_figure_counts(publish, link):
    link(2, 1)
    publish(1, value=40.0)
    publish(2, status="suppressed")

    frame = published_results_of([2])
    assert (frame["status"].tolist(), frame["via_urn"].tolist()) == (["suppressed"], [2])


def test_final_release_is_best_unless_it_is_blank(publish):
    publish(1, value=44.0, release="provisional", year=2017)
    publish(1, value=45.0, release="final", year=2017)
    publish(1, value=44.0, release="provisional", year=2018)
    publish(1, status="blank", release="final", year=2018)
    publish(1, value=44.0, release="provisional", year=2019)
    publish(1, status="suppressed", release="final", year=2019)

    frame = published_results_of([1])
    best = frame[frame["is_best"]].set_index("school_year")["release"].to_dict()
    assert best == {2017: "final", 2018: "provisional", 2019: "final"}
    assert len(frame) == 6


def test_published_takes_two_queries_for_any_number_of_schools(publish, link, django_assert_num_queries):
    for urn in range(10, 20):
        link(urn, urn + 100)
        publish(urn + 100, value=1.0)

    with django_assert_num_queries(2):
        assert len(published_results_of(range(10, 20))) == 10
    with django_assert_num_queries(2):
        assert published_results_of([1]).empty


def test_coverage_lists_the_missing_years(publish, link):
    for year in (2018, 2019):
        ImportedFileFactory(sha256=f"{year:064}", layout="ks4", school_year=year)
    link(2, 1)
    publish(1, value=40.0, year=2018)
    publish(2, status="suppressed", year=2019)

    (ks4,) = [coverage for coverage in published_coverage([2])[2] if coverage.layout == "ks4"]
    assert (ks4.via_urns, ks4.missing) == ({2018: 1}, (2019,))
