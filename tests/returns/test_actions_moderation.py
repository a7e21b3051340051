"""Test decisions on lines, and corrections of accepted returns."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from kpis.models import EarlierVersion, Observation, Recomputation
from returns.actions.corrections import NoLinesNamed, ReturnNotAccepted, open_correction, withdraw_correction
from returns.actions.moderation import (
    REPLACES,
    LineNotSubmitted,
    LineVerdict,
    NotTheirAreas,
    accept_return,
    decide_lines,
    send_back_return,
)
from returns.actions.returns import LineEntry, LineNotOpen, ReturnNotReady, open_return, save_line, submit_return
from returns.models import LineDecision, Return, ReturnDecision, ReturnLine
from returns.queries.return_reading import return_page
from tests.factories import ObservationFactory, TermFactory, UserFactory
from trusts.reasons import ReasonNeeded

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
LATER = AT + timedelta(days=3)
CODES = ["AB1", "STF3", "FIN1"]
BUSINESS = frozenset({"finance", "staffing"})
SIX, SEVEN = LineEntry(value=Decimal(6)), LineEntry(value=Decimal(7))


@pytest.fixture
def head(db):
    return UserFactory(name="Invented Headteacher")


@pytest.fixture
def director(db):
    return UserFactory(name="Invented Director")


@pytest.fixture
def termly_return(trust, school, head, in_scope):
    """A submitted return of three lines, each six: absence, turnover, spending on staff."""
    with in_scope(trust):
        made = open_return(school=school, term=TermFactory(trust=trust), indicator_codes=CODES)
        for line in made.lines.order_by("pk"):
            save_line(line=line, entry=SIX, version=0, by=head, at=AT)
        return submit_return(termly_return=made, by=head, at=AT)


@pytest.fixture
def inside(trust, termly_return, in_scope):
    with in_scope(trust, actor="user:1"):
        yield


@pytest.fixture
def decide(termly_return, director):
    """Decide on lines: decide(AB1="accept", STF3="Count twelve months")."""

    def made(areas=None, by=director, **verdicts_by_code):
        verdicts = [
            LineVerdict(code=code, accepted=how == "accept", reason="" if how == "accept" else how)
            for code, how in verdicts_by_code.items()
        ]
        return decide_lines(termly_return=termly_return, verdicts=verdicts, areas=areas, by=by, at=AT)

    return made


@pytest.fixture
def states(termly_return):
    def read():
        return dict(ReturnLine.objects.order_by("pk").values_list("indicator_id", "state")), Return.objects.get().state

    return read


@pytest.fixture
def save(termly_return, head):
    def saved(code, entry):
        line = termly_return.lines.get(indicator_id=code)
        return save_line(line=line, entry=entry, version=line.version, by=head, at=AT)

    return saved


# --- Line by line


def test_accepted_line_counts_at_once_and_the_others_stay_in_the_queue(inside, termly_return, decide, states, director):
    step = decide(AB1="accept")

    assert states() == ({"AB1": "accepted", "STF3": "submitted", "FIN1": "submitted"}, "submitted")
    assert step.step == ReturnDecision.Step.LINES_ACCEPTED
    assert Observation.objects.get().indicator_id == "AB1"
    assert Recomputation.objects.get().wanted == 1
    decided = LineDecision.objects.get()
    assert (decided.line.indicator_id, decided.step, decided.decided_by, decided.decided_at) == (
        "AB1", "accepted", director, AT,
    )  # fmt: skip


def test_the_return_is_accepted_with_its_last_line(inside, decide, states):
    decide(AB1="accept")
    step = decide(STF3="accept", FIN1="accept")

    assert states()[1] == "accepted"
    assert step.step == ReturnDecision.Step.ACCEPTED


def test_only_a_line_sent_back_is_open_to_the_school(inside, termly_return, decide, states, save):
    decide(AB1="accept", STF3="Count twelve months")

    assert states() == ({"AB1": "accepted", "STF3": "sent_back", "FIN1": "submitted"}, "sent_back")
    assert save("STF3", SEVEN).value == 7
    for code in ("AB1", "FIN1"):
        with pytest.raises(LineNotOpen):
            save(code, SEVEN)
    assert list(ReturnLine.objects.order_by("pk").values_list("value", flat=True)) == [6, 7, 6]


def test_reasons_are_stored_with_the_return_and_with_each_line(inside, termly_return, decide):
    step = decide(STF3=" Count twelve months ", FIN1="Which year?")

    lines = step.reason.splitlines()
    assert lines[0].endswith(": Count twelve months")
    assert lines[1].endswith(": Which year?")
    page = return_page(termly_return.school, termly_return.term)
    assert page.row("STF3").sent_back.reason == "Count twelve months"
    assert page.row("AB1").sent_back is None


def test_line_sent_back_must_be_answered_before_it_is_submitted(inside, termly_return, decide, save, head, states):
    decide(STF3="Count twelve months")

    with pytest.raises(ReturnNotReady) as refused:
        submit_return(termly_return=termly_return, by=head, at=AT)
    assert [row.code for row in refused.value.unfinished] == ["STF3"]

    save("STF3", LineEntry(value=Decimal(6), comment="It is twelve months"))
    submit_return(termly_return=termly_return, by=head, at=AT)
    assert states() == ({"AB1": "submitted", "STF3": "submitted", "FIN1": "submitted"}, "submitted")


def test_lines_in_the_queue_can_be_decided_while_others_are_with_the_school(inside, termly_return, decide, states):
    decide(STF3="Count twelve months")
    decide(AB1="accept", FIN1="accept")

    assert states() == ({"AB1": "accepted", "STF3": "sent_back", "FIN1": "accepted"}, "sent_back")


@pytest.mark.parametrize("verdict", [{"STF3": "  "}, {"AB1": "accept", "STF3": ""}])
def test_sending_a_line_back_needs_a_reason(inside, decide, states, verdict):
    with pytest.raises(ReasonNeeded):
        decide(**verdict)

    assert set(states()[0].values()) == {"submitted"}
    assert not LineDecision.objects.exists()


def test_accepted_line_cannot_be_decided_again(inside, decide):
    decide(AB1="accept")

    with pytest.raises(LineNotSubmitted):
        decide(AB1="Too late")
    with pytest.raises(LineNotSubmitted):
        decide()


def test_person_cannot_decide_on_lines_in_other_areas(inside, termly_return, decide, states, director):
    with pytest.raises(NotTheirAreas):
        decide(areas=BUSINESS, AB1="accept", FIN1="accept")
    assert set(states()[0].values()) == {"submitted"}

    decide(areas=BUSINESS, FIN1="accept", STF3="Count twelve months")
    assert states()[0] == {"AB1": "submitted", "STF3": "sent_back", "FIN1": "accepted"}


def test_accepting_the_rest_is_limited_to_the_persons_areas(inside, termly_return, states, director):
    accept_return(termly_return=termly_return, by=director, at=AT, areas=BUSINESS)
    assert states() == ({"AB1": "submitted", "STF3": "accepted", "FIN1": "accepted"}, "submitted")
    with pytest.raises(LineNotSubmitted):
        accept_return(termly_return=termly_return, by=director, at=AT, areas=BUSINESS)

    accept_return(termly_return=termly_return, by=director, at=AT)
    assert states()[1] == "accepted"


def test_sending_a_return_back_leaves_accepted_lines_accepted(inside, termly_return, decide, states, director, head):
    decide(AB1="accept")

    send_back_return(termly_return=termly_return, reason="Wrong term", by=director, at=AT)

    assert states() == ({"AB1": "accepted", "STF3": "open", "FIN1": "open"}, "sent_back")
    submit_return(termly_return=termly_return, by=head, at=AT)
    assert states()[1] == "submitted", "one reason for all needs no answer line by line"


def test_no_line_is_added_to_a_submitted_return(inside, termly_return, school):
    again = open_return(school=school, term=termly_return.term, indicator_codes=[*CODES, "AB2"])

    assert again.lines.count() == 3


# --- Corrections


@pytest.fixture
def accepted(inside, termly_return, director):
    return accept_return(termly_return=termly_return, by=director, at=AT)


def correct(termly_return, head, director, entry=SEVEN, code="AB1", reason="A class was left out"):
    open_correction(termly_return=termly_return, codes=[code], reason=reason, by=head, at=LATER)
    line = termly_return.lines.get(indicator_id=code)
    save_line(line=line, entry=entry, version=line.version, by=head, at=LATER)
    submit_return(termly_return=termly_return, by=head, at=LATER)
    accept_return(termly_return=termly_return, by=director, at=LATER)


def test_correction_makes_a_new_version_and_keeps_the_earlier_version(accepted, head, director):
    correct(accepted, head, director)

    now = Observation.objects.get(indicator_id="AB1")
    assert (now.version, now.value, now.reason, now.accepted_at) == (2, 7, "A class was left out", LATER)
    before = EarlierVersion.objects.get()
    assert (before.observation, before.version, before.value, before.accepted_by, before.accepted_at) == (
        now, 1, 6, director, AT,
    )  # fmt: skip
    assert set(Observation.objects.exclude(pk=now.pk).values_list("version", flat=True)) == {1}
    assert Recomputation.objects.get().wanted == 2
    assert Return.objects.get().state == "accepted"


def test_accepted_figure_counts_until_the_correction_is_accepted(accepted, head, save, states):
    open_correction(termly_return=accepted, codes=["AB1"], reason="A class was left out", by=head, at=LATER)
    save("AB1", SEVEN)

    assert states() == ({"AB1": "open", "STF3": "accepted", "FIN1": "accepted"}, "correcting")
    assert Observation.objects.get(indicator_id="AB1").value == 6
    submit_return(termly_return=accepted, by=head, at=LATER)
    assert Observation.objects.get(indicator_id="AB1").value == 6
    with pytest.raises(LineNotOpen):
        save("STF3", SEVEN)


def test_correction_without_changes_makes_no_version(accepted, head, director):
    correct(accepted, head, director, entry=SIX)

    assert set(Observation.objects.values_list("version", flat=True)) == {1}
    assert not EarlierVersion.objects.exists()


@pytest.mark.parametrize(("codes", "reason", "refusal"), [(["AB1"], " ", ReasonNeeded), ([], "Because", NoLinesNamed)])
def test_a_correction_needs_a_reason_and_lines(accepted, head, codes, reason, refusal):
    with pytest.raises(refusal):
        open_correction(termly_return=accepted, codes=codes, reason=reason, by=head, at=LATER)

    assert Return.objects.get().state == "accepted"


def test_only_an_accepted_return_can_be_corrected(inside, termly_return, head):
    with pytest.raises(ReturnNotAccepted):
        open_correction(termly_return=termly_return, codes=["AB1"], reason="Because", by=head, at=LATER)


def test_withdrawing_a_correction_restores_the_accepted_figures(accepted, head, save, states):
    open_correction(termly_return=accepted, codes=["AB1"], reason="A class was left out", by=head, at=LATER)
    save("AB1", SEVEN)

    withdraw_correction(termly_return=accepted, by=head, at=LATER)

    assert states() == ({"AB1": "accepted", "STF3": "accepted", "FIN1": "accepted"}, "accepted")
    assert ReturnLine.objects.get(indicator_id="AB1").value == 6
    assert Observation.objects.get(indicator_id="AB1").version == 1
    with pytest.raises(LineNotOpen):
        withdraw_correction(termly_return=accepted, by=head, at=LATER)


def test_a_return_that_was_never_accepted_has_no_correction_to_withdraw(inside, termly_return, decide, head):
    decide(STF3="Count twelve months")

    with pytest.raises(LineNotOpen):
        withdraw_correction(termly_return=termly_return, by=head, at=LATER)


def test_a_line_without_a_value_is_accepted_without_its_parts(inside, termly_return, decide, director):
    decide(AB1="Which pupils are these?")
    parts = {"numerator": Decimal(60), "denominator": Decimal(1000)}  # No page submits them without their value.
    termly_return.lines.filter(indicator_id="AB1").update(
        value=None, missing_reason="not_collected", state="submitted", **parts
    )
    accept_return(termly_return=termly_return, by=director, at=LATER)

    kept = Observation.objects.get(indicator_id="AB1")
    assert (kept.value, kept.status) == (None, "not_collected")
    assert (kept.numerator, kept.denominator) == (None, None)


def test_accepted_line_makes_a_new_version_of_an_imported_figure(inside, termly_return, school, director):
    ObservationFactory(school=school, indicator_id="AB1", indicator=None, value=5, source="import")

    accept_return(termly_return=termly_return, by=director, at=AT)

    now = Observation.objects.get(indicator_id="AB1")
    assert (now.version, now.value, now.source, now.reason) == (2, 6, "return", REPLACES)


# --- What the database itself refuses


@pytest.mark.parametrize("change", [{"value": 9}, {"comment": "quietly"}, {"version": 3, "reason": "a leap"}])
def test_the_database_refuses_to_change_an_accepted_figure_without_the_next_version(accepted, change):
    with pytest.raises(IntegrityError, match="only as a new version"), transaction.atomic():
        Observation.objects.filter(indicator_id="AB1").update(**change)


def test_the_database_refuses_a_new_version_without_a_reason(accepted):
    with pytest.raises(IntegrityError, match="new_version_has_a_reason"), transaction.atomic():
        Observation.objects.filter(indicator_id="AB1").update(value=9, version=2)


def test_the_database_refuses_to_delete_or_move_an_accepted_figure(accepted):
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        Observation.objects.filter(indicator_id="AB1").delete()
    with pytest.raises(IntegrityError, match="stays where it is"), transaction.atomic():
        Observation.objects.filter(indicator_id="AB1").update(school_year=2020, version=2, reason="moved")


def test_database_refuses_to_change_a_submitted_or_accepted_line(accepted):
    with pytest.raises(IntegrityError, match="says what it said"), transaction.atomic():
        ReturnLine.objects.filter(indicator_id="AB1").update(value=9)


@pytest.mark.parametrize("table", [LineDecision, ReturnDecision])
def test_decisions_cannot_be_changed(accepted, table):
    assert table.objects.exists()
    assert table.objects.update(reason="another") == 0
