"""Test a school's page and a school's home page."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from kpis.models import Headline
from published.models import ImportedFile, Inspection
from returns.models import LineAssignment, Return, ReturnDecision
from tests.factories import NOON, ObservationFactory, ReturnFactory, ReturnLineFactory
from tests.lists import file_of
from trusts.models import Role


@pytest.fixture
def school_url(trust, school):
    return reverse("dashboards:school_detail", args=[trust.pk, school.pk])


@pytest.fixture
def home_url(trust, school):
    return reverse("dashboards:school_home", args=[trust.pk, school.pk])


def test_school_page_shows_the_chart_the_rule_and_the_question(
    client, as_role, in_scope, trust, school, place, score, school_url
):
    with in_scope(trust):
        place(school)
        score(school)
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(school_url)
    text = response.text

    assert "Rule T10." in text
    assert "the slope is 4.0 points a year (rule: at least 2.3)" in text
    assert "Would be E if the slope were below 2.3" in text
    assert "How do we become more assertive with the system" in text
    assert "To show other schools the sequence that worked" in text
    assert "2021–22, 2022–23 and 2023–24" in text
    chart = response.context["page"].trajectory.chart
    assert chart.sentence in text
    assert "No figure for 2022–23 (not published)" in chart.sentence
    assert "<svg" in text[text.index("sl-chart__static") :]
    assert "Every school and person here is invented" in text


def test_school_page_names_the_lines_that_hold_the_school_back(
    client, as_role, in_scope, trust, school, place, school_url
):
    with in_scope(trust):
        place(school)
    as_role(Role.BOARD_MEMBER, trust)

    rows = client.get(school_url).context["page"].rubric

    assert [(row.line.code, row.phase, row.voice, row.holds_back) for row in rows[:2]] == [
        ("governance", "repair", "The trust moderates", True),
        ("outcomes", "improve", "The data suggests", False),
    ]
    assert [row.phase for row in rows[2:]] == [""] * 7
    assert rows[0].reason == "Minutes show few questions"


def test_school_page_lists_lines_by_area_with_source_and_reason(
    client, as_role, in_scope, trust, school, score, school_url
):
    with in_scope(trust):
        score(school)
        score(school, "OUT10", season=0, value=None, status="not_published", rating="no_value",
              reason="No value: not published", movement="not_comparable", source="Published, final",
              movement_text="No figure yet to compare")  # fmt: skip
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(school_url)

    assert [area.area for area in response.context["page"].areas] == ["outcomes", "attendance"]
    assert "Not published" in response.text
    assert "Published, final" in response.text
    assert "School&#x27;s return, accepted 3 November 2025" in response.text


def test_lines_of_a_school_can_be_sorted_filtered_and_downloaded(
    client, as_role, in_scope, trust, school, score, school_url, django_assert_num_queries
):
    with in_scope(trust):
        score(school, "AB1", rating="close", distance=-0.5, movement_size=0.2)
        score(school, "AB2", distance=-4.0, movement_size=-0.9)
        score(school, "AB3", rating="on_target", distance=1.0, movement_size=-0.1)
        score(school, "FIN1", rating="on_target", distance=1.0)
    as_role(Role.HEADTEACHER, trust, school)

    def codes(**query):
        areas = client.get(school_url, query).context["areas"]
        shown = [row.indicator.code for area in areas for row in area.rows]
        assert [row["Code"] for row in file_of(client.get(school_url, query | {"format": "csv"}))] == shown
        return shown

    assert codes() == ["AB1", "AB2", "AB3", "FIN1"]  # The Board's order.
    assert codes(area="attendance") == ["AB1", "AB2", "AB3"]
    assert codes(sort="distance") == ["AB2", "AB1", "AB3", "FIN1"]  # Sorted within each area.
    assert codes(sort="movement", area="attendance") == ["AB2", "AB3", "AB1"]
    assert codes(rating="on_target") == ["AB3", "FIN1"]
    # As without filters, and the headteacher's school, read once for the navigation.
    with django_assert_num_queries(30):
        text = client.get(school_url, {"area": "attendance", "sort": "distance"}).text
    assert 'href="?area=attendance&amp;sort=-distance#indicators"' in text
    assert "?format=csv&amp;area=attendance&amp;rating=&amp;sort=distance" in text
    assert 'id="area-finance"' not in text
    assert "No indicators match" in client.get(school_url, {"rating": "no_value"}).text


def test_school_page_says_that_it_has_no_data(client, as_role, trust, school, school_url):
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(school_url).text

    assert "Nothing has been calculated for this school yet." in text
    assert "No trajectory to draw" in text
    assert "No figures yet" in text


@pytest.fixture
def inspect(school):
    """Store an inspection of the school, from a list of Ofsted's."""

    def make(day, framework, judgements, **fields):
        file, _ = ImportedFile.objects.get_or_create(
            sha256="0" * 64,
            defaults={"name": "list.csv", "layout": "ofsted_report_cards", "imported_at": NOON,
                      "summary": {"newest": "2026-02-09"}},
        )  # fmt: skip
        words = [{"area": area, "words": words} for area, words in judgements.items()]
        row = {"urn": school.pk, "inspected_urn": school.pk, "framework": framework, "judgements": words} | fields
        return Inspection.objects.create(start_date=day, file=file, **row)

    return make


def test_inspections_are_shown_newest_first_in_the_words_of_their_frameworks(
    client, as_role, trust, school, inspect, school_url
):
    inspect(
        date(2018, 6, 5), "before_2019", {"Overall effectiveness": "Good"}, inspected_urn=100001,
        inspected_name="Invented Quay Community School",
    )  # fmt: skip
    inspect(
        date(2026, 1, 13), "report_card", {"Inclusion": "Strong standard"}, kind="S5 Inspection",
        published_date=date(2026, 2, 9),
    )  # fmt: skip
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(school_url).text

    assert text.index("13 January 2026: Report card") < text.index("5 June 2018: Frameworks before September 2019")
    assert "S5 Inspection. Report published on 9 February 2026." in text
    assert "The school inspected was Invented Quay Community School (URN 100001)." in text
    assert "Strong standard" in text
    assert "Grades of different frameworks cannot be compared." in text
    assert "Source: Ofsted&#x27;s latest inspections, with report cards (from November 2025), imported on" in text


def test_school_page_says_why_it_has_no_inspections(client, as_role, trust, school, inspect, school_url):
    as_role(Role.BOARD_MEMBER, trust)
    assert "Inspections appear here when one of" in client.get(school_url).text

    inspect(date(2026, 1, 13), "report_card", {"Inclusion": "Strong standard"}, urn=991999, inspected_urn=991999)

    text = client.get(school_url).text
    assert "have no inspection of this school" in text
    assert "Grades of different frameworks" not in text


def test_school_page_needs_no_more_queries_for_more_data(
    client, as_role, in_scope, trust, school, place, score, school_url, django_assert_num_queries
):
    as_role(Role.BOARD_MEMBER, trust)
    for codes in (["AB1"], ["AB2", "AB4", "FIN1", "FIN4"]):
        with in_scope(trust):
            place(school)
            for code in codes:
                score(school, code)
        # Savepoint, session, user, identity, roles, scope, school, scope; the page's nineteen; releasing the savepoint.
        with django_assert_num_queries(29):
            assert client.get(school_url).status_code == 200


def test_school_home_asks_the_headteacher_for_the_return(client, as_role, in_scope, trust, school, term, home_url):
    with in_scope(trust):
        ReturnFactory(school=school, term=term, state=Return.State.IN_PROGRESS)
    as_role(Role.HEADTEACHER, trust, school)

    text = client.get(home_url).text

    assert "Continue the return" in text
    assert "Due in 20 days" in text
    assert reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk]) in text


def test_school_home_counts_the_same_lines_left_as_the_return(client, as_role, in_scope, trust, school, term, home_url):
    with in_scope(trust):
        for year in (term.school_year - 3, term.school_year - 2, term.school_year - 1):
            ObservationFactory(
                trust=trust,
                school=school,
                indicator_id="AB3",
                school_year=year,
                season=term.season,
                value=Decimal("1.0"),
            )
        opened = ReturnFactory(school=school, term=term, state=Return.State.IN_PROGRESS)
        ReturnLineFactory(termly_return=opened, indicator_id="AB2", value=None)
        ReturnLineFactory(
            termly_return=opened, indicator_id="AB3", value=Decimal("40.0")
        )  # Unusual, without a comment.
        ReturnLineFactory(termly_return=opened, indicator_id="AB6", value=Decimal("1.0"))
    as_role(Role.HEADTEACHER, trust, school)

    home = client.get(home_url).text
    own = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])).text

    assert "2 of 3 lines left" in own
    assert "2 of 3 lines left" in home
    assert "1 of them has an answer but needs a comment or another check." in home


def test_school_home_counts_a_contributors_own_lines(
    client, as_role, in_scope, trust, school, term, home_url, django_assert_num_queries
):
    with in_scope(trust):
        opened = ReturnFactory(school=school, term=term, state=Return.State.IN_PROGRESS)
        for code, value in {"AB2": None, "AB6": Decimal("1.0"), "STF3": None, "FIN1": None}.items():
            ReturnLineFactory(termly_return=opened, indicator_id=code, value=value)
    person = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    nothing = client.get(home_url).text
    with in_scope(trust):
        LineAssignment.objects.create(
            trust=trust, school=school, user=person, area="attendance", assigned_by=person, assigned_at=NOON
        )

    # The permission check's nine with the release; the page's nineteen, nine of them for the open return.
    with django_assert_num_queries(29):
        home = client.get(home_url).text
    own = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])).text

    assert "You have no lines to fill in on this return" in nothing
    assert "lines left" not in nothing
    assert "1 of 2 lines left" in own
    assert "1 of 2 lines left" in home
    assert "This counts only your lines." in home
    as_role(Role.HEADTEACHER, trust, school)
    assert "3 of 4 lines left" in client.get(home_url).text


def test_school_home_asks_a_contributor_for_their_part_of_a_correction(
    client, as_role, in_scope, trust, school, term, home_url
):
    person = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        opened = ReturnFactory(school=school, term=term, state=Return.State.CORRECTING)
        for code in ("AB1", "AB2", "FIN1"):
            ReturnLineFactory(termly_return=opened, indicator_id=code, value=None)
        LineAssignment.objects.create(
            trust=trust, school=school, user=person, area="finance", assigned_by=person, assigned_at=NOON
        )

    text = client.get(home_url).text

    assert "1 of your lines still needs correcting." in text


def test_school_page_names_the_rubric_lines_without_a_judgement(
    client, as_role, in_scope, trust, school, place, school_url
):
    with in_scope(trust):
        place(school)
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(school_url).text

    assert "with no figure to suggest a level: leadership, external support, teaching" in text
    assert text.count('data-label="Level"') == 2  # Governance and outcomes.


def test_changes_show_the_letter_of_a_journey(client, as_role, in_scope, trust, school, place, school_url):
    with in_scope(trust):
        place(school, letter="E")
        place(school, letter="B")
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(school_url).text

    assert "The journey is now B, rapid improver." in text
    assert "Before, it was E, steady and secure." in text


def test_school_home_says_why_the_return_was_sent_back(client, as_role, in_scope, trust, school, term, home_url):
    with in_scope(trust):
        director = as_role(Role.EXECUTIVE_DIRECTOR, trust)
        back = ReturnFactory(school=school, term=term, state=Return.State.SENT_BACK)
        ReturnDecision.objects.create(
            trust=trust, school=school, termly_return=back, step="sent_back", reason="Vacancies leave out two posts",
            decided_by=director, decided_at=timezone.now(),
        )  # fmt: skip
    as_role(Role.HEADTEACHER, trust, school)

    text = client.get(home_url).text

    assert "Vacancies leave out two posts" in text
    assert "Answer and submit again" in text


def test_school_home_tells_a_contributor_that_the_headteacher_submits(client, as_role, trust, school, term, home_url):
    as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)

    text = client.get(home_url).text

    assert "Start the return" in text
    assert "The headteacher submits the return" in text
    assert "Compared with the trust" not in text


def test_school_home_of_a_governor_is_read_only(client, as_role, in_scope, trust, school, term, place, score, home_url):
    with in_scope(trust):
        ReturnFactory(school=school, term=term, state=Return.State.IN_PROGRESS)
        place(school)
        score(school)
        Headline.objects.create(
            trust=trust, school=school, indicator_id="AB1", school_year=2026, season=1, value=9, status="value"
        )
    as_role(Role.LOCAL_GOVERNOR, trust, school)

    text = client.get(home_url).text

    assert "9.3% against a target of 7.5% or less; 8.0% or less is close" in text
    assert "Steady improver" in text
    assert "/returns/" not in text
    assert "Compared with the trust" not in text


def test_school_home_shows_the_headteacher_their_own_figure_that_others_may_not_see(
    client, as_role, in_scope, trust, school, score
):
    with in_scope(trust):
        score(school, "WB3", value=Decimal(75), cohort=Decimal(4))
        Headline.objects.create(
            trust=trust, school=school, indicator_id="WB3", school_year=2026, season=1, value=None, status="hidden"
        )
    as_role(Role.HEADTEACHER, trust, school)

    text = client.get(reverse("dashboards:school_home", args=[trust.pk, school.pk])).text

    table = text[text.index("Headline indicators: this school and the trust") :]
    assert "75%" in table
    assert "Hidden" not in table


def test_school_home_shows_the_headteacher_the_trust_figure(client, as_role, trust, furnish):
    school, *_ = furnish(2)
    as_role(Role.HEADTEACHER, trust, school)

    text = client.get(reverse("dashboards:school_home", args=[trust.pk, school.pk])).text

    assert "Compared with the trust" in text
    assert "9.1%" in text
    assert "all 2 schools" in text
