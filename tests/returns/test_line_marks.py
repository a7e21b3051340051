"""Test marks on lines to come back to: colleagues see them, the submit page names them, and submitting ends them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from returns.actions.contributors import assign_lines
from returns.actions.corrections import open_correction, withdraw_correction
from returns.actions.line_marks import mark_line
from returns.actions.moderation import accept_return, send_back_return
from returns.actions.returns import LineEntry, LineNotAssigned, LineNotOpen, save_line, submit_return
from returns.models import LineChange, LineDecision, Return, ReturnLine
from returns.queries.return_reading import return_page
from tests.factories import SchoolFactory, UserFactory
from tests.page_text import as_read
from trusts.models import AuditEntry, Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
CODES = ["SG1", "HS2", "AB1"]
SWAP = {"HTTP_HX_REQUEST": "true"}
FIGURES = {"SG1": Decimal(100), "HS2": Decimal(0), "AB1": Decimal(6)}
EXPLAINED = {"what": "As before", "why": "Measles", "what_next": "Letters home"}
IN_WORDS = "Marked to come back to"


@pytest.fixture
def codes():
    return CODES


@pytest.fixture
def mark(trust, in_scope, line):
    """Mark a line as somebody: mark("AB1", by=user), mark("AB1", False)."""

    def marked(code, marked=True, *, by=None, at=AT, only=None):
        with in_scope(trust):
            return mark_line(line=line(code), marked=marked, by=by or UserFactory(), at=at, only=only)

    return marked


@pytest.fixture
def fill(trust, in_scope, line):
    def filled(*codes):
        for code in codes or CODES:
            now, entry = line(code), LineEntry(value=FIGURES[code], **EXPLAINED)
            with in_scope(trust):
                save_line(line=now, entry=entry, version=now.version, by=UserFactory(), at=AT)

    return filled


@pytest.fixture
def submit(trust, in_scope, termly_return):
    def submitted(by):
        with in_scope(trust):
            return submit_return(termly_return=termly_return, by=by, at=AT)

    return submitted


# --- The action


def test_mark_changes_only_the_mark(trust, in_scope, termly_return, line, mark):
    before, person = line("AB1"), UserFactory()

    mark("AB1", by=person)

    after = line("AB1")
    assert (after.marked, after.marked_by, after.marked_at) == (True, person, AT)
    own = {"marked", "marked_by_id", "marked_at"}
    kept = [field.attname for field in ReturnLine._meta.concrete_fields if field.attname not in own]
    assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}
    with in_scope(trust):
        assert Return.objects.get().state == Return.State.NOT_STARTED
        assert not LineChange.objects.exists(), "it is no part of the history of the figure"


def test_mark_is_audited_and_a_step_of_the_line_and_marking_twice_adds_nothing(
    trust, in_scope, termly_return, line, mark
):
    person = UserFactory()
    mark("AB1", by=person)
    mark("AB1", by=UserFactory(), at=AT + timedelta(minutes=1))
    with in_scope(trust):
        step = LineDecision.objects.get()
        assert (step.step, step.decided_by, step.decided_at) == (LineDecision.Step.MARKED, person, AT)
        audited = AuditEntry.objects.filter(table="returns_returnline", operation="UPDATE").latest("pk")
        assert (audited.before["marked"], audited.after["marked"]) == (False, True)
        assert audited.after["marked_by_id"] == person.pk

    mark("AB1", False)
    mark("AB1", False)

    assert not line("AB1").marked
    with in_scope(trust):
        assert [decision.step for decision in LineDecision.objects.order_by("pk")] == ["marked", "unmarked"]


def test_a_contributor_marks_their_own_lines_only(line, mark):
    with pytest.raises(LineNotAssigned):
        mark("AB1", only={"HS2"})
    mark("HS2", only={"HS2"})

    assert (line("AB1").marked, line("HS2").marked) == (False, True)


def test_saving_a_line_keeps_its_mark_and_marking_keeps_a_sign_off(trust, in_scope, termly_return, line, mark, fill):
    mark("AB1")
    fill("AB1")

    assert line("AB1").marked
    assert line("AB1").version == 1


def test_submitting_ends_the_marks_and_the_history_shows_it(
    client, trust, in_scope, page, line, mark, fill, head, submit
):
    fill()
    mark("AB1")

    submit(head)

    assert not line("AB1").marked
    with in_scope(trust):
        ended = LineDecision.objects.get(step=LineDecision.Step.UNMARKED)
        assert (ended.line.indicator_id, ended.reason, ended.decided_by) == ("AB1", "The return was submitted", head)
    html = client.get(page("line_history", "AB1")).text
    assert html.index("Mark removed") < html.index(IN_WORDS)
    with pytest.raises(LineNotOpen):
        mark("AB1")


def test_line_that_was_sent_back_can_be_marked_again(trust, in_scope, termly_return, line, mark, fill, head, submit):
    fill()
    submit(head)
    with in_scope(trust):
        send_back_return(termly_return=termly_return, reason="Count again", by=UserFactory(), at=AT)

    mark("AB1")

    assert line("AB1").marked


def test_withdrawing_a_correction_ends_its_marks(trust, in_scope, termly_return, line, mark, fill, head, submit):
    fill()
    submit(head)
    with in_scope(trust):
        accept_return(termly_return=termly_return, by=UserFactory(), at=AT)
        open_correction(termly_return=termly_return, codes=["AB1"], reason="A class was left out", by=head, at=AT)
    with pytest.raises(LineNotOpen):
        mark("HS2")  # It is accepted, though the return is open.
    mark("AB1")

    with in_scope(trust):
        withdraw_correction(termly_return=termly_return, by=head, at=AT)

    assert (line("AB1").state, line("AB1").marked) == ("accepted", False)


def test_the_database_refuses_a_mark_on_a_line_that_is_not_open(trust, in_scope, termly_return, line):
    person = UserFactory()
    with in_scope(trust):
        lines = ReturnLine.objects.filter(pk=line("AB1").pk)
        with pytest.raises(IntegrityError, match="only_an_open_line_is_marked"), transaction.atomic():
            lines.update(marked=True, marked_by=person, marked_at=AT, state=ReturnLine.State.SUBMITTED)
        with pytest.raises(IntegrityError, match="only_an_open_line_is_marked"), transaction.atomic():
            lines.update(marked=True)  # By nobody.


# --- On the page


def test_pressing_mark_answers_with_the_mark_and_the_progress(client, head, page, line):
    assert "Come back to this line" in client.get(page("return_detail")).text

    response = client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP)

    assert response.status_code == 200
    assert IN_WORDS in response.text
    assert "Remove the mark" in response.text
    assert "<svg" in response.text
    assert "3 of 3 lines left, 1 marked to come back to" in response.text
    assert "-value" not in response.text, "a field that is being typed in is never replaced"
    assert (line("AB1").marked, line("AB1").marked_by) == (True, head)

    off = client.post(page("line_mark", "AB1"), {"unmark": "AB1"}, **SWAP)
    assert "3 of 3 lines left<" in off.text
    assert "Come back to this line" in off.text
    assert not line("AB1").marked


def test_mark_button_without_javascript_saves_typed_text_and_returns_to_the_line(client, head, page, line):
    html = client.get(page("return_detail")).text
    typed = {"HS2-value": "1", "mark": "AB1"}
    typed |= {f"HS2-{name}": html.split(f'name="HS2-{name}" value="')[1].split('"')[0] for name in ("version", "shown")}

    response = client.post(page("return_save") + "?show=left", typed)

    assert response.headers["Location"] == page("return_detail") + "?show=left#line-AB1"
    assert (line("AB1").marked, line("HS2").value) == (True, 1)
    client.post(page("return_save"), {"unmark": "AB1"})
    assert not line("AB1").marked


def test_text_that_cannot_be_saved_stays_on_the_page_and_the_line_is_marked(client, head, page, line):
    html = client.get(page("return_detail")).text
    typed = {"HS2-value": "1", "HS2-comment": "x" * 4001, "mark": "AB1"}
    typed |= {f"HS2-{name}": html.split(f'name="HS2-{name}" value="')[1].split('"')[0] for name in ("version", "shown")}

    response = client.post(page("return_save"), typed)

    assert response.status_code == 422
    assert "x" * 4001 in response.text
    assert IN_WORDS in response.text
    assert line("AB1").marked


def test_return_page_counts_the_marks_and_shows_who_set_them(client, head, page, mark, fill):
    fill("AB1")
    mark("AB1", by=UserFactory(name="Invented Colleague"))

    html = client.get(page("return_detail")).text

    assert "2 of 3 lines left, 1 marked to come back to" in html
    assert f"<b>{IN_WORDS}</b> by Invented Colleague, 14:02, 20 November" in html
    assert html.count('name="unmark"') == 1
    assert html.count('name="mark"') == 2


def test_finished_line_with_a_mark_is_shown_among_the_unfinished_lines(client, head, page, mark, fill):
    fill()
    before = client.get(page("return_detail"), {"show": "left"}).text
    mark("AB1")

    html = client.get(page("return_detail"), {"show": "left"}).text

    assert "Nothing left to fill in" in before
    assert 'id="line-AB1"' in html
    assert 'id="line-HS2"' not in html
    assert "All 3 lines done, 1 marked to come back to" in html


def test_submit_page_lists_the_marks_and_marked_lines_can_be_submitted(client, head, page, line, mark, fill):
    mark("HS2", by=UserFactory(name="Invented Colleague"))
    unready = client.get(page("return_submit")).text
    fill()
    ready = client.get(page("return_submit")).text

    for html in (unready, ready):
        assert "1 line is still marked to come back to" in html
        assert (
            f'href="{page("return_detail")}#line-HS2-value">Reportable accidents</a>: by Invented Colleague, 14:02'
            in html
        )
    assert ("can still submit" in unready, "can still submit" in ready) == (False, True)
    assert "Submit the return" in ready
    response = client.post(page("return_submit"), {"declared": "on"})
    assert response.headers["Location"] == page("return_receipt")
    assert not line("HS2").marked
    assert IN_WORDS not in client.get(page("return_detail")).text


def test_marking_a_line_that_is_no_longer_open_shows_a_message(client, head, page, line, fill, submit):
    fill()
    submit(head)

    response = client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP)

    assert response.status_code == 409
    assert "Not marked: this line is no longer open" in response.text
    assert not line("AB1").marked


def test_unknown_line_and_missing_button_are_refused(client, head, page, termly_return):
    assert client.post(page("line_mark", "OUT1"), {"mark": "OUT1"}, **SWAP).status_code == 404
    assert client.post(page("return_save"), {"mark": "OUT1"}).status_code == 404
    assert client.post(page("line_mark", "AB1"), {}, **SWAP).status_code == 400
    assert client.get(page("line_mark", "AB1")).status_code == 302  # Leads to the page with the form.


# --- Who may


def test_contributor_marks_their_own_lines_and_sees_the_marks_on_other_lines(
    client, as_role, page, trust, school, in_scope, line, mark
):
    mark("HS2", by=UserFactory(name="Invented Headteacher"))
    contributor = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        assign_lines(
            trust_id=trust.pk, school=school, user=contributor, areas=[], codes=["AB1"], by=UserFactory(), at=AT
        )

    assert client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP).status_code == 200
    assert client.post(page("line_mark", "HS2"), {"unmark": "HS2"}, **SWAP).status_code == 403
    assert client.post(page("return_save"), {"unmark": "HS2"}).status_code == 403

    assert (line("AB1").marked, line("HS2").marked) == (True, True)
    html = client.get(page("return_detail")).text
    assert "1 of 1 lines left, 1 marked to come back to" in html
    assert f"<b>{IN_WORDS}</b> by Invented Headteacher" in html


@pytest.mark.parametrize(
    ("role", "answer"),
    [
        (Role.EXECUTIVE_DIRECTOR, 403),
        (Role.BUSINESS_MANAGER, 403),
        (Role.BOARD_MEMBER, 403),
        (Role.LOCAL_GOVERNOR, 403),
    ],
)
def test_nobody_but_the_school_marks_a_line(client, as_role, page, trust, school, line, role, answer):
    as_role(role, trust, school if role == Role.LOCAL_GOVERNOR else None)

    assert client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP).status_code == answer
    assert not line("AB1").marked


def test_headteacher_of_another_school_or_trust_cannot_find_the_line(client, as_role, page, trust, other_trust, line):
    for place in (trust, other_trust):
        as_role(Role.HEADTEACHER, place, SchoolFactory(trust=place))
        assert client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP).status_code == 404

    assert not line("AB1").marked


def test_the_trust_reads_an_open_return_without_the_schools_marks(client, as_role, page, trust, mark, head):
    mark("AB1")
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    assert IN_WORDS not in client.get(page("return_detail")).text


# --- Two people on one return


def test_colleagues_see_when_a_mark_is_set_and_when_it_ends(client, head, page, mark):
    since = client.get(page("return_detail")).text.split('data-since="')[1].split('"')[0]
    mark("AB1", by=UserFactory(name="Invented Colleague"), at=timezone.now())
    mark("HS2", by=head, at=timezone.now())  # One's own is known already.

    changes = client.get(page("return_changes"), {"since": since}).json()

    (change,) = changes["lines"]
    assert (change["code"], change["version"]) == ("AB1", 0)
    assert f"<b>{IN_WORDS}</b> by Invented Colleague" in as_read(change["html"])
    assert "3 of 3 lines left, 2 marked to come back to" in changes["progress"]

    mark("AB1", False, at=timezone.now())
    (ended,) = client.get(page("return_changes"), {"since": since}).json()["lines"]
    assert IN_WORDS not in ended["html"]


# --- What it costs


def counted(client, send):
    with CaptureQueriesContext(connection) as queries:
        assert send().status_code == 200
    return [query["sql"] for query in queries if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]]


def test_return_page_needs_no_extra_query_for_marks_of_other_people(client, head, page, mark):
    client.get(page("return_detail"))
    before = counted(client, lambda: client.get(page("return_detail")))
    for code in CODES:
        mark(code)

    assert len(counted(client, lambda: client.get(page("return_detail")))) == len(before) == 19


def test_marking_a_line_needs_few_queries(client, head, page, termly_return):
    reads = counted(client, lambda: client.post(page("line_mark", "AB1"), {"mark": "AB1"}, **SWAP))

    # session, user; memberships, school (the gate); term, return, lines, accepted figures, targets, national figures;
    # return and line again, locked; the line as it is now. No step, person, allowance or navigation.
    assert len(reads) == 13, "\n".join(reads)


def test_return_page_lists_its_marked_lines(trust, in_scope, termly_return, mark):
    mark("AB1")
    with in_scope(trust):
        found = return_page(termly_return.school, termly_return.term)
        assert [row.code for row in found.marked] == ["AB1"]
