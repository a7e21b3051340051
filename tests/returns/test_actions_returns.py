from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kpis.actions.recomputation import want_recomputation
from kpis.models import Observation, Recomputation
from returns.actions.moderation import LineNotSubmitted, accept_return, send_back_return
from returns.actions.returns import (
    LineEntry,
    LineNotOpen,
    LineSavedByAnother,
    LineToSave,
    ReturnNotReady,
    open_return,
    save_line,
    save_lines,
    submit_return,
)
from returns.models import Return, ReturnDecision, ReturnLine
from tests.factories import IndicatorFactory, ReturnFactory, ReturnLineFactory, TermFactory, UserFactory
from trusts.models import AuditEntry
from trusts.reasons import ReasonNeeded

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
SIX = LineEntry(value=Decimal(6))


@pytest.fixture
def head(trust):
    return UserFactory(name="Invented Headteacher")


@pytest.fixture
def director(trust):
    return UserFactory(name="Invented Director")


@pytest.fixture
def line(trust, school, in_scope):
    """An empty line of a return that nobody has started: overall absence."""
    with in_scope(trust):
        return ReturnLineFactory(termly_return=ReturnFactory(school=school, term=TermFactory(trust=trust)))


@pytest.fixture
def inside(trust, in_scope):
    with in_scope(trust, actor="user:1"):
        yield


def submitted(line, head):
    save_line(line=line, entry=SIX, version=0, by=head, at=AT)
    return submit_return(termly_return=line.termly_return, by=head, at=AT)


# --- Opening


def test_opening_again_adds_only_missing_lines(inside, trust, school):
    term = TermFactory(trust=trust)
    for code in ("AB1", "AB2"):
        IndicatorFactory(code=code)

    first = open_return(school=school, term=term, indicator_codes=["AB1"])
    again = open_return(school=school, term=term, indicator_codes=["AB1", "AB2"])

    assert first == again
    assert again.state == Return.State.NOT_STARTED
    assert sorted(again.lines.values_list("indicator_id", flat=True)) == ["AB1", "AB2"]


# --- Saving


def test_saving_stores_what_was_typed_who_and_when(inside, line, head):
    entry = LineEntry(value=Decimal("6.1"), numerator=Decimal(61), denominator=Decimal(1000), comment="as expected")

    saved = save_line(line=line, entry=entry, version=0, by=head, at=AT)

    assert (saved.value, saved.numerator, saved.denominator, saved.comment) == (Decimal("6.1"), 61, 1000, "as expected")
    assert (saved.version, saved.saved_by, saved.saved_at) == (1, head, AT)
    assert Return.objects.get().state == Return.State.IN_PROGRESS
    assert AuditEntry.objects.filter(table="returns_returnline", operation="UPDATE", actor="user:1").exists()


def test_reason_replaces_the_figure(inside, line, head):
    save_line(line=line, entry=SIX, version=0, by=head, at=AT)

    saved = save_line(
        line=line, entry=LineEntry(missing_reason="to_follow", comment="Friday"), version=1, by=head, at=AT
    )

    assert (saved.value, saved.missing_reason) == (None, "to_follow")


def test_unreadable_text_is_kept_and_the_figure_does_not_change(inside, line, head):
    save_line(line=line, entry=SIX, version=0, by=head, at=AT)

    kept = save_line(line=line, entry=LineEntry(unread={"value": "six"}, comment="hm"), version=1, by=head, at=AT)
    assert (kept.value, kept.unread, kept.comment, kept.is_answered) == (6, {"value": "six"}, "hm", False)

    right = save_line(line=line, entry=LineEntry(value=Decimal(7)), version=2, by=head, at=AT)
    assert (right.value, right.unread, right.is_answered) == (7, {}, True)


def test_save_over_another_persons_save_is_refused_and_shows_it(inside, line, head, director):
    save_line(line=line, entry=SIX, version=0, by=director, at=AT)

    with pytest.raises(LineSavedByAnother) as refused:
        save_line(line=line, entry=LineEntry(value=Decimal(7)), version=0, by=head, at=AT)

    assert (refused.value.line.value, refused.value.line.saved_by) == (6, director)
    assert ReturnLine.objects.get().value == 6


@pytest.mark.parametrize(
    "entry",
    [
        LineEntry(value=Decimal("6.1000"), numerator=Decimal(61), denominator=Decimal(1000), comment="as expected"),
        LineEntry(missing_reason="to_follow", follows_on=date(2026, 1, 31)),
        LineEntry(unread={"value": "six"}, comment="hm"),
    ],
)
def test_same_save_sent_twice_is_not_a_conflict(inside, line, head, entry):
    change = LineToSave(line=line, entry=entry, version=0)
    assert save_lines(termly_return_id=line.termly_return_id, changes=[change], by=head, at=AT) == []

    assert save_lines(termly_return_id=line.termly_return_id, changes=[change], by=head, at=AT) == []
    assert ReturnLine.objects.get().version == line.changes.count() == 1

    other = LineToSave(line=line, entry=replace(entry, comment="another"), version=0)
    assert save_lines(termly_return_id=line.termly_return_id, changes=[other], by=head, at=AT) == [line]


def test_saving_many_lines_refuses_only_lines_that_others_have_saved_since(inside, line, head):
    other = ReturnLineFactory(termly_return=line.termly_return, indicator=IndicatorFactory(code="AB2"))
    save_line(line=other, entry=SIX, version=0, by=head, at=AT)
    changes = [LineToSave(line=stored, entry=LineEntry(value=Decimal(9)), version=0) for stored in (line, other)]

    refused = save_lines(termly_return_id=line.termly_return_id, changes=changes, by=head, at=AT)

    assert refused == [other]
    assert [stored.value for stored in ReturnLine.objects.order_by("pk")] == [9, 6]


def test_a_refused_save_does_not_start_the_return(inside, line, head):
    change = LineToSave(line=line, entry=SIX, version=5)

    assert save_lines(termly_return_id=line.termly_return_id, changes=[change], by=head, at=AT) == [line]
    assert Return.objects.get().state == Return.State.NOT_STARTED


def test_submitted_return_cannot_be_saved(inside, line, head):
    submitted(line, head)

    with pytest.raises(LineNotOpen):
        save_line(line=line, entry=LineEntry(value=Decimal(7)), version=1, by=head, at=AT)

    assert ReturnLine.objects.get().value == 6


# --- Submitting


def test_submitting_records_who_and_when_as_a_step(inside, line, head):
    termly_return = submitted(line, head)

    assert (termly_return.state, termly_return.submitted_by, termly_return.submitted_at) == (
        Return.State.SUBMITTED,
        head,
        AT,
    )
    step = ReturnDecision.objects.get()
    assert (step.step, step.decided_by, step.decided_at) == ("submitted", head, AT)


@pytest.mark.parametrize(
    "entry",
    [LineEntry(), LineEntry(unread={"value": "six"}), LineEntry(missing_reason="to_follow")],
    ids=["empty", "unreadable", "no reason given"],
)
def test_a_return_with_an_unfinished_line_is_not_submitted(inside, line, head, entry):
    save_line(line=line, entry=entry, version=0, by=head, at=AT)

    with pytest.raises(ReturnNotReady) as refused:
        submit_return(termly_return=line.termly_return, by=head, at=AT)

    assert [row.code for row in refused.value.unfinished] == ["AB1"]
    assert Return.objects.get().state == Return.State.IN_PROGRESS


def test_a_return_without_lines_is_not_submitted(inside, trust, school, head):
    empty = ReturnFactory(school=school, term=TermFactory(trust=trust))

    with pytest.raises(ReturnNotReady):
        submit_return(termly_return=empty, by=head, at=AT)


def test_return_can_be_submitted_only_once(inside, line, head):
    submitted(line, head)

    with pytest.raises(LineNotOpen):
        submit_return(termly_return=line.termly_return, by=head, at=AT)

    assert ReturnDecision.objects.count() == 1


# --- Sending back


def test_sending_back_opens_the_return_again_with_the_reason(inside, line, head, director):
    termly_return = submitted(line, head)

    back = send_back_return(termly_return=termly_return, reason=" Check absence. ", by=director, at=AT)

    assert back.state == Return.State.SENT_BACK
    assert back.is_open
    assert ReturnDecision.objects.get(step="sent_back").reason == "Check absence."
    assert save_line(line=line, entry=LineEntry(value=Decimal(7)), version=1, by=head, at=AT).value == 7
    assert Return.objects.get().state == Return.State.SENT_BACK
    assert submit_return(termly_return=termly_return, by=head, at=AT).state == Return.State.SUBMITTED


def test_sending_back_needs_a_reason(inside, line, head, director):
    termly_return = submitted(line, head)

    with pytest.raises(ReasonNeeded):
        send_back_return(termly_return=termly_return, reason="  ", by=director, at=AT)

    assert Return.objects.get().state == Return.State.SUBMITTED


@pytest.mark.parametrize("decide", [accept_return, send_back_return])
def test_only_a_submitted_return_can_be_decided(inside, line, director, decide):
    reason = {"reason": "Because."} if decide is send_back_return else {}

    with pytest.raises(LineNotSubmitted):
        decide(termly_return=line.termly_return, by=director, at=AT, **reason)


# --- Accepting


def test_accepting_stores_observations_and_requests_a_recomputation(inside, line, head, director):
    missing = ReturnLineFactory(termly_return=line.termly_return, indicator=IndicatorFactory(code="AB2"))
    entry = LineEntry(value=Decimal("6.1"), numerator=Decimal(61), denominator=Decimal(1000), comment="fine")
    save_line(line=line, entry=entry, version=0, by=head, at=AT)
    save_line(line=missing, entry=LineEntry(missing_reason="to_follow", comment="Friday"), version=0, by=head, at=AT)

    termly_return = accept_return(
        termly_return=submit_return(termly_return=line.termly_return, by=head, at=AT), by=director, at=AT
    )

    figure, gap = Observation.objects.order_by("indicator_id")
    assert termly_return.state == Return.State.ACCEPTED
    assert (figure.value, figure.numerator, figure.denominator, figure.status) == (Decimal("6.1"), 61, 1000, "value")
    assert (figure.school_year, figure.season, figure.source, figure.comment) == (2026, 1, "return", "fine")
    assert (figure.accepted_by, figure.accepted_at) == (director, AT)
    assert (gap.value, gap.status, gap.comment) == (None, "to_follow", "Friday")
    note = Recomputation.objects.get()
    assert (note.wanted, note.done, note.wanted_at) == (1, 0, AT)
    assert list(Recomputation.objects.stale()) == [note]


def test_empty_line_is_stored_as_not_collected(inside, line, head, director):
    # No page submits such a return; rows written before a rule existed must not stop an accept.
    termly_return = line.termly_return
    termly_return.state, termly_return.submitted_at = Return.State.SUBMITTED, AT
    termly_return.save()
    termly_return.lines.update(state=ReturnLine.State.SUBMITTED)

    accept_return(termly_return=termly_return, by=director, at=AT)

    assert Observation.objects.get().status == "not_collected"


def test_return_can_be_accepted_only_once(inside, line, head, director):
    termly_return = submitted(line, head)
    accept_return(termly_return=termly_return, by=director, at=AT)

    with pytest.raises(LineNotSubmitted):
        accept_return(termly_return=termly_return, by=director, at=AT)

    assert Recomputation.objects.get().wanted == 1


def test_every_change_asks_for_one_more_recomputation(inside, trust, school):
    for _ in range(3):
        want_recomputation(school=school, trust_id=trust.pk, at=AT)

    assert Recomputation.objects.get().wanted == 3
