import csv
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kpis.models import ScoreLine
from meetings import actions
from meetings.models import Panel, PanelNote, PanelReport
from schools.actions.calendar import set_terms
from schools.rules.calendar import usual_plan
from schools.rules.terms import Period, TermOfYear
from tests.factories import NOON, PanelFactory, SchoolFactory, UserFactory
from tests.meetings.conftest import LATER
from tests.meetings.example_trust import HOSTILE
from trusts.models import Role


@pytest.fixture
def urls(trust, panel, school):
    def address(name: str) -> str:
        parts = {"panel_list": [], "panel_plan": [], "note_save": [panel.pk, school.pk]}
        return reverse(f"meetings:{name}", args=[trust.pk, *parts.get(name, [panel.pk])])

    return address


@pytest.fixture
def publish(trust, panel, school, director, in_scope, accepted):
    def go() -> PanelReport:
        with in_scope(trust):
            accepted(school)
            actions.save_note(panel=panel, school=school, text="Seen by all.", version=0, by=director, at=NOON)
            return actions.publish_report(trust=trust, panel=panel, by=director, at=LATER)

    return go


def test_list_links_readers_to_published_reports_only(client, as_role, trust, urls, publish):
    as_role(Role.BOARD_MEMBER, trust)

    before = client.get(urls("panel_list"))
    publish()
    after = client.get(urls("panel_list"))

    assert "Not published yet" in before.text
    assert urls("panel_detail") not in before.text
    assert "Published" in after.text
    assert urls("panel_detail") in after.text
    assert urls("panel_pdf") in after.text


def test_list_can_be_sorted_filtered_and_downloaded(
    client, as_role, trust, in_scope, panel, urls, publish, django_assert_num_queries
):
    with in_scope(trust):
        PanelFactory(trust=trust, title="An early Panel", school_year=2025, half_term=6, held_date=date(2025, 7, 3))
        PanelFactory(trust=trust, title="A late Panel", half_term=3, held_date=date(2026, 1, 20))
    publish()
    as_role(Role.GOVERNANCE_PROFESSIONAL, trust)
    here, late, early = urls("panel_list"), "A late Panel", "An early Panel"

    def titles(**query):
        table = client.get(here, query | {"format": "csv"}).text.splitlines()
        assert table[0].lstrip("\ufeff") == "Panel,Date,School year,Half-term,Report,Published"
        return [row[0] for row in csv.reader(table[1:])]

    assert titles() == [late, panel.title, early]
    assert titles(sort="date") == [early, panel.title, late]
    assert titles(sort="panel") == [late, early, panel.title]
    assert titles(sort="-report")[0] == panel.title
    assert titles(year="2025") == [early]
    assert titles(state="published") == [panel.title]
    assert titles(state="not_published", sort="date") == [early, late]
    file = client.get(here, {"format": "csv", "state": "published"})
    assert file["Content-Disposition"] == f'attachment; filename="panels-{trust.pk}.csv"'
    assert list(csv.reader(file.text.splitlines()))[1][1:] == [
        "2025-11-20", "2025–26", "2", "Published", "2025-11-18 09:30",
    ]  # fmt: skip

    # Savepoint, session, user, identity, roles, scope; the Panels; releasing the savepoint.
    with django_assert_num_queries(8):
        text = client.get(here, {"sort": "date", "year": "2026"}).text
    assert 'aria-sort="ascending"' in text
    assert 'href="?year=2026&amp;sort=-date"' in text
    assert "2 Panels" in text
    assert "?year=2026&amp;state=&amp;sort=date&amp;format=csv" in text
    part = client.get(here, {"year": "2025"}, headers={"HX-Request": "true"}).text
    assert early in part
    assert "<html" not in part
    assert "No Panels match" in client.get(here, {"year": "2025", "state": "published"}).text


@pytest.mark.parametrize("page", ["panel_detail", "panel_pdf"])
@pytest.mark.parametrize("role", [Role.BOARD_MEMBER, Role.GOVERNANCE_PROFESSIONAL, Role.BUSINESS_MANAGER])
def test_draft_is_only_for_those_who_prepare_it(client, as_role, trust, urls, publish, page, role):
    as_role(role, trust)

    assert client.get(urls(page)).status_code == 404
    publish()
    assert client.get(urls(page)).status_code == 200


def test_draft_shows_figures_and_a_form_for_each_note(client, as_role, trust, school, in_scope, urls, accepted):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    SchoolFactory(trust=trust, name="Invented Late School")
    with in_scope(trust):
        accepted(school)

    page = client.get(urls("panel_detail")).text

    for text in ("Draft.", "Overall absence", "8.0%", "Off target", "No figures have been accepted", urls("note_save")):
        assert text in page
    assert page.count("<textarea") == 2
    assert urls("panel_publish") in page


def test_draft_page_needs_no_more_queries_for_more_schools(client, as_role, trust, in_scope, urls, accepted):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    counts = []
    for more in (0, 4):
        schools = [SchoolFactory(trust=trust) for _ in range(more)] or list(trust.schools.by_name())
        with in_scope(trust):
            for other in schools:
                accepted(other)
        with CaptureQueriesContext(connection) as queries:
            client.get(urls("panel_detail"))
        counts.append(len(queries))

    # The permission check, the Panel, its report, the eight of the draft, the notes' versions.
    assert counts[0] == counts[1]
    assert counts[0] < 25


def test_published_page_shows_the_frozen_report(client, as_role, trust, urls, in_scope, publish):
    as_role(Role.BOARD_MEMBER, trust)
    publish()
    before = client.get(urls("panel_detail")).text

    with in_scope(trust):
        ScoreLine.objects.update(value=99, rating="on_target", reason="Changed")
    after = client.get(urls("panel_detail")).text

    for text in ("8.0%", "Off target", "Seen by all.", "Published by Invented Director"):
        assert text in before
        assert text in after
    assert "Changed" not in after
    assert "<textarea" not in after


def test_chart_is_a_picture_with_a_table(client, as_role, trust, school, urls, in_scope, derived):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        derived(school)

    page = client.get(urls("panel_detail")).text

    assert '<img src="data:image/svg+xml;base64,' in page
    assert "<svg xmlns" not in page
    assert f"National percentile for {school.name} by school year" in page


def test_published_pdf_is_sent_byte_for_byte(client, as_role, trust, urls, publish):
    as_role(Role.BOARD_MEMBER, trust)
    stored = publish()

    response = client.get(urls("panel_pdf"))

    assert response.content == bytes(stored.pdf)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="panel-report-2025-11-20.pdf"'


def test_draft_pdf_has_draft_in_its_name(client, as_role, trust, urls):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.get(urls("panel_pdf"))

    assert response.content.startswith(b"%PDF-")
    assert "-draft.pdf" in response["Content-Disposition"]


def test_publishing_asks_for_confirmation_and_happens_once(client, as_role, trust, school, urls, in_scope, accepted):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        accepted(school)

    asked = client.get(urls("panel_publish"))
    with in_scope(trust):
        assert not PanelReport.objects.exists()
    first = client.post(urls("panel_publish"), follow=True)
    second = client.post(urls("panel_publish"), follow=True)

    assert "You cannot change or withdraw it" in asked.text
    assert f"{school.name} has no note" in asked.text
    assert "You published the report" in first.text
    assert "was already published" in second.text
    with in_scope(trust):
        assert PanelReport.objects.count() == 1


def test_panel_without_accepted_figures_is_not_published(client, as_role, trust, urls, in_scope):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(urls("panel_publish"), follow=True)

    assert "nothing to publish" in response.text
    with in_scope(trust):
        assert not PanelReport.objects.exists()


def test_note_is_saved_and_shown(client, as_role, trust, urls, in_scope):
    director = as_role(Role.EXECUTIVE_DIRECTOR, trust)

    page = client.post(urls("note_save"), {"text": "Line one.\r\nLine two.", "version": 0}, follow=True)

    assert "Line one.\nLine two." in page.text
    with in_scope(trust):
        note = PanelNote.objects.get()
    assert (note.text, note.saved_by) == ("Line one.\nLine two.", director)


def test_conflicting_note_shows_both_texts_and_can_then_be_saved(client, as_role, trust, panel, school, urls, in_scope):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    with in_scope(trust):
        colleague = UserFactory(name="Invented Colleague")
        actions.save_note(panel=panel, school=school, text="Theirs.", version=0, by=colleague, at=NOON)

    conflict = client.post(urls("note_save"), {"text": "Mine.", "version": 0})
    saved = client.post(urls("note_save"), {"text": "Both.", "version": 1})

    assert conflict.status_code == 409
    for text in ("Theirs.", "Mine.", "Invented Colleague", 'name="version" value="1"'):
        assert text in conflict.text
    assert saved.status_code == 302
    with in_scope(trust):
        assert PanelNote.objects.get().text == "Both."


def test_note_that_is_too_long_keeps_what_was_typed(client, as_role, trust, urls, in_scope):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    response = client.post(urls("note_save"), {"text": "x" * 1201, "version": 0})

    assert response.status_code == 422
    assert "1 characters too long" in response.text
    assert "x" * 1201 in response.text
    with in_scope(trust):
        assert not PanelNote.objects.exists()


def test_note_is_refused_after_publication(client, as_role, trust, urls, publish):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    publish()

    page = client.post(urls("note_save"), {"text": "Late.", "version": 1}, follow=True)

    assert "the note was not saved" in page.text


def test_typed_text_is_escaped_on_the_page(client, as_role, trust, urls):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    page = client.post(urls("note_save"), {"text": HOSTILE, "version": 0}, follow=True)

    assert "&lt;/script&gt;" in page.text
    assert "[x] #{1 + 1} </script>" not in page.text


def test_panel_is_planned(client, as_role, trust, urls, in_scope):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    typed = {"title": "Spring Panel", "held_date": "2026-01-20", "half_term": "3"}

    made = client.post(urls("panel_plan"), typed)
    again = client.post(urls("panel_plan"), typed)
    empty = client.post(urls("panel_plan"), {"title": "Spring Panel"})

    with in_scope(trust):
        planned = Panel.objects.get(half_term=3)
    assert made["Location"] == reverse("meetings:panel_detail", args=[trust.pk, planned.pk])
    assert planned.school_year == 2026
    assert "This half-term of 2025–26 already has a Panel" in again.text
    assert 'value="2026-01-20"' in again.text
    for message in ("Enter the date of the meeting", "Choose a half-term"):
        assert message in empty.text


def test_panel_of_another_trust_is_not_found(client, as_role, trust, other_trust, panel):
    as_role(Role.EXECUTIVE_DIRECTOR, other_trust)

    for name in ("panel_detail", "panel_publish", "panel_pdf"):
        assert client.get(reverse(f"meetings:{name}", args=[other_trust.pk, panel.pk])).status_code == 404


@pytest.mark.parametrize(
    ("held_date", "half_term", "school_year"),
    [("2027-09-15", 6, 2027), ("2027-08-27", 1, 2028), ("2027-08-20", 1, 2027)],
)
def test_panels_school_year_is_that_of_the_newest_such_half_term(
    client, as_role, trust, in_scope, held_date, half_term, school_year
):
    with in_scope(trust):
        autumn = usual_plan(Period(2028, TermOfYear.AUTUMN))
        set_terms(trust_id=trust.pk, plans=[replace(autumn, starts=date(2027, 8, 25))])
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    planned = {"title": "Panel", "held_date": held_date, "half_term": half_term}
    client.post(reverse("meetings:panel_plan", args=[trust.pk]), planned)

    with in_scope(trust):
        assert Panel.objects.get().school_year == school_year
