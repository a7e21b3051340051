"""Test the home pages of people with a role in the whole trust."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from dashboards.queries.board import area_cells
from kpis.catalogue import catalogue_by_code
from kpis.models import Recomputation, ScoreLine
from kpis.queries.score_lines import score_rows
from kpis.rules.privacy import STANDARD_RULES, Audience, reader_for
from returns.models import Return, ReturnDecision
from schools.rules.terms import school_year_label, school_year_on
from tests.factories import NOON, PanelFactory, ReturnFactory, SchoolFactory
from trusts.models import Role

HTMX = {"HX-Request": "true"}


@pytest.fixture
def board_url(trust):
    return reverse("dashboards:board", args=[trust.pk])


@pytest.fixture
def desk_url(trust):
    return reverse("dashboards:desk", args=[trust.pk])


def test_board_of_a_new_trust_says_that_it_has_no_schools(client, as_role, trust, board_url):
    as_role(Role.BOARD_MEMBER, trust)

    assert "No schools yet" in client.get(board_url).text


def test_board_says_that_schools_have_no_figures(client, as_role, trust, school, board_url):
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(board_url).text

    assert "No figures yet" in text
    assert "Not placed" in text
    assert "None proposed" in text
    assert "Nothing calculated yet" in text


def test_pages_say_that_their_newest_figures_are_old(client, as_role, in_scope, trust, score, board_url):
    quay = SchoolFactory(trust=trust)
    now = school_year_on(timezone.localdate())
    with in_scope(trust):
        score(quay, "OUT3", school_year=now - 7)
        line = score(quay, "AB1", school_year=now - 3)
    as_role(Role.BOARD_MEMBER, trust)
    school_url = reverse("dashboards:school_detail", args=[trust.pk, quay.pk])

    for url in (board_url, school_url):
        assert f"The newest are from {school_year_label(now - 3)}" in client.get(url).text

    with in_scope(trust):
        ScoreLine.objects.filter(pk=line.pk).update(school_year=now - 2)
    for url in (board_url, school_url):
        assert "These figures are old" not in client.get(url).text


def test_board_shows_exceptions_before_schools_by_area(client, as_role, trust, furnish, board_url):
    (school,) = furnish(1)
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(board_url).text

    assert "9.3% against a target of 7.5% or less; 8.0% or less is close." in text
    assert text.index(f"{school.name}: Overall absence") < text.index("Schools by area")
    assert "of 900 pupils" in text
    assert "Steady improver" in text
    assert "Giver" in text
    assert "1 of 2 lines" in text
    assert "0.4 percentage points worse than autumn 2024" in text


def test_exceptions_include_at_most_three_lines_of_a_school(client, as_role, in_scope, trust, score, board_url):
    worst, other = SchoolFactory.create_batch(2, trust=trust)
    with in_scope(trust):
        for code in ("AB1", "AB2", "AB4", "FIN1", "FIN4", "STF3", "STF4", "FIN11"):
            score(worst, code, distance=-9)
        score(other, distance=-1.5)
    as_role(Role.BOARD_MEMBER, trust)

    page = client.get(board_url).context["page"]

    assert [row.school for row in page.exceptions] == [worst] * 3 + [other]
    assert page.off_target == 9


def test_board_needs_no_more_queries_for_more_schools(
    client, as_role, trust, furnish, board_url, django_assert_num_queries
):
    as_role(Role.BOARD_MEMBER, trust)
    for count in (1, 4):
        furnish(count)
        # Savepoint, session, user, identity, roles and scope, then the page's seventeen, and releasing the savepoint.
        with django_assert_num_queries(28):
            assert client.get(board_url).status_code == 200


def test_board_sorts_in_both_directions(client, as_role, in_scope, trust, place, board_url):
    early, late = SchoolFactory(trust=trust, name="Invented Ash"), SchoolFactory(trust=trust, name="Invented Birch")
    with in_scope(trust):
        place(early, phase="sustain")
        place(late, phase="stabilise")
    as_role(Role.BOARD_MEMBER, trust)

    def order(sort):
        return [row.school for row in client.get(board_url, {"sort": sort}).context["page"].rows]

    assert order("school") == [early, late]
    assert order("phase") == [late, early]
    assert order("-phase") == [early, late]
    assert order("nonsense") == [early, late]


def test_board_filters_by_phase_of_education(client, as_role, trust, furnish, board_url):
    furnish(1)
    primary = SchoolFactory(trust=trust, phase="primary")
    as_role(Role.BOARD_MEMBER, trust)

    assert [row.school for row in client.get(board_url, {"phase": "primary"}).context["page"].rows] == [primary]


def test_board_checks_for_new_results_with_one_query(
    client, as_role, trust, furnish, board_url, django_assert_num_queries
):
    furnish(1)
    as_role(Role.BOARD_MEMBER, trust)
    version = client.get(board_url).context["page"].version

    # Savepoint, session, user, identity, roles and scope, the newest recomputation, releasing the savepoint.
    with django_assert_num_queries(8):
        response = client.get(board_url, {"since": version}, headers=HTMX)

    assert (response.status_code, response.content) == (204, b"")


def test_board_shows_new_results_and_tells_screen_readers(client, as_role, in_scope, trust, furnish, score, board_url):
    (school,) = furnish(1)
    as_role(Role.BOARD_MEMBER, trust)
    version = client.get(board_url).context["page"].version
    with in_scope(trust):
        score(school, "FIN1", reason="−4.0% against a target of 0.0% or more; −2.0% or more is close")
        Recomputation.objects.update(done_at=NOON + timedelta(minutes=1))

    response = client.get(board_url, {"since": version}, headers=HTMX)

    assert response.status_code == 200
    assert "−4.0% against a target of 0.0% or more; −2.0% or more is close" in response.text
    assert "<html" not in response.text
    assert 'id="sl-announcer" hx-swap-oob' in response.text
    assert f"since={response.context['page'].version}" in response.text
    assert response.context["page"].version != version


def test_live_updates_can_be_paused(client, as_role, trust, furnish, board_url):
    furnish(1)
    as_role(Role.BOARD_MEMBER, trust)

    assert "every 1s" in client.get(board_url).text
    paused = client.get(board_url, {"live": "off"}).text
    assert "every 1s" not in paused
    assert "Resume live updates" in paused
    assert "live=off" in paused[paused.index('id="sort-phase"') :][:120]


def test_board_file_has_every_area(client, as_role, trust, furnish, board_url):
    (school,) = furnish(1)
    as_role(Role.BOARD_MEMBER, trust)

    response = client.get(board_url, {"format": "csv"})

    head, row = response.content.decode("utf-8-sig").splitlines()
    assert head.startswith(
        "School,URN,Phase of education,Phase,Phase proposed,Journey,Journey name,Journey by the engine,Capacity,Safeg"
    )
    assert row.startswith(f"{school.name},{school.pk},Secondary,Improve,Improve,F,Steady improver,F,Giver,No value")
    assert "Off target" in row


def test_board_file_has_no_formulas(client, as_role, trust, furnish, board_url):
    furnish(1)
    SchoolFactory(trust=trust, name="=HYPERLINK(A1)")
    as_role(Role.BOARD_MEMBER, trust)

    assert "\n'=HYPERLINK(A1)," in client.get(board_url, {"format": "csv"}).text.replace("\r", "")


def test_small_numbers_are_hidden_from_the_trust(client, as_role, in_scope, trust, score, board_url):
    school = SchoolFactory(trust=trust)
    with in_scope(trust):
        score(school, "AB3", value=Decimal("0.4"), cohort=Decimal(1000), reason="0.4% is above the target")
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(reverse("dashboards:line_list", args=[trust.pk])).text
    assert "Hidden from you, because it is about so few people" in text
    assert "Off target" not in client.get(board_url, {"format": "csv"}).text
    for path in (board_url, reverse("dashboards:line_list", args=[trust.pk])):
        text = client.get(path).text
        assert "0.4% is above the target" not in text
        assert "worse than autumn 2024" not in text


@pytest.mark.parametrize("few", ["now", "then"])
def test_a_mover_whose_figures_are_hidden_is_not_listed(client, as_role, in_scope, trust, score, board_url, few):
    hidden, shown = SchoolFactory.create_batch(2, trust=trust)
    with in_scope(trust):
        for code, movement, size in (("AB3", "better", 4.0), ("WB3", "worse", -4.0)):
            score(hidden, code, movement=movement, movement_size=size, small_counts={few: {"people": 4}})
        score(shown, movement="better", movement_size=0.5)
        score(shown, "AB2", movement="worse", movement_size=-0.5)
    as_role(Role.BOARD_MEMBER, trust)

    page = client.get(board_url).context["page"]

    assert [row.school for row in page.better] == [shown]
    assert [row.school for row in page.worse] == [shown]


def test_small_numbers_are_shown_inside_the_school(in_scope, trust, score):
    school = SchoolFactory(trust=trust)
    with in_scope(trust):
        score(school, "AB7", value=Decimal("0.4"), cohort=Decimal(4))

        (outside,) = score_rows([school], catalogue_by_code(), reader_for(Audience.BOARD, STANDARD_RULES))
        (inside,) = score_rows([school], catalogue_by_code(), reader_for(Audience.SCHOOL, STANDARD_RULES))

    assert (outside.value, outside.cohort, outside.status) == ("", "", "hidden")
    assert inside.value == "0.40 per 100 pupils"


def test_area_shows_its_lowest_rating_and_how_many_lines_have_it(in_scope, trust, score):
    school = SchoolFactory(trust=trust)
    with in_scope(trust):
        for code, rating in [("AB1", "on_target"), ("AB2", "off_target"), ("AB4", "off_target"), ("AB6", "no_value")]:
            score(school, code, rating=rating)
        cells = {
            cell.area: cell
            for cell in area_cells(
                score_rows([school], catalogue_by_code(), reader_for(Audience.BOARD, STANDARD_RULES))
            )
        }

    assert (cells["attendance"].rating, cells["attendance"].note) == ("off_target", "2 of 4 lines")
    assert (cells["finance"].rating, cells["finance"].note) == ("no_value", "No figures yet")


def test_hidden_lines_do_not_count_in_an_area(in_scope, trust, score):
    school = SchoolFactory(trust=trust)
    few = {"now": {"people": 4}}
    with in_scope(trust):
        score(school, "AB1", rating="close")
        score(school, "AB3", rating="off_target", small_counts=few)
        score(school, "WB3", rating="off_target", small_counts=few)
        rows = score_rows([school], catalogue_by_code(), reader_for(Audience.BOARD, STANDARD_RULES))
        cells = {cell.area: cell for cell in area_cells(rows)}

    assert (cells["attendance"].rating, cells["attendance"].note) == ("close", "1 of 1 line")
    assert (cells["wellbeing"].rating, cells["wellbeing"].note) == ("hidden", "1 of 1 line")


def test_desk_lists_returns_to_accept_and_to_chase(client, as_role, in_scope, trust, term, desk_url):
    waiting, begun, done, silent = SchoolFactory.create_batch(4, trust=trust)
    with in_scope(trust):
        ReturnFactory(school=waiting, term=term, state=Return.State.SUBMITTED, submitted_at=NOON)
        ReturnFactory(school=begun, term=term, state=Return.State.IN_PROGRESS)
        ReturnFactory(school=done, term=term, state=Return.State.ACCEPTED, submitted_at=NOON)
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.get(desk_url)
    page = response.context["page"]

    assert [submission.school for submission in page.to_accept] == [waiting]
    assert {submission.school for submission in page.to_chase} == {begun, silent}
    assert (page.accepted, page.asked) == (1, 4)
    assert reverse("returns:moderate_return", args=[trust.pk, waiting.pk, term.pk]) in response.text
    assert "Due in 20 days" in response.text


def test_desk_hides_decisions_from_people_who_cannot_decide(client, as_role, in_scope, trust, term, desk_url):
    school = SchoolFactory(trust=trust)
    with in_scope(trust):
        ReturnFactory(school=school, term=term, state=Return.State.SUBMITTED, submitted_at=NOON)
    as_role(Role.TEACHING_CONSULTANT, trust)

    text = client.get(desk_url).text

    assert school.name in text
    assert reverse("returns:moderate_return", args=[trust.pk, school.pk, term.pk]) not in text
    for heading in ("Waiting for the Executive Director", "Phases not confirmed yet", "Journeys not decided yet"):
        assert f">{heading}</h2>" in text


def test_desk_says_in_which_areas_a_person_decides(client, as_role, trust, term, desk_url):
    areas = "You decide on lines in: finance; staff absence, retention and recruitment."
    as_role(Role.BUSINESS_MANAGER, trust)
    assert areas in client.get(desk_url).text

    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    assert "You decide on lines in" not in client.get(desk_url).text


def test_desk_shows_changes_since_the_last_panel_and_the_next(
    client, as_role, in_scope, trust, school, place, desk_url
):
    today = timezone.localdate()
    with in_scope(trust):
        place(school, letter="F", phase="repair")
        PanelFactory(trust=trust, held_date=NOON.date() - timedelta(days=7), half_term=1)
        place(school, letter="F", phase="improve")
        coming = PanelFactory(trust=trust, held_date=today + timedelta(days=3), half_term=2, title="Next Panel")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.get(desk_url)

    changed = response.context["page"].changed
    assert [(change.school, change.what, change.before, change.after) for change in changed] == [
        (school, "Proposed phase", "Repair", "Improve")
    ]
    assert reverse("meetings:panel_detail", args=[trust.pk, coming.pk]) in response.text


def test_nobody_gets_a_link_to_a_draft_that_they_cannot_read(client, as_role, in_scope, trust, desk_url):
    with in_scope(trust):
        coming = PanelFactory(trust=trust, held_date=timezone.localdate() + timedelta(days=3))
    draft = reverse("meetings:panel_detail", args=[trust.pk, coming.pk])

    as_role(Role.BUSINESS_MANAGER, trust)
    assert draft not in client.get(desk_url).text

    as_role(Role.BOARD_MEMBER, trust)
    page = client.get(reverse("dashboards:board", args=[trust.pk])).text
    assert draft not in page
    assert reverse("meetings:panel_list", args=[trust.pk]) in page


def test_desk_leaves_out_changes_before_the_last_panel(client, as_role, in_scope, trust, school, place, desk_url):
    with in_scope(trust):
        place(school, phase="repair")
        place(school, phase="improve")
        PanelFactory(trust=trust, held_date=NOON.date() + timedelta(days=1))
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    assert client.get(desk_url).context["page"].changed == []


def test_desk_of_a_new_trust_says_that_it_is_empty(client, as_role, trust, desk_url):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    text = client.get(desk_url).text

    assert "No returns are waiting" in text
    assert "No term has started" in text
    assert "Plan the next Panel" in text


def test_desk_needs_no_more_queries_for_more_schools(
    client, as_role, trust, furnish, desk_url, django_assert_num_queries
):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    for count in (1, 4):
        furnish(count)
        # Savepoint, session, user, identity, roles and scope, the page's sixteen (one term), releasing the savepoint.
        with django_assert_num_queries(27):
            assert client.get(desk_url).status_code == 200


def test_lines_can_be_filtered_and_sorted(client, as_role, in_scope, trust, furnish, score, django_assert_num_queries):
    url = reverse("dashboards:line_list", args=[trust.pk])
    as_role(Role.BOARD_MEMBER, trust)
    for count in (1, 4):
        furnish(count)
        # The permission check's seven with the savepoint's release; schools, the trust's own indicators, the rules for
        # small numbers, lines and their observations.
        with django_assert_num_queries(12):
            client.get(url)

    def codes(**query):
        return [row.indicator.code for row in client.get(url, query).context["rows"]]

    assert codes() == ["AB1"] * 5 + ["AB2"] * 5
    assert codes(sort="-distance") == ["AB2"] * 5 + ["AB1"] * 5
    assert codes(rating="close") == ["AB2"] * 5
    assert codes(area="finance") == []
    primary = SchoolFactory(trust=trust, phase="primary")
    with in_scope(trust):
        score(primary, "AB3")
    assert codes(phase="primary") == ["AB3"]
    assert codes(phase="secondary", rating="close") == ["AB2"] * 5
    text = client.get(url, {"phase": "primary"}).text
    assert 'href="?phase=primary&amp;sort=school"' in text
    assert "&amp;phase=primary&amp;area=" in text
    assert '<option value="primary" selected>Primary</option>' in text


def test_lines_file_says_why_a_figure_is_missing(client, as_role, in_scope, trust, school, score):
    with in_scope(trust):
        score(school, value=None, status="not_collected", rating="no_value", reason="No value: not collected")
    as_role(Role.BOARD_MEMBER, trust)

    text = client.get(reverse("dashboards:line_list", args=[trust.pk]), {"format": "csv"}).text

    assert ",autumn 2025,%,,Not collected,," in text


def test_overdue_returns_are_those_never_submitted(client, as_role, in_scope, trust, term, board_url):
    silent, sent_back = SchoolFactory.create_batch(2, trust=trust)
    with in_scope(trust):
        term.due_date = timezone.localdate() - timedelta(days=4)
        term.save()
        again = ReturnFactory(school=sent_back, term=term, state=Return.State.SENT_BACK)
        user = as_role(Role.BOARD_MEMBER, trust)
        ReturnDecision.objects.create(
            trust=trust, school=sent_back, termly_return=again, step="submitted", decided_by=user,
            decided_at=timezone.now() - timedelta(days=5),
        )  # fmt: skip

    response = client.get(board_url)

    assert [submission.school for submission in response.context["page"].overdue] == [silent]
    assert "4 days overdue" in response.text
