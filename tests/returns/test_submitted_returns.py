"""Test submitted returns: they never change, they can be compared, and each line has a history."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kpis.catalogue import catalogue_by_code
from returns.actions.corrections import open_correction
from returns.actions.moderation import LineVerdict, accept_return, decide_lines
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.models import LineChange, ReturnDecision, ReturnLine
from returns.queries.line_history import line_events
from returns.queries.submitted_returns import submitted_differences, submitted_returns
from tests.factories import TermFactory, UserFactory
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)


@pytest.fixture
def people(db):
    return UserFactory(name="Invented Headteacher"), UserFactory(name="Invented Director")


@pytest.fixture
def termly_return(trust, school, in_scope, people):
    """A return of absence and turnover, submitted twice: turnover went back and was changed."""
    head, director = people
    with in_scope(trust):
        made = open_return(school=school, term=TermFactory(trust=trust), indicator_codes=["AB1", "STF3"])
        for line in made.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=Decimal(6), comment="as before"), version=0, by=head, at=AT)
        submit_return(termly_return=made, by=head, at=AT)
        back = LineVerdict(code="STF3", accepted=False, reason="Count twelve months")
        decide_lines(termly_return=made, verdicts=[back], areas=None, by=director, at=AT + timedelta(hours=1))
        line = made.lines.get(indicator_id="STF3")
        save_line(line=line, entry=LineEntry(value=Decimal(18)), version=1, by=head, at=AT + timedelta(days=1))
        return submit_return(termly_return=made, by=head, at=AT + timedelta(days=1))


@pytest.fixture
def inside(trust, termly_return, in_scope):
    with in_scope(trust):
        yield


@pytest.fixture
def page(trust, school, termly_return):
    return lambda name, *more: reverse(f"returns:{name}", args=[trust.pk, school.pk, termly_return.term_id, *more])


def test_each_submission_keeps_what_was_submitted(inside, termly_return):
    first, second = submitted_returns(termly_return)

    assert [(line.code, line.answer, line.comment, line.saved_by) for line in first.lines] == [
        ("AB1", "6.0%", "as before", "Invented Headteacher"),
        ("STF3", "6.0%", "as before", "Invented Headteacher"),
    ]
    assert [line.answer for line in second.lines] == ["6.0%", "18.0%"]
    assert [line.state for line in second.lines] == ["submitted", "submitted"]
    assert first.lines[0].definition == catalogue_by_code()["AB1"].definition


def test_a_snapshot_never_changes(inside, termly_return):
    before = [submission.lines for submission in submitted_returns(termly_return)]

    assert ReturnDecision.objects.update(snapshot=[]) == 0

    assert [submission.lines for submission in submitted_returns(termly_return)] == before


def test_differences_are_the_lines_that_changed(inside, termly_return):
    first, second = submitted_returns(termly_return)

    (changed,) = submitted_differences(first, second)
    assert (changed.line.code, changed.before.answer, changed.after.answer) == ("STF3", "6.0%", "18.0%")
    assert submitted_differences(first, first) == []


def test_receipt_shows_the_submission_without_later_changes(client, as_role, trust, school, termly_return, page):
    as_role(Role.HEADTEACHER, trust, school)

    latest = client.get(page("return_receipt")).text
    first = client.get(page("return_receipt"), {"version": 1}).text

    assert "18.0%" in latest
    assert "18.0%" not in first
    assert "<dt>Submission</dt><dd>1: <a" in first


def test_receipt_is_downloaded_as_it_was_submitted(
    client, as_role, trust, school, termly_return, page, django_assert_num_queries
):
    as_role(Role.HEADTEACHER, trust, school)
    url = page("return_receipt")

    # Savepoint, session, user, who I am, my roles, scope, school, scope; the term, the return, its submissions;
    # the release.
    with django_assert_num_queries(12):
        latest = client.get(url, {"format": "csv"})
    first = client.get(url, {"format": "csv", "version": 1})

    assert latest["Content-Disposition"].endswith('-submission-2.csv"')
    assert first["Content-Disposition"].endswith('-submission-1.csv"')
    headings, *rows = csv.reader(first.text.removeprefix("\ufeff").splitlines())
    found = {row[2]: dict(zip(headings, row, strict=True)) for row in rows}
    assert found["STF3"]["Submitted"] == "6.0%"
    assert found["STF3"]["Comment"] == "as before"
    assert found["STF3"]["Line"] == "Staff turnover in twelve months"
    assert "18.0%" in latest.text
    assert "18.0%" not in first.text
    assert "?version=1&amp;format=csv" in client.get(url, {"version": 1}).text


def test_page_and_file_of_changes_compare_any_two_submissions(client, as_role, trust, school, termly_return, page):
    as_role(Role.HEADTEACHER, trust, school)

    html = client.get(page("return_versions")).text
    assert "1 line changed; Invented Headteacher submitted the later version" in html
    assert "Nothing changed" in client.get(page("return_versions"), {"from": 2, "to": 2}).text
    assert (
        "Staff turnover in twelve months,STF3,6.0%,as before,,18.0%,"
        in client.get(page("return_versions"), {"format": "csv"}).text
    )


def test_line_history_shows_each_change_with_its_person_reason_and_source(inside, termly_return):
    line = ReturnLine.objects.get(indicator_id="STF3")

    events = line_events(line, catalogue_by_code()["STF3"])

    assert [(event.what, event.before, event.after, event.reason, event.source, event.by) for event in events] == [
        ("Changed", "6.0%", "18.0%", "", "Typed", "Invented Headteacher"),
        ("Sent back", "", "", "Count twelve months", "", "Invented Director"),
        ("Entered", "nothing", "6.0%", "as before", "Typed", "Invented Headteacher"),
    ]


def test_only_saves_by_one_person_within_a_minute_are_shown_as_one_change(inside, termly_return, people, school, trust):
    head, director = people
    made = open_return(school=school, term=TermFactory(trust=trust, season=2), indicator_codes=["HS2"])
    line = made.lines.get()
    for count, (value, by, seconds) in enumerate([(1, head, 0), (12, head, 20), (13, director, 30)]):
        at = AT + timedelta(seconds=seconds)
        line = save_line(line=line, entry=LineEntry(value=Decimal(value)), version=count, by=by, at=at)
    file = LineEntry(value=Decimal(14), source=LineChange.Source.FILE, file_name="return.xlsx")
    line = save_line(line=line, entry=file, version=3, by=director, at=AT + timedelta(seconds=40))

    events = line_events(line, catalogue_by_code()["HS2"])

    assert [(event.before, event.after, event.source) for event in events] == [
        ("13", "14", "From a file: return.xlsx"),
        ("12", "13", "Typed"),
        ("nothing", "12", "Typed"),
    ]


def test_line_history_shows_unreadable_text_as_it_was_typed(inside, school, trust, people):
    made = open_return(school=school, term=TermFactory(trust=trust, season=2), indicator_codes=["HS2"])
    line = save_line(line=made.lines.get(), entry=LineEntry(unread={"value": "six"}), version=0, by=people[0], at=AT)

    (event,) = line_events(line, catalogue_by_code()["HS2"])

    assert event.after == "typed, but not a figure: six"


def test_the_page_of_a_line_shows_both_versions_of_a_corrected_figure(
    client, as_role, trust, school, termly_return, page, in_scope, people
):
    head, director = people
    with in_scope(trust):
        accept_return(termly_return=termly_return, by=director, at=AT + timedelta(days=2))
        open_correction(termly_return=termly_return, codes=["AB1"], reason="A class was left out", by=head, at=AT)
        line = termly_return.lines.get(indicator_id="AB1")
        save_line(line=line, entry=LineEntry(value=Decimal(7)), version=1, by=head, at=AT + timedelta(days=3))
        submit_return(termly_return=termly_return, by=head, at=AT + timedelta(days=3))
        accept_return(termly_return=termly_return, by=director, at=AT + timedelta(days=4))
    as_role(Role.HEADTEACHER, trust, school)

    with CaptureQueriesContext(connection) as captured:
        html = client.get(page("line_history", "AB1")).text

    now, before = html.split("<tbody")[1].split("</tbody")[0].split("<tr")[1:]
    assert ("2 (in use now)" in now, "7.0%" in now, "A class was left out" in now) == (True, True, True)
    assert ("6.0%" in before, "The first version" in before) == (True, True)
    reads = [
        query["sql"] for query in captured if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]
    ]
    # session, user; memberships, school (the gate); line; changes, decisions, received files; figure, earlier versions;
    # school's name
    assert len(reads) == 11, "\n".join(reads)
    assert "Opened for correction" in html
    assert "Changed,6.0%,7.0%" in client.get(page("line_history", "AB1"), {"format": "csv"}).text


def test_history_of_an_unknown_line_is_not_found(client, as_role, trust, school, termly_return, page):
    as_role(Role.HEADTEACHER, trust, school)

    assert client.get(page("line_history", "ZZ9")).status_code == 404
