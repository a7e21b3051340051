"""Test that an off-target figure needs an explanation before the return is submitted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from kpis.catalogue import catalogue_by_code
from kpis.models import EarlierVersion, Observation
from returns.actions.corrections import open_correction, withdraw_correction
from returns.actions.moderation import accept_return
from returns.actions.returns import LineEntry, ReturnNotReady, open_return, save_line, submit_return
from returns.models import LineChange, ReturnLine
from returns.queries.line_history import line_events
from returns.queries.submitted_returns import submitted_differences, submitted_returns
from tests.factories import TargetFactory, TermFactory, UserFactory
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
SWAP = {"HTTP_HX_REQUEST": "true"}
SAID = {
    "what": "One pupil in ten is away",
    "why": "Term-time holidays",
    "what_next": "The office rings every family",
}
HELD_AGAINST = "8.8% against a target of 6.0% or less; "


@pytest.fixture
def termly_return(trust, school, in_scope):
    """A return of absence and a count of accidents, with a target for absence."""
    with in_scope(trust):
        TargetFactory(school=school, indicator_id="AB1", indicator=None, school_year=2026, value=6)
        return open_return(school=school, term=TermFactory(trust=trust), indicator_codes=["AB1", "HS2"])


@pytest.fixture
def page(trust, school, termly_return):
    return lambda name, *more: reverse(f"returns:{name}", args=[trust.pk, school.pk, termly_return.term_id, *more])


@pytest.fixture
def save(trust, in_scope, termly_return, head):
    def saved(code, **entry):
        with in_scope(trust):
            line = termly_return.lines.get(indicator_id=code)
            return save_line(line=line, entry=LineEntry(**entry), version=line.version, by=head, at=AT)

    return saved


@pytest.fixture
def off_target(save):
    """The return with both lines answered; absence is off its target and not explained."""
    save("HS2", value=Decimal(0))
    save("AB1", value=Decimal("8.8"))


@pytest.fixture
def submitted(trust, in_scope, termly_return, head, off_target, save):
    save("AB1", value=Decimal("8.8"), **SAID)
    with in_scope(trust):
        return submit_return(termly_return=termly_return, by=head, at=AT)


def sent(client, page, code, **texts):
    html = client.get(page("return_detail")).text
    marks = {name: html.split(f'name="{code}-{name}" value="')[1].split('"')[0] for name in ("version", "shown")}
    return {f"{code}-{name}": text for name, text in (marks | texts).items()}


def line_of(html, code):
    return html.split(f'id="line-{code}"')[1].split("</li>")[0]


def test_page_asks_for_an_explanation_as_soon_as_a_figure_is_off_target(client, head, page, termly_return):
    assert '<fieldset class="sl-line__red" data-line-red hidden>' in line_of(
        client.get(page("return_detail")).text, "AB1"
    )

    answer = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="8.8"), **SWAP)

    assert 'data-line-state="red" data-red' in answer.text
    assert HELD_AGAINST in answer.text
    assert "Say what this shows, why and what happens next" in answer.text
    shown = line_of(client.get(page("return_detail")).text, "AB1")
    assert '<fieldset class="sl-line__red" data-line-red>' in shown


def test_partial_explanation_is_saved_and_the_page_asks_for_the_missing_texts(
    client, head, page, termly_return, off_target, trust, in_scope
):
    part = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="8.8", what=SAID["what"]), **SWAP)
    whole = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="8.8", **SAID), **SWAP)

    assert ("red" in part.text, "Say why and what happens next" in part.text) == (True, True)
    assert 'data-line-state="saved"' in whole.text
    with in_scope(trust):
        line = ReturnLine.objects.get(indicator_id="AB1")
        assert {name: getattr(line, name) for name in SAID} == SAID


def test_submit_page_links_to_the_first_missing_text(
    client, head, page, termly_return, off_target, save, trust, in_scope
):
    save("AB1", value=Decimal("8.8"), what=SAID["what"])

    html = client.get(page("return_submit")).text

    assert "1 of 2 lines is left" in html
    assert f'href="{page("return_detail")}#line-AB1-why"' in html
    with in_scope(trust), pytest.raises(ReturnNotReady):
        submit_return(termly_return=termly_return, by=head, at=AT)


def test_explanation_stays_when_the_figure_is_corrected(client, head, page, termly_return, save):
    save("AB1", value=Decimal("8.8"), **SAID)

    answer = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="5.8", **SAID), **SWAP)

    assert 'data-line-state="saved" data-red' in answer.text
    assert SAID["why"] in line_of(client.get(page("return_detail")).text, "AB1")


def test_text_that_is_too_long_is_refused_with_a_message(client, head, page, termly_return, off_target):
    answer = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="8.8", why="x" * 1001), **SWAP)

    assert answer.status_code == 422
    assert "Shorten “why” to 1,000 characters" in answer.text


def test_moderation_page_and_receipt_show_the_explanation_and_rating(client, as_role, trust, page, submitted):
    receipt = client.get(page("return_receipt")).text
    as_role(Role.EXECUTIVE_DIRECTOR, trust)
    moderating = client.get(reverse("returns:moderate_return", args=[trust.pk, submitted.school_id, submitted.term_id]))

    for html in (receipt, moderating.text):
        assert "<b>What this shows:</b> One pupil in ten is away" in html
        assert "<b>What happens next:</b> The office rings every family" in html
    assert f"<b>Off target:</b> {HELD_AGAINST}" in moderating.text


def test_next_term_shows_the_earlier_plan_and_does_not_fill_it_in(
    client, head, page, submitted, trust, school, in_scope
):
    with in_scope(trust):
        later = TermFactory(
            trust=trust, season=2, starts_date=AT + timedelta(days=60), ends_date=AT + timedelta(days=150)
        )
        open_return(school=school, term=later, indicator_codes=["AB1"])
    html = client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, later.pk])).text

    assert "Planned in autumn 2025: “The office rings every family”" in html
    assert html.count("The office rings every family") == 1


def test_history_and_versions_show_the_explanation(trust, in_scope, submitted):
    with in_scope(trust):
        line = ReturnLine.objects.get(indicator_id="AB1")
        latest = line_events(line, catalogue_by_code()["AB1"])[0]
        (kept,) = submitted_returns(submitted)

    assert latest.reason.splitlines()[1] == "Why: Term-time holidays"
    submitted_line = next(line for line in kept.lines if line.code == "AB1")
    assert submitted_line.explanation.in_words == latest.reason


def test_database_refuses_to_change_a_submitted_explanation(trust, in_scope, submitted):
    with in_scope(trust):
        for name in SAID:
            with pytest.raises(IntegrityError, match="says what it said"), transaction.atomic():
                ReturnLine.objects.filter(indicator_id="AB1").update(**{name: "something else"})


def test_explanation_is_stored_with_every_version_of_the_figure(trust, in_scope, submitted, head):
    with in_scope(trust):
        accept_return(termly_return=submitted, by=UserFactory(), at=AT)
        open_correction(termly_return=submitted, codes=["AB1"], reason="Holidays were counted", by=head, at=AT)
        line = submitted.lines.get(indicator_id="AB1")
        again = LineEntry(value=line.value, **SAID | {"why": "Norovirus"})
        save_line(line=line, entry=again, version=line.version, by=head, at=AT)
        submit_return(termly_return=submitted, by=head, at=AT)
        accept_return(termly_return=submitted, by=UserFactory(), at=AT)

        now, before = Observation.objects.get(indicator_id="AB1"), EarlierVersion.objects.get()
        (changed,) = submitted_differences(*submitted_returns(submitted))

    assert (now.version, now.why, now.what_next) == (2, "Norovirus", SAID["what_next"])
    assert (before.why, before.what) == (SAID["why"], SAID["what"])
    assert (changed.before.why, changed.after.why) == (SAID["why"], "Norovirus"), "other words alone are a change"


def test_withdrawing_a_correction_restores_the_explanation(trust, in_scope, submitted, head):
    with in_scope(trust):
        accept_return(termly_return=submitted, by=UserFactory(), at=AT)
        open_correction(termly_return=submitted, codes=["AB1"], reason="Holidays were counted", by=head, at=AT)
        line = submitted.lines.get(indicator_id="AB1")
        save_line(line=line, entry=LineEntry(value=Decimal(5)), version=line.version, by=head, at=AT)
        withdraw_correction(termly_return=submitted, by=head, at=AT)

        line = submitted.lines.get(indicator_id="AB1")
        change = LineChange.objects.filter(line=line).latest("line_version")
    for stored in (line, change):
        assert {name: getattr(stored, name) for name in SAID} == SAID
        assert stored.value == Decimal("8.8")
