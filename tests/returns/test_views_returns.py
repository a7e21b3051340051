from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kpis.catalogue import return_lines
from returns.actions.contributors import assign_lines
from returns.actions.corrections import open_correction
from returns.actions.moderation import accept_return, send_back_return
from returns.actions.returns import open_return, submit_return
from returns.models import Return, ReturnLine
from tests.factories import ObservationFactory, TargetFactory, TermFactory, UserFactory
from tests.returns.return_files import CODES
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
SWAP = {"HTTP_HX_REQUEST": "true"}
EXPLAINED = {"what": "Three a term", "why": "Ice in the yard", "what_next": "Grit by seven"}


def sent(client, page, code, **texts):
    """Return what the page's form sends for a line, with some fields changed."""
    html = client.get(page("return_detail")).text
    data = {}
    for name in ("version", "shown"):
        marked = html.split(f'name="{code}-{name}" value="')[1]
        data[f"{code}-{name}"] = marked.split('"')[0]
    return data | {f"{code}-{name}": text for name, text in texts.items()}


def fill(save, **but):
    """Answer every line. Some figures are off their default targets, with an explanation."""
    for code in CODES:
        save(code, **but.get(code, {"value": Decimal(100 if code == "SG1" else 3), **EXPLAINED}))


# --- The page


def test_detail_shows_figures_and_targets_next_to_each_line(client, head, page, termly_return, trust, school, in_scope):
    with in_scope(trust):
        ObservationFactory(
            school=school, indicator_id="AB1", indicator=None, season=3, school_year=2025, value=Decimal("8.9")
        )
        ObservationFactory(
            school=school, indicator_id="AB1", indicator=None, season=1, school_year=2025, value=Decimal("8.1")
        )
        TargetFactory(school=school, indicator_id="AB1", indicator=None, value=Decimal("7.5"))

    html = client.get(page("return_detail")).text

    assert "5 of 5 lines left" in html
    for words in ("8.9%", "summer 2025", "8.1%", "autumn 2024", "7.5%", "set by the Board, 14 October 2025"):
        assert words in html
    assert html.index("Safeguarding audit") < html.index("Reportable accidents") < html.index("Overall absence")
    assert "Sessions missed" in html
    assert "Due 12 December 2025" in html


def test_detail_needs_the_same_queries_for_five_lines_and_for_all(
    client, head, page, termly_return, trust, school, term, in_scope
):
    client.get(page("return_detail"))  # The session and what Django caches.
    with CaptureQueriesContext(connection) as of_five:
        client.get(page("return_detail"))
    with in_scope(trust):
        everything = open_return(
            school=school, term=term, indicator_codes=[indicator.code for indicator in return_lines(school.phase)]
        )
        ObservationFactory(school=school, indicator_id="AB1", indicator=None, school_year=2025)
        assert everything.lines.count() == len(return_lines(school.phase))
    with CaptureQueriesContext(connection) as of_all:
        client.get(page("return_detail"))

    assert len(of_all) == len(of_five)
    reads = [query["sql"] for query in of_all if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]]
    # session, user; memberships, school (the gate); term; return, lines, accepted figures, targets, imported
    # national figures, who fills them in, steps and those of lines, allowances, lines not asked for;
    # suggested figures, plans of last term, similar schools; the school's name for the navigation
    assert len(reads) == 19, "\n".join(reads)


def test_detail_is_read_only_for_the_trust(client, as_role, page, termly_return, trust, save):
    save("AB1", value=Decimal("6.1"))
    as_role(Role.BUSINESS_MANAGER, trust)

    html = client.get(page("return_detail")).text

    assert "<textarea" not in html
    assert "6.1%" in html
    assert "1 of 5 lines are done" in html


def test_detail_shows_why_it_was_sent_back(client, head, page, termly_return, trust, in_scope, save):
    fill(save)
    director = UserFactory(name="Invented Director")
    with in_scope(trust):
        submit_return(termly_return=termly_return, by=head, at=AT)
        send_back_return(termly_return=termly_return, reason="Absence looks wrong.", by=director, at=AT)

    html = client.get(page("return_detail")).text

    assert "Sent back by Invented Director on 20 November 2025 at 14:02" in html
    assert "Absence looks wrong." in html
    assert 'name="AB1-value"' in html


def test_correction_can_be_withdrawn_until_it_is_submitted(client, head, page, termly_return, trust, in_scope, save):
    fill(save)
    about = {"termly_return": termly_return, "at": AT}
    with in_scope(trust):
        submit_return(**about, by=head)
        accept_return(**about, by=UserFactory())
        open_correction(**about, codes=["AB1"], reason="A class was left out", by=head)
    withdraw = f'action="{page("correction_withdraw")}"'
    while_it_is_open = client.get(page("return_detail")).text
    with in_scope(trust):
        submit_return(**about, by=head)
    while_it_waits = client.get(page("return_detail")).text

    assert "A class was left out" in while_it_is_open
    assert "A class was left out" in while_it_waits
    assert withdraw in while_it_is_open
    assert withdraw not in while_it_waits


def test_a_return_that_nobody_started_can_be_started(client, head, page, trust, in_scope):
    assert "Nobody has started this return" in client.get(page("return_detail")).text

    response = client.post(page("return_open"))

    assert response.headers["Location"] == page("return_detail")
    with in_scope(trust):
        assert Return.objects.get().lines.count() == len(return_lines("secondary"))


def test_nobody_but_the_school_starts_a_return(client, as_role, page, trust):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    assert "Start the return" not in client.get(page("return_detail")).text
    assert client.post(page("return_open")).status_code == 403


def test_an_unknown_term_is_not_found(client, head, trust, school):
    assert client.get(reverse("returns:return_detail", args=[trust.pk, school.pk, 0])).status_code == 404


# --- Saving one line


def test_line_is_saved_automatically_and_answers_with_state_and_progress(client, head, page, termly_return, line):
    response = client.post(
        page("line_save", "AB1"), sent(client, page, "AB1", numerator="61", denominator="1,000"), **SWAP
    )

    assert response.status_code == 200
    assert 'data-line-state="saved"' in response.text
    assert "<b>6.1%</b> Saved" in response.text
    assert "4 of 5 lines left" in response.text
    assert 'name="AB1-version" value="1"' in response.text
    assert "<textarea" not in response.text, "a field that is being typed in is never replaced"
    assert (line("AB1").numerator, line("AB1").saved_by) == (61, head)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"value": "six"}, "“six” is not a number"),
        ({"value": "101"}, "101% is not possible here"),
        ({"numerator": "61"}, "Enter “Sessions possible” too"),
        ({"status": "to_follow"}, "say when it will follow"),
        ({"value": "6", "status": "to_follow", "comment": "soon"}, "not both"),
    ],
)
def test_text_that_is_no_figure_is_kept_after_a_reload_with_a_message(
    client, head, page, termly_return, line, save, typed, message
):
    save("AB1", value=Decimal("5.5"))

    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", **typed), **SWAP)

    assert response.status_code == 422
    assert message in response.text
    assert "Kept as you typed it, but not saved as a figure: the saved answer is still 5.5%" in response.text
    assert line("AB1").value == Decimal("5.5")
    again = client.get(page("return_detail")).text
    assert message in again
    assert "Error: " in again
    for text in typed.values():
        assert text in again
    assert "5 of 5 lines left" in again


def test_unusual_figure_is_saved_and_asks_for_a_comment(
    client, head, page, termly_return, line, trust, school, in_scope
):
    with in_scope(trust):
        ObservationFactory(school=school, indicator_id="AB1", indicator=None, season=1, school_year=2025, value=19)

    odd = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="4"), **SWAP)
    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="4", comment="no measles"), **SWAP)

    assert (odd.status_code, 'data-line-state="query"' in odd.text) == (200, True)
    assert "4.0% is a long way from the last figure, 19.0%" in odd.text
    assert 'data-line-state="saved"' in response.text
    assert (line("AB1").value, line("AB1").comment) == (4, "no measles")


def test_saved_line_can_be_cleared(client, head, page, termly_return, line, save):
    save("AB1", value=Decimal("5.5"))

    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value=""), **SWAP)

    assert 'data-line-state="empty"' in response.text
    assert "Cleared, saved " in response.text
    assert line("AB1").value is None


def test_comment_that_is_too_long_is_refused_with_a_message(client, head, page, termly_return, line):
    typed = sent(client, page, "AB1", value="6", comment="x" * 4001)

    response = client.post(page("line_save", "AB1"), typed, **SWAP)

    assert response.status_code == 422
    assert "Shorten the comment to 4,000 characters" in response.text
    assert "Not saved." in response.text
    assert line("AB1").version == 0


def test_a_reason_that_is_not_on_the_list_is_refused(client, head, page, termly_return, line):
    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", status="redacted"), **SWAP)

    assert response.status_code == 422
    assert line("AB1").version == 0


def test_a_line_that_was_sent_as_a_plain_form_is_answered_with_the_page(client, head, page, termly_return, line):
    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="6"))

    assert response.text.startswith("<!DOCTYPE html>")
    assert line("AB1").value == 6


def test_markup_that_was_typed_is_shown_as_text(client, head, page, termly_return):
    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="<script>x"), **SWAP)

    assert "&lt;script&gt;x" in response.text
    assert "<script>" not in response.text


def test_a_line_that_is_not_in_the_return_is_not_found(client, head, page, termly_return):
    assert client.post(page("line_save", "OUT1"), {}, **SWAP).status_code == 404


# --- Two people, or two tabs


@pytest.fixture
def conflict(client, head, page, termly_return, save):
    """Return the data of a line that somebody else saved as 8.8 before we send 7.7."""
    ours = sent(client, page, "AB1", value="7.7", comment="ours")
    save("AB1", by=UserFactory(name="Invented Colleague"), value=Decimal("8.8"), comment="theirs")
    return ours


def test_conflict_shows_both_texts_and_loses_neither(client, page, line, conflict):
    response = client.post(page("line_save", "AB1"), conflict, **SWAP)

    assert response.status_code == 409
    assert 'data-line-state="conflict"' in response.text
    for words in ("Invented Colleague saved <b>8.8%</b>", "14:02, 20 November", "<b>7.7</b>", "“theirs”"):
        assert words in response.text
    assert line("AB1").value == Decimal("8.8")


def test_another_save_during_a_conflict_overwrites_nothing(client, page, line, conflict):
    first = client.post(page("line_save", "AB1"), conflict, **SWAP)
    assert 'name="AB1-version" value="0"' in first.text

    again = client.post(page("line_save", "AB1"), conflict | {"AB1-value": "7.9"}, **SWAP)

    assert again.status_code == 409
    assert line("AB1").value == Decimal("8.8")


def test_use_mine_overwrites_the_other_text_that_was_shown(client, page, line, conflict):
    response = client.post(page("line_save", "AB1"), conflict | {"over": "AB1:1"}, **SWAP)

    assert response.status_code == 200
    assert (line("AB1").value, line("AB1").comment) == (Decimal("7.7"), "ours")


def test_use_mine_is_refused_if_the_other_person_has_saved_again(client, page, line, conflict, save):
    save("AB1", value=Decimal("9.9"))

    response = client.post(page("line_save", "AB1"), conflict | {"over": "AB1:1"}, **SWAP)

    assert response.status_code == 409
    assert line("AB1").value == Decimal("9.9")


def test_keep_theirs_shows_the_line_as_it_is_stored(client, page, line, conflict):
    response = client.post(page("line_save", "AB1"), conflict | {"keep": "AB1"}, **SWAP)

    assert response.status_code == 200
    assert 'id="line-AB1"' in response.text
    assert 'value="8.8"' in response.text
    assert line("AB1").value == Decimal("8.8")


def test_saving_the_same_text_as_another_person_is_no_conflict(client, page, line, conflict, head):
    response = client.post(page("line_save", "AB1"), conflict | {"AB1-value": "8.8", "AB1-comment": "theirs"}, **SWAP)

    assert response.status_code == 200
    assert line("AB1").version == 1


def test_without_javascript_a_conflict_keeps_what_was_typed_on_the_page(client, page, line, conflict):
    response = client.post(page("return_save"), conflict)

    assert response.status_code == 409
    assert 'value="7.7"' in response.text
    assert "Invented Colleague saved <b>8.8%</b>" in response.text
    assert 'name="over" value="AB1:1"' in response.text
    assert "Error: " in response.text
    client.post(page("return_save"), conflict | {"over": "AB1:1"})
    assert line("AB1").value == Decimal("7.7")


def test_unchanged_line_that_another_person_saved_is_no_conflict(client, head, page, termly_return, line, save):
    ours = sent(client, page, "AB1") | sent(client, page, "AB2", value="21")
    save("AB1", value=Decimal("8.8"))

    response = client.post(page("return_save"), ours)

    assert response.status_code == 302
    assert (line("AB1").value, line("AB2").value) == (Decimal("8.8"), 21)


# --- The whole form, without JavaScript


def test_form_saves_every_changed_line_and_shows_how_many(client, head, page, termly_return, line):
    typed = sent(client, page, "AB1", value="6") | sent(client, page, "HS2", value="1") | sent(client, page, "SG1")

    response = client.post(page("return_save"), typed, follow=True)

    assert "Saved at" in response.text
    assert "3 of 5 lines left" in response.text
    assert [line(code).version for code in ("AB1", "HS2", "SG1")] == [1, 1, 0]


def test_form_leads_to_the_submit_page(client, head, page, termly_return):
    response = client.post(page("return_save"), sent(client, page, "AB1", value="6") | {"check": "1"})

    assert response.headers["Location"] == page("return_submit")


def test_the_form_keeps_what_cannot_be_saved_on_the_page(client, head, page, termly_return, line):
    typed = sent(client, page, "AB1", value="6", comment="x" * 4001) | sent(client, page, "HS2", value="1")

    response = client.post(page("return_save"), typed)

    assert response.status_code == 422
    assert "x" * 4001 in response.text
    assert (line("AB1").version, line("HS2").value) == (0, 1)


def test_loading_the_address_of_a_save_again_leads_to_the_return(client, head, page, termly_return):
    assert client.get(page("return_save")).headers["Location"] == page("return_detail")


# --- Submitted meanwhile


@pytest.mark.parametrize("name", ["return_save", "line_save"])
def test_typing_into_a_return_that_was_submitted_is_not_lost(
    client, head, page, termly_return, save, trust, in_scope, name
):
    fill(save)
    typed = sent(client, page, "AB1", value="4.4", comment="a late thought")
    with in_scope(trust):
        submit_return(termly_return=termly_return, by=head, at=AT)

    swaps = name == "line_save"
    response = client.post(page(name, "AB1") if swaps else page(name), typed, **(SWAP if swaps else {}))

    assert response.status_code == 409
    assert head.name in response.text
    if swaps:
        assert "Not saved: this return was submitted" in response.text
    else:
        assert "Overall absence: 4.4. Comment: a late thought" in response.text
    with in_scope(trust):
        assert ReturnLine.objects.get(indicator_id="AB1").value == 3


# --- Checking and submitting


def test_submit_page_lists_unfinished_lines_with_links_to_their_fields(
    client, head, page, termly_return, save, trust, school, in_scope
):
    with in_scope(trust):
        ObservationFactory(school=school, indicator_id="AB2", indicator=None, school_year=2025, value=60)
    save("AB1", unread={"numerator": "six", "denominator": "100"})
    save("AB2", value=Decimal(3))

    html = client.get(page("return_submit")).text

    assert "5 of 5 lines are left" in html
    assert f'href="{page("return_detail")}#line-AB1-numerator"' in html
    assert f'href="{page("return_detail")}#line-HS2-value"' in html
    assert f'href="{page("return_detail")}#line-AB2-comment"' in html
    assert "Enter a figure, or choose why there is no figure" in html
    assert "Submit the return" not in html


def test_submitting_needs_the_declaration(client, head, page, termly_return, save, trust, in_scope):
    fill(save)
    assert "Submit the return" in client.get(page("return_submit")).text

    response = client.post(page("return_submit"), {})

    assert response.status_code == 422
    assert "Tick the box to say that you have checked the return" in response.text
    with in_scope(trust):
        assert Return.objects.get().state == Return.State.IN_PROGRESS


def test_submitting_leads_to_a_receipt_and_closes_the_return(client, head, page, termly_return, save, school):
    fill(save)

    response = client.post(page("return_submit"), {"declared": "on"}, follow=True)

    assert response.redirect_chain == [(page("return_receipt"), 302)]
    assert f"by {head.name}" in response.text
    assert "100%" in response.text
    again = client.get(page("return_detail")).text
    assert "The trust has not made a decision yet" in again
    assert 'name="AB1-value"' not in again
    assert client.get(page("return_submit")).headers["Location"] == page("return_receipt")


def test_submitting_an_unfinished_return_leads_back_to_the_submit_page(client, head, page, termly_return):
    response = client.post(page("return_submit"), {"declared": "on"}, follow=True)

    assert "5 of 5 lines are left" in response.text


def test_the_receipt_of_an_open_return_is_the_return(client, head, page, termly_return):
    assert client.get(page("return_receipt")).headers["Location"] == page("return_detail")


def test_a_contributor_fills_in_but_does_not_submit(
    client, as_role, page, termly_return, trust, school, line, in_scope
):
    contributor = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        assign_lines(
            trust_id=trust.pk, school=school, user=contributor, areas=[], codes=["AB1"], by=UserFactory(), at=AT
        )

    client.post(page("return_save"), sent(client, page, "AB1", value="6"))
    html = client.get(page("return_detail")).text

    assert line("AB1").value == 6
    assert "Check before submitting" not in html
    assert "The headteacher submits the return" in html
    assert client.get(page("return_submit")).status_code == 403


@pytest.mark.parametrize("name", ["return_save", "return_submit"])
def test_a_return_that_was_not_opened_is_not_found(client, head, page, name):
    assert client.post(page(name), {}).status_code == 404


# --- The list


@pytest.fixture
def listed(trust, school):
    return reverse("returns:return_list", args=[trust.pk, school.pk])


def test_list_shows_every_term_that_has_begun_with_its_result(
    client, head, listed, page, termly_return, save, trust, in_scope
):
    fill(save)
    with in_scope(trust):
        TermFactory(
            trust=trust, season=3, school_year=2025, starts_date=AT.replace(month=4), due_date=AT.replace(month=7)
        )
        submit_return(termly_return=termly_return, by=head, at=AT)
        accept_return(termly_return=termly_return, by=UserFactory(), at=AT)

    html = client.get(listed).text

    assert html.index("Autumn term 2025–26") < html.index("Summer term 2024–25")
    assert "Accepted" in html
    assert "On time" in html
    assert "Not entered" in html, "nobody is chased for such an old return"
    assert "days overdue" not in html


def test_the_list_filters_sorts_and_swaps(client, head, listed, termly_return, save):
    save("AB1", value=Decimal(6))

    assert "1 of 5 lines answered" in client.get(listed, {"state": "in_progress"}).text
    assert "No returns in this state" in client.get(listed, {"state": "accepted"}).text
    assert 'aria-sort="descending"' in client.get(listed, {"sort": "-due"}).text
    assert "<html" not in client.get(listed, **SWAP).text


def test_list_can_be_downloaded(client, head, listed, termly_return, school):
    response = client.get(listed, {"format": "csv"})

    assert response.headers["Content-Disposition"] == f'attachment; filename="returns-{school.pk}.csv"'
    headings, row = response.text.removeprefix("\ufeff").splitlines()
    assert headings.startswith("School,URN,Term,State")
    assert row.startswith(f"{school.name},{school.pk},Autumn term 2025–26,Not started,0,5,2025-12-12,,")


def test_empty_list_shows_the_reason(client, head, listed):
    assert "No returns yet" in client.get(listed).text


def test_saving_a_line_needs_few_queries(client, head, page, termly_return):
    data = sent(client, page, "AB1", value="6.1")
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(page("line_save", "AB1"), data, **SWAP)

    assert answer.status_code == 200
    assert "4 of 5 lines left" in answer.text
    reads = [
        query["sql"] for query in queries if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]
    ]
    # session, user; memberships, school (the gate); term, return, lines, accepted figures, targets, national figures;
    # return and line again, locked; the line as it was stored. No step, person, allowance or navigation.
    assert len(reads) == 13, "\n".join(reads)
