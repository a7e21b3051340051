"""Similar schools are found from imported files, stored for the trust and shown with their source."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kpis.actions.similar_schools import find_similar_schools
from kpis.models import SimilarSchools
from kpis.queries.similar_figures import behind_the_imports, similar_figures
from kpis.tasks import find_similar, find_similar_of_trust, follow_imports
from published.actions.imports import SCHOOL_COLUMNS
from published.models import ImportedFile, PublishedResult, SchoolList
from schools.models import School, SchoolLink
from tests.factories import NOON, ImportedFileFactory, PublishedSeriesFactory, SchoolFactory
from tests.published.test_imports import FINAL_2018
from trusts.models import Role, Trust

YEAR = 2019
FIRST = 995001  # The first URN of the invented schools.
CENSUS = {"NOR": 900.0, "PNUMFSMEVER": 25.0, "PNUMEAL": 12.0, "PSENELSE": 2.0, "PSENELK": 11.0}


def publish(figures: dict[int, dict[str, float | str]], year: int = YEAR) -> None:
    """Store published figures by URN and measure, with a status instead of a missing figure."""
    file = ImportedFile.objects.get(layout="census")
    measures = {measure for own in figures.values() for measure in own}
    series = {
        measure: PublishedSeriesFactory(measure=measure, school_year=year, release="final") for measure in measures
    }
    PublishedResult.objects.bulk_create(
        PublishedResult(
            urn=urn, series=series[measure], file=file, **(
                {"value": None, "status": value} if isinstance(value, str) else {"value": value, "status": "value"}
            ),
        )
        for urn, own in figures.items()
        for measure, value in own.items()
    )  # fmt: skip


def listed(schools: list[dict[str, object]], year: int = YEAR) -> None:
    """Store the list of schools of a key stage 4 file. Missing keys are missing in the file."""
    sha256 = f"{SchoolList.objects.count():064}"
    file = ImportedFileFactory(sha256=sha256, layout="ks4", school_year=year, release="final")
    unsaid = {"name": None, "la": None, "estab": None, "school_type": "", "is_mainstream": None}
    columns = {name: [(unsaid | school)[name] for school in schools] for name in SCHOOL_COLUMNS}
    SchoolList.objects.create(file=file, packed=SchoolList.pack(columns))


@pytest.fixture
def england(db) -> list[int]:
    """Sixty invented mainstream secondary schools with a census and results. The lower the URN, the more alike."""
    ImportedFileFactory(sha256="c" * 64, layout="census", school_year=YEAR, release="final")
    urns = [FIRST + place for place in range(60)]
    listed(
        [{"urn": urn, "name": f"Invented {place}", "la": 860 if place % 2 else 850, "estab": 4000 + place}
         for place, urn in enumerate(urns)]
    )  # fmt: skip
    publish(
        {
            urn: {name: value * (1 + place / 100) for name, value in CENSUS.items()}
            | {"ATT8SCR": "suppressed" if place == 3 else 40.0 + place / 10, "PERCTOT": 5.0}
            for place, urn in enumerate(urns)
        }
    )
    return urns


@pytest.fixture
def found(trust: Trust, school: School, england, in_scope) -> SimilarSchools:
    publish({school.pk: CENSUS | {"ATT8SCR": 41.0}})
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        return SimilarSchools.objects.get(school=school)


@pytest.fixture
def url(trust: Trust, school: School) -> str:
    return reverse("kpis:similar_schools", args=[trust.pk, school.pk])


def test_fifty_nearest_schools_are_stored_with_their_published_figures(found):
    assert [neighbour["urn"] for neighbour in found.neighbours] == [FIRST + place for place in range(50)]
    assert (found.context_year, found.own_year, found.reason) == (YEAR, YEAR, "")
    assert found.neighbours[0]["distance"] == 0.0
    figure = found.figures["OUT11"][str(YEAR)]
    assert (figure["count"], figure["releases"]) == (49, ["final"])  # One figure is suppressed, which is not zero.
    assert figure["median"] == 42.5


def test_invented_school_compared_with_real_ones_has_a_caution(found):
    assert found.caution.startswith("This school is invented")


def test_unchanged_set_is_not_written_again(found, trust, in_scope):
    ImportedFileFactory(sha256="d" * 64, layout="absence", school_year=YEAR)
    with in_scope(trust):
        assert find_similar_schools(trust_id=trust.pk, at=NOON.replace(hour=13)) == 0
        again = SimilarSchools.objects.get(pk=found.pk)
    assert again.computed_at == NOON
    assert again.files_seen > found.files_seen


def test_changed_set_replaces_the_stored_one(found, trust, in_scope):
    PublishedResult.objects.filter(urn=FIRST, series__measure="NOR").update(value=9_000)

    with in_scope(trust):
        assert find_similar_schools(trust_id=trust.pk, at=NOON.replace(hour=13)) == 1
        again = SimilarSchools.objects.get()
    assert (again.pk, again.computed_at) == (found.pk, NOON.replace(hour=13))
    assert FIRST not in [neighbour["urn"] for neighbour in again.neighbours]


def test_context_from_before_a_school_was_an_academy_is_used(trust, school, england, in_scope):
    SchoolLink.objects.create(urn=school.pk, link_urn=FIRST, direction="predecessor", kind="one_to_one")
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        row = SimilarSchools.objects.get(school=school)

    assert row.context["pupils"] == 900
    assert FIRST not in {neighbour["urn"] for neighbour in row.neighbours}
    assert len(row.neighbours) == 50


def test_nearest_year_of_the_schools_context_is_used_and_shown(trust, school, england, in_scope):
    publish({school.pk: CENSUS}, year=2024)
    publish({school.pk: CENSUS | {"NOR": 100.0}}, year=2025)
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        row = SimilarSchools.objects.get(school=school)

    assert (row.own_year, row.context["pupils"]) == (2024, 900)
    assert "This school's context is from 2023–24 and theirs is from 2018–19" in row.caution


def test_special_schools_and_schools_without_a_census_get_a_reason(trust, school, england, in_scope):
    special = SchoolFactory(trust=trust, phase=School.Phase.SPECIAL)
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        reasons = dict(SimilarSchools.objects.values_list("school_id", "reason"))

    assert "We do not compare special schools and alternative provision" in reasons[special.pk]
    assert reasons[school.pk] == "No part of its context is published. At least 3 are needed."


def test_reason_says_when_no_census_was_imported(trust, school, in_scope):
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)

        assert SimilarSchools.objects.get().reason == "No school census has been imported yet."


def test_school_that_any_file_calls_special_is_never_a_neighbour(trust, school, england, in_scope):
    listed([{"urn": FIRST, "is_mainstream": False}], year=2017)
    listed([{"urn": FIRST + 1, "school_type": "IND"}, {"urn": FIRST + 2, "school_type": "CY"}], year=2018)
    publish({school.pk: CENSUS})
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        urns = {neighbour["urn"] for neighbour in SimilarSchools.objects.get().neighbours}

    assert urns & {FIRST, FIRST + 1, FIRST + 2} == {FIRST + 2}


def test_figures_of_several_schools_take_one_query(found, trust, school, in_scope, django_assert_num_queries):
    other = SchoolFactory(trust=trust)
    with in_scope(trust), django_assert_num_queries(1):
        figures = similar_figures([school.pk, other.pk])

    assert figures[other.pk] == {}
    one = figures[school.pk]["OUT11"][YEAR]
    assert (one.value, one.count, one.schools) == ("42.5 points", 49, 50)
    assert one.sentence.startswith("Among the 50 schools most like this one, half of the 49 with a figure for 2018–19")
    forecast = next(code for code, held in figures[school.pk].items() if held[YEAR].indicator.comparator.same_as)
    assert figures[school.pk][forecast][YEAR].indicator.code == forecast


def test_headteacher_sees_only_similar_schools_of_their_school(found, trust, school, in_scope, client, as_role):
    other = SchoolFactory(trust=trust)
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
    as_role(Role.HEADTEACHER, trust, school)

    assert client.get(reverse("kpis:similar_schools", args=[trust.pk, school.pk])).status_code == 200
    assert client.get(reverse("kpis:similar_schools", args=[trust.pk, other.pk])).status_code in (403, 404)


def test_import_starts_one_search_for_similar_schools(trust, school, england, in_scope, monkeypatch):
    sent = []
    monkeypatch.setattr(find_similar_of_trust, "delay", lambda **ids: sent.append(ids["trust_id"]))

    assert follow_imports() == 1
    find_similar_of_trust(trust_id=trust.pk)
    assert follow_imports() == 0
    ImportedFileFactory(sha256="e" * 64, layout="ks4", school_year=YEAR)
    with in_scope(trust):
        assert behind_the_imports([trust.pk]) == [trust.pk]
    assert follow_imports() == 1
    find_similar()

    assert sent == [trust.pk] * 3


def test_page_lists_schools_with_distance_context_result_and_source(found, client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(url)

    rows = response.context["rows"]
    assert [(row.place, row.name, row.authority) for row in rows[:2]] == [
        (1, "Invented 0", "Hampshire"),
        (2, "Invented 1", "Staffordshire"),
    ]
    assert rows[3].result.text == ""
    assert "Suppressed" in response.text
    assert "School census 2018–19" in response.text
    assert "This school is invented" in response.text
    assert "the median of 49 similar schools is 42.5 points" in response.context["page"].chart.sentence
    assert "higher than 9 of the 49 and the same as 1" in response.context["page"].chart.sentence
    assert "Not known: left out" in response.text
    assert "Prior attainment" not in response.text[response.text.index('id="similar-caption"') :]


def test_page_filters_sorts_and_exports(found, client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    there = client.get(url, {"authority": "Staffordshire", "sort": "-result"})
    file = client.get(url, {"authority": "Staffordshire", "sort": "-result", "format": "csv"})

    values = [row.result.value for row in there.context["rows"] if row.result.value is not None]
    assert len(there.context["rows"]) == 25
    assert values == sorted(values, reverse=True)
    lines = file.text.lstrip("\ufeff").splitlines()
    assert len(lines) == 26
    assert lines[0].startswith("Place,School,URN,Local authority,Distance,Pupils on roll")
    assert any(",Suppressed," in line for line in lines)


def test_page_shows_another_indicator(found, client, as_role, trust, url):
    as_role(Role.BOARD_MEMBER, trust)

    page = client.get(url, {"measure": "AB1"}).context["page"]

    assert page.chosen.indicator.code == "AB1"
    assert page.chosen.own.text == ""  # The school has no figure for that year, but the page shows the national figure.
    assert page.chart.sentence.startswith("Overall absence in 2018–19")


def test_page_takes_as_many_queries_for_any_content(found, client, as_role, trust, url, django_assert_num_queries):
    as_role(Role.BOARD_MEMBER, trust)

    # Savepoint, session, user, who I am, my roles, scope, school, scope; the page's four; the release.
    with django_assert_num_queries(13):
        assert client.get(url).status_code == 200


def test_page_says_why_it_is_empty_and_how_to_import(client, as_role, trust, school, url, in_scope):
    as_role(Role.BOARD_MEMBER, trust)

    assert "Not found yet" in client.get(url).text
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
    text = client.get(url).text

    assert "No school census has been imported yet." in text
    assert "./sightline import_results" in text


def test_school_list_of_a_file_is_stored_once_and_deleted_with_it(db):
    for _ in range(2):
        call_command("import_results", str(FINAL_2018), stdout=io.StringIO(), again=True)
    kept = SchoolList.objects.get()

    assert (kept.file.layout, kept.file.school_year) == ("ks4", 2018)
    assert set(kept.columns) == set(SCHOOL_COLUMNS)
    assert len({len(column) for column in kept.columns.values()}) == 1
    assert all(kept.columns["name"])
    kept.file.delete()
    assert not SchoolList.objects.exists()


def test_neighbour_has_the_name_and_authority_of_the_newest_file(trust, school, england, in_scope):
    listed([{"urn": FIRST, "name": "Invented before", "la": 1}, {"urn": FIRST + 1, "name": "Older"}], year=2017)
    listed([{"urn": FIRST, "name": "Invented since"}], year=2020)
    publish({school.pk: CENSUS})
    with in_scope(trust):
        find_similar_schools(trust_id=trust.pk, at=NOON)
        first, second, *_ = SimilarSchools.objects.get().neighbours

    assert (first["urn"], first["name"], first["authority"]) == (FIRST, "Invented since", 850)
    assert (second["urn"], second["name"], second["authority"]) == (FIRST + 1, "Invented 1", 860)


FILES = {
    "2018-19/ks4_final.csv": (
        "RECTYPE,LEA,ESTAB,URN,SCHNAME,ATT8SCR,P8MEA,PTEBACC_E_PTQ_EE,PTL2BASICS_95",
        lambda at: f"1,860,{4000 + at},{FIRST - 600000 + at},Invented {at},{40 + at / 10},0.1,40%,45%",
    ),
    "2018-19/census.csv": (
        "URN,LA,ESTAB,NOR,PNORG,TSENELSE,PSENELSE,TSENELK,PSENELK,NUMEAL,PNUMEAL,PNUMFSMEVER",
        lambda at: f"{FIRST - 600000 + at},860,{4000 + at},{900 + at},50,10,2,90,{10 + at / 10},90,{12 + at / 10},25",
    ),
}


@pytest.fixture
def files(tmp_path):
    paths = []
    for name, (head, row) in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([head, *(row(at) for at in range(60))]) + "\n")
        paths.append(path)
    return paths


def test_command_needs_only_files(files, tmp_path):
    printed = io.StringIO()
    out = tmp_path / "similar.csv"

    call_command("similar_schools", results=files[:1], context=files[1:], urn=FIRST - 600000, out=out, stdout=printed)

    assert "Invented 0: 50 secondary schools by context of 2018–19" in printed.getvalue()
    assert "Attainment 8, 2018–19: 40; similar schools median 42.55" in printed.getvalue()
    lines = out.read_text().splitlines()
    assert len(lines) == 51
    assert lines[0] == "place,urn,name,authority,distance,pupils,disadvantage,eal,plans,support"
    assert lines[1].startswith(f"1,{FIRST - 600000 + 1},Invented 1,Staffordshire,")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"urn": 100000}, "URN 100000 is not among the mainstream schools"),
        ({"context": "results"}, "None of these files is a school census"),
        ({"results": "context"}, "None of these files has key stage 2 or 4 results"),
        ({"urn": None}, "Give the school's --urn, or --explain"),
    ],
)
def test_command_refuses_what_it_cannot_answer(files, change, why):
    given = {"results": files[:1], "context": files[1:], "urn": FIRST - 600000}
    given |= {name: given.get(value, value) if isinstance(value, str) else value for name, value in change.items()}

    with pytest.raises(CommandError, match=why):
        call_command("similar_schools", **given, stdout=io.StringIO())


@pytest.mark.real_data
def test_similar_schools_explain_results_on_the_published_files(shared_data):
    printed = io.StringIO()
    dfe = shared_data / "dfe"
    call_command(
        "similar_schools", results=[dfe / "ks4" / "2017-18" / "england_ks4final_headline.csv"],
        context=[dfe / "census" / "2017-18" / "england_census.csv"], explain=True, stdout=printed,
    )  # fmt: skip

    shares = [float(line.split(": ")[1].split("%")[0]) for line in printed.getvalue().splitlines()]
    assert len(shares) == 3
    assert min(shares) > 35
    assert max(shares) > 65
