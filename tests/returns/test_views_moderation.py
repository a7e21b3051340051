from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from kombu import pools

from kpis.models import Observation, Recomputation
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from returns.models import Return, ReturnDecision
from returns.tasks import send_decision
from tests.factories import ObservationFactory, SchoolFactory, TermFactory, UserFactory
from trajectories.tasks import recompute_school
from trusts.models import Role

BACK = {"verdict": "back", "reason": "Count again"}
AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)


@pytest.fixture
def term(trust, in_scope):
    with in_scope(trust):
        return TermFactory(trust=trust)


@pytest.fixture
def director(as_role, trust):
    return as_role(Role.EXECUTIVE_DIRECTOR, trust)


@pytest.fixture
def submitted(trust, in_scope, term):
    """Make a school's submitted return with one line."""

    def make(school, *, at=AT, submit=True, comment="as expected"):
        head = UserFactory(name="Invented Headteacher")
        with in_scope(trust):
            termly_return = open_return(school=school, term=term, indicator_codes=["AB1"])
            entry = LineEntry(value=Decimal("6.1"), numerator=61, denominator=1000, comment=comment)
            save_line(line=termly_return.lines.get(), entry=entry, version=0, by=head, at=at)
            return submit_return(termly_return=termly_return, by=head, at=at) if submit else termly_return

    return make


@pytest.fixture
def address(trust, term):
    def url(name, school):
        return reverse(f"returns:{name}", args=[trust.pk, school.pk, term.pk])

    return url


@pytest.fixture
def grid(trust):
    return reverse("returns:returns_grid", args=[trust.pk])


@pytest.fixture
def broker_away(monkeypatch):
    """No broker receives the messages."""
    app = recompute_school.app
    monkeypatch.setattr(app.amqp, "_producer_pool", pools.producers[app.connection_for_write("redis://127.0.0.1:1/0")])


# --- The grid


def test_grid_shows_who_has_submitted(client, director, grid, trust, term, school, submitted):
    quiet = SchoolFactory(trust=trust, name="Invented Quiet School")
    submitted(school)
    submitted(busy := SchoolFactory(trust=trust, name="Invented Busy School"), submit=False)

    html = client.get(grid).text

    rows = {name: html.split(name, 1)[1].split("</tr>")[0] for name in (school.name, quiet.name, busy.name)}
    assert "Submitted" in rows[school.name]
    assert "On time" in rows[school.name]
    assert "Not started" in rows[quiet.name]
    assert "Not entered" in rows[quiet.name], "nobody is chased for such an old return"
    assert "1 of 1 lines answered" in rows[busy.name]
    assert "Autumn term 2025–26: 3 of 3 schools" in html


def test_grid_needs_no_more_queries_for_more_schools(client, director, grid, trust, school, submitted):
    submitted(school)
    client.get(grid)
    with CaptureQueriesContext(connection) as of_one:
        client.get(grid)
    for _ in range(4):
        submitted(SchoolFactory(trust=trust))
    with CaptureQueriesContext(connection) as of_five:
        client.get(grid)

    assert len(of_five) == len(of_one)
    reads = [row["sql"] for row in of_five if row["sql"].startswith("SELECT") and "set_config" not in row["sql"]]
    # session, user; memberships; terms, schools, returns, recomputations, allowances
    assert len(reads) == 8, "\n".join(reads)


def test_grid_filters_sorts_and_shows_earlier_terms(client, director, grid, trust, school, submitted, in_scope, term):
    submitted(school)
    with in_scope(trust):
        TermFactory(trust=trust, season=2, starts_date=date(2026, 1, 5), ends_date=date(2026, 3, 27))
        TermFactory(trust=trust, season=3, starts_date=timezone.localdate() + timedelta(9), ends_date=date(2099, 7, 1))

    assert "Spring term 2025–26: 1 of 1 school" in client.get(grid).text, "the newest term that has started"
    assert "Summer term" not in client.get(grid).text
    earlier = client.get(grid, {"term": term.pk, "state": "submitted", "sort": "-submitted"}).text
    assert "Autumn term 2025–26: 1 of 1 school" in earlier
    assert "No returns in this state" in client.get(grid, {"term": term.pk, "state": "accepted"}).text
    assert "<html" not in client.get(grid, HTTP_HX_REQUEST="true").text


def test_lateness_counts_from_the_first_submission(client, director, grid, school, submitted):
    submitted(school, at=datetime(2025, 12, 15, 9, 0, tzinfo=UTC))

    assert "3 days late" in client.get(grid).text


def test_grid_can_be_downloaded(client, director, grid, school, submitted):
    submitted(school)

    response = client.get(grid, {"format": "csv"})

    assert "Submitted,1,1,2025-12-12,2025-11-20 14:02,On time" in response.text


def test_grid_says_that_the_trust_has_no_terms(client, director, grid):
    assert "No terms yet" in client.get(grid).text


def test_grid_links_people_who_cannot_moderate_to_the_return(client, as_role, grid, trust, school, term, submitted):
    submitted(school)
    as_role(Role.TEACHING_CONSULTANT, trust)

    html = client.get(grid).text

    assert reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk]) in html
    assert "moderate/" not in html


# --- One return


def test_moderation_shows_lines_comments_and_who_saved_them(client, director, address, school, submitted):
    submitted(school)

    html = client.get(address("moderate_return", school)).text

    for words in (
        "6.1%",
        "61 of 1,000",
        "as expected",
        "Invented Headteacher, 20 November, 14:02",
        "Accept return",
    ):
        assert words in html


def test_moderation_lists_unusual_lines_and_missing_figures_first(
    client, director, address, school, trust, term, in_scope
):
    with in_scope(trust):
        ObservationFactory(school=school, indicator_id="AB1", indicator=None, school_year=2025, value=6)
        termly_return = open_return(school=school, term=term, indicator_codes=["AB1", "AB2", "HS2"])
        entries = {
            "AB1": LineEntry(
                value=Decimal(19),
                what="Three classes stayed away",
                why="an outbreak of measles",
                what_next="Catching up",
            ),
            "AB2": LineEntry(missing_reason="to_follow", comment="on Friday"),
            "HS2": LineEntry(value=Decimal(0)),
        }
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=entries[line.indicator_id], version=0, by=director, at=AT)
        submit_return(termly_return=termly_return, by=director, at=AT)

    html = client.get(address("moderate_return", school)).text

    unusual, rest = html.split("Unusual, with a comment")[1].split("<table")[0].split("Off target")
    off, without = rest.split("Without a figure")
    for named in (unusual, off):
        assert ("Overall absence" in named, "Persistent absence" in named, "Reportable" in named) == (
            True,
            False,
            False,
        )
    assert "Persistent absence</a> (to follow)" in without
    assert "19.0% is a long way from the last figure, 6.0%" in html
    for words in ("What this shows:</b> Three classes", "Why:</b> an outbreak", "What happens next:</b> Catching up"):
        assert words in html


def test_return_that_is_not_submitted_cannot_be_decided(client, director, address, school, submitted):
    submitted(school, submit=False)

    html = client.get(address("moderate_return", school)).text

    assert "Not submitted yet: 1 of 1 lines are done" in html
    assert "Accept return" not in html


def test_return_that_is_not_started_is_not_found(client, director, address, school):
    assert client.get(address("moderate_return", school)).status_code == 404


# --- Accepting


def test_accepting_starts_a_recomputation_after_the_commit(
    client, director, address, grid, school, trust, term, submitted, in_scope, django_capture_on_commit_callbacks,
    monkeypatch,
):  # fmt: skip
    submitted(school)

    with django_capture_on_commit_callbacks() as callbacks:
        response = client.post(address("return_accept", school), follow=True)

    assert response.redirect_chain == [(f"{grid}?term={term.pk}", 302)]
    assert f"You accepted the return from {school.name}" in response.text
    assert "Results are being updated" in response.text
    sent = []
    monkeypatch.setattr(recompute_school, "delay", lambda **ids: sent.append(ids))
    callbacks[0]()
    assert sent == [{"trust_id": trust.pk, "school_id": school.pk}]
    with in_scope(trust):
        assert Observation.objects.get().accepted_by == director
        assert ReturnDecision.objects.get(step="accepted").decided_by == director


def test_accepting_while_the_broker_is_down_only_delays_results(
    client,
    director,
    address,
    school,
    trust,
    submitted,
    in_scope,
    broker_away,
    django_capture_on_commit_callbacks,
    caplog,
):
    submitted(school)

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("return_accept", school))

    assert response.status_code == 302
    assert "Error calling" in caplog.text, "the message was sent and did not arrive"
    with in_scope(trust):
        assert Return.objects.get().state == Return.State.ACCEPTED
        assert Recomputation.objects.stale().get().school_id == school.pk, "the sweep finds it"


def test_page_says_that_results_are_being_updated_until_they_are(
    client, director, address, grid, school, trust, submitted, in_scope
):
    submitted(school)
    client.post(address("return_accept", school))
    waiting = client.get(grid).text
    with in_scope(trust):
        Recomputation.objects.update(done=F("wanted"))

    done = client.get(grid).text

    assert "Results are being updated" in waiting
    assert 'hx-trigger="load delay:2s"' in waiting
    assert "being updated" not in done.split("<table")[1]
    assert "hx-trigger" not in done.split('id="returns"')[1]


def test_accepting_twice_changes_nothing(client, director, address, school, trust, submitted, in_scope):
    submitted(school)
    client.post(address("return_accept", school))

    response = client.post(address("return_accept", school), follow=True)

    assert "no longer waiting for a decision" in response.text
    with in_scope(trust):
        assert Recomputation.objects.get().wanted == 1


# --- Line by line


@pytest.fixture
def of_three(trust, in_scope, term, school):
    """A submitted return with three lines: absence, turnover and spending on staff."""
    head = UserFactory(name="Invented Headteacher")
    with in_scope(trust):
        termly_return = open_return(school=school, term=term, indicator_codes=["AB1", "STF3", "FIN1"])
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=Decimal(6)), version=0, by=head, at=AT)
        return submit_return(termly_return=termly_return, by=head, at=AT)


@pytest.fixture
def states(trust, in_scope, of_three):
    def read():
        with in_scope(trust):
            return dict(of_three.lines.order_by("pk").values_list("indicator_id", "state"))

    return read


def test_lines_can_be_decided_one_by_one(client, director, address, of_three, school, states):
    sent = {"AB1-verdict": "accept", "STF3-verdict": "back", "STF3-reason": "Count twelve months", "FIN1-verdict": ""}

    response = client.post(address("lines_decide", school), sent, follow=True)

    assert f"{school.name}: 1 line accepted, 1 line sent back with your reason." in response.text
    assert states() == {"AB1": "accepted", "STF3": "sent_back", "FIN1": "submitted"}
    assert "1 of 3 lines needs a decision, and 1 is with the school" in response.text
    assert "Count twelve months" in response.text
    assert 'name="FIN1-verdict"' in response.text
    assert 'name="AB1-verdict"' not in response.text


def test_accepting_the_rest_sends_back_the_marked_lines(client, director, address, of_three, school, states):
    client.post(address("return_accept", school), {"STF3-verdict": "back", "STF3-reason": "Count twelve months"})

    assert states() == {"AB1": "accepted", "STF3": "sent_back", "FIN1": "accepted"}


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"STF3-verdict": "back", "AB1-verdict": "accept"}, "Say why you are sending this line back"),
        ({"STF3-reason": "Count twelve months"}, "Choose “Send back”, or clear the reason"),
    ],
)
@pytest.mark.parametrize("way", ["lines_decide", "return_accept"])
def test_faulty_decision_changes_nothing_and_keeps_typed_text(
    client, director, address, of_three, school, states, sent, words, way
):
    response = client.post(address(way, school), sent)

    assert response.status_code == 422
    assert words in response.text
    assert "your decisions are not saved yet" in response.text
    assert "Count twelve months" in response.text or "STF3-reason" not in sent
    assert set(states().values()) == {"submitted"}


def test_deciding_on_no_line_shows_a_message(client, director, address, of_three, school, states):
    response = client.post(address("lines_decide", school), {}, follow=True)

    assert "Nothing was decided" in response.text
    assert set(states().values()) == {"submitted"}


def test_business_manager_decides_on_finance_and_staffing_only(
    client, as_role, address, of_three, school, states, trust
):
    as_role(Role.BUSINESS_MANAGER, trust)
    html = client.get(address("moderate_return", school)).text
    assert 'name="STF3-verdict"' in html
    assert 'name="AB1-verdict"' not in html
    assert "Send return back" not in html

    client.post(address("lines_decide", school), {"AB1-verdict": "accept", "FIN1-verdict": "accept"})
    assert states() == {"AB1": "submitted", "STF3": "submitted", "FIN1": "accepted"}
    client.post(address("return_accept", school))
    assert states() == {"AB1": "submitted", "STF3": "accepted", "FIN1": "accepted"}
    assert client.post(address("return_send_back", school), {"reason": "All of it"}).status_code == 403


def test_one_email_is_sent_for_all_decisions_made_together(
    client, director, address, of_three, school, trust, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr(send_decision, "delay", lambda **ids: sent.append(ids))
    verdicts = {f"{code}-{name}": text for code in ("AB1", "STF3") for name, text in BACK.items()}

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("lines_decide", school), verdicts)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("return_accept", school))

    assert len(sent) == 1, "nobody can act on accepted lines while the school has the others"
    assert (sent[0]["trust_id"], sent[0]["school_id"]) == (trust.pk, school.pk)


def test_moderation_needs_no_more_queries_for_more_lines(client, director, address, of_three, school, submitted, trust):
    other = SchoolFactory(trust=trust)
    submitted(other)
    client.get(address("moderate_return", other))
    with CaptureQueriesContext(connection) as of_one:
        client.get(address("moderate_return", other))
    with CaptureQueriesContext(connection) as of_all:
        client.get(address("moderate_return", school))

    assert len(of_one) == len(of_all)


# --- Sending back


def test_sending_back_needs_a_reason(client, director, address, school, trust, submitted, in_scope):
    submitted(school)

    response = client.post(address("return_send_back", school), {"reason": "  "})

    assert response.status_code == 422
    assert "Say why you are sending this return back" in response.text
    assert 'href="#id_reason"' in response.text
    with in_scope(trust):
        assert Return.objects.get().state == Return.State.SUBMITTED


def test_sending_back_tells_the_school_the_reason(client, director, address, grid, school, trust, submitted, in_scope):
    submitted(school)

    response = client.post(address("return_send_back", school), {"reason": "Check absence."}, follow=True)

    assert f"You sent the return back to {school.name}" in response.text
    assert "Sent back" in response.text.split("<table")[1]
    with in_scope(trust):
        assert ReturnDecision.objects.get(step="sent_back").reason == "Check absence."
    assert "Sent back. The school has not submitted it again yet" in client.get(address("moderate_return", school)).text


def test_sending_back_an_accepted_return_changes_nothing(client, director, address, school, trust, submitted, in_scope):
    submitted(school)
    client.post(address("return_accept", school))

    response = client.post(address("return_send_back", school), {"reason": "Too late."}, follow=True)

    assert "no longer waiting for a decision" in response.text
    with in_scope(trust):
        assert Return.objects.get().state == Return.State.ACCEPTED


def test_reloading_after_an_error_shows_the_return(client, director, address, school, submitted):
    submitted(school)

    assert client.get(address("return_send_back", school)).headers["Location"] == address("moderate_return", school)
