"""Test filling in a return: suggested figures, the filter, other people's saves, and dates of figures to follow."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kpis.catalogue import catalogue_by_code
from kpis.rules.score import Figure
from returns.actions.contributors import assign_lines
from returns.actions.figure_proposals import ProposedFigure, propose_figures
from returns.actions.returns import LineEntry, open_return, save_line
from returns.models import FigureProposal, LineChange, ReturnLine
from returns.queries.line_context import earlier_term_points
from schools.rules.terms import Period, TermOfYear
from tests.factories import ObservationFactory, UserFactory
from tests.page_text import as_read
from trusts.models import Role

AT = datetime(2025, 11, 20, 14, 2, tzinfo=UTC)
CODES = ["SG1", "HS2", "AB1"]
SWAP = {"HTTP_HX_REQUEST": "true"}
SOURCE = "Attendance export, absence.csv of 12 November 2025"
ABSENCE = ProposedFigure(code="AB1", value=Decimal("6.1"), numerator=Decimal(61), denominator=Decimal(1000))


@pytest.fixture
def codes():
    return CODES


@pytest.fixture
def propose(trust, school, termly_return, in_scope):
    def proposed(*figures, source=SOURCE):
        with in_scope(trust):
            return propose_figures(
                school=school, term=termly_return.term, figures=figures, kind=FigureProposal.Kind.IMPORT, source=source,
                by=UserFactory(), at=AT,
            )  # fmt: skip

    return proposed


def sent(client, page, code, **texts):
    """What the page's form sends of one line, as it is shown now and then typed over."""
    html = client.get(page("return_detail")).text
    marks = {
        f"{code}-{name}": html.split(f'name="{code}-{name}" value="')[1].split('"')[0] for name in ("version", "shown")
    }
    return marks | {f"{code}-{name}": text for name, text in texts.items()}


# --- Confirming


def test_suggested_figure_is_shown_with_its_source_and_does_not_count(client, head, page, propose, line):
    assert propose(ABSENCE) == 1

    html = client.get(page("return_detail")).text

    assert "Suggested figure: <b>6.1%</b> (61 of 1,000). Attendance export, absence.csv" in html
    assert 'name="confirm" value="AB1"' in html
    assert "3 of 3 lines left" in html
    assert line("AB1").value is None


def test_pressing_confirm_saves_the_suggested_figure_with_its_source(
    client, head, page, propose, line, trust, in_scope
):
    propose(ABSENCE)

    response = client.post(
        page("line_save", "AB1"), sent(client, page, "AB1", numerator="", denominator="") | {"confirm": "AB1"}, **SWAP
    )

    assert response.status_code == 200
    assert 'id="line-AB1"' in response.text, "the whole line, for its fields have changed"
    assert 'name="AB1-numerator" value="61"' in response.text
    assert f"Same as the suggested figure. {SOURCE}" in response.text
    assert "2 of 3 lines left" in response.text
    stored = line("AB1")
    assert (stored.value, stored.numerator, stored.denominator) == (Decimal("6.1"), 61, 1000)
    with in_scope(trust):
        change = LineChange.objects.get(line=stored)
    assert (change.source, change.file_name, change.changed_by) == (LineChange.Source.CONFIRMED, SOURCE, head)
    assert f"Suggested figure confirmed: {SOURCE}" in client.get(page("line_history", "AB1")).text


def test_confirm_button_without_javascript_saves_the_other_lines_and_returns_to_the_line(
    client, head, page, propose, line
):
    propose(ABSENCE)
    typed = sent(client, page, "AB1") | sent(client, page, "HS2", value="1") | {"confirm": "AB1"}

    response = client.post(page("return_save") + "?show=left", typed)

    assert response.headers["Location"] == page("return_detail") + "?show=left#line-AB1"
    assert (line("AB1").value, line("HS2").value) == (Decimal("6.1"), 1)


def test_typed_figure_comes_before_a_suggested_figure(client, head, page, propose, line, trust, in_scope):
    propose(ABSENCE)

    client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="7.5") | {"confirm": "AB1"}, **SWAP)

    assert line("AB1").value == Decimal("7.5")
    with in_scope(trust):
        assert LineChange.objects.get().source == LineChange.Source.TYPED
    html = client.get(page("return_detail")).text
    assert "The file has a different figure: <b>6.1%</b>" in html
    again = sent(client, page, "AB1", value="7.5") | {"confirm": "AB1"}
    client.post(page("line_save", "AB1"), again, **SWAP)  # Seen, and now chosen.
    assert line("AB1").value == Decimal("6.1")


def test_confirming_does_not_overwrite_a_colleagues_save(client, head, page, propose, line, trust, in_scope):
    propose(ABSENCE)
    ours = sent(client, page, "AB1") | {"confirm": "AB1"}
    with in_scope(trust):
        save_line(line=line("AB1"), entry=LineEntry(value=Decimal("8.8")), version=0, by=UserFactory(), at=AT)

    response = client.post(page("line_save", "AB1"), ours, **SWAP)

    assert line("AB1").value == Decimal("8.8")
    assert 'name="AB1-value" value="8.8"' in response.text
    assert 'data-line-state="conflict"' not in response.text, "nothing was typed, so there is nothing to choose"


def test_confirming_keeps_typed_text_when_a_colleague_has_saved(client, head, page, propose, colleague_saves):
    propose(ABSENCE)
    ours = sent(client, page, "AB1", value="7.7", comment="Checked twice") | {"confirm": "AB1"}
    colleague_saves("AB1", UserFactory(), value=Decimal("8.8"))

    html = client.post(page("return_save"), ours).text

    assert 'data-line-state="conflict"' in html
    assert 'name="AB1-value" value="7.7"' in html
    assert "Checked twice" in html


def test_unusual_suggested_figure_asks_for_a_comment(client, head, page, propose, trust, school, in_scope):
    propose(ABSENCE)
    with in_scope(trust):
        ObservationFactory(
            school=school, indicator_id="AB1", indicator=None, season=1, school_year=2025, value=Decimal(25)
        )

    response = client.post(page("line_save", "AB1"), sent(client, page, "AB1") | {"confirm": "AB1"}, **SWAP)

    assert 'data-line-state="query"' in response.text
    assert "6.1% is a long way from the last figure, 25.0%" in response.text


def test_confirming_without_a_suggested_figure_changes_nothing(client, head, page, termly_return, line):
    client.post(page("line_save", "AB1"), sent(client, page, "AB1") | {"confirm": "AB1"}, **SWAP)

    assert line("AB1").version == 0


def test_newer_file_replaces_suggestions_but_not_confirmed_figures(client, head, page, propose, line, trust, in_scope):
    propose(ABSENCE)
    client.post(page("line_save", "AB1"), sent(client, page, "AB1") | {"confirm": "AB1"}, **SWAP)

    propose(ProposedFigure(code="AB1", value=Decimal("6.4")), source="Attendance export of 1 December 2025")

    with in_scope(trust):
        assert FigureProposal.objects.get().numerator is None
    assert line("AB1").value == Decimal("6.1")
    assert "The file has a different figure: <b>6.4%</b>" in client.get(page("return_detail")).text


def test_database_requires_a_source_and_both_parts_or_neither(propose):
    with pytest.raises(IntegrityError, match="proposal_has_a_source"), transaction.atomic():
        propose(ABSENCE, source="")
    with pytest.raises(IntegrityError, match="proposal_has_both_parts_or_none"), transaction.atomic():
        propose(ProposedFigure(code="AB1", value=Decimal("6.1"), numerator=Decimal(61)))


# --- Only what is left


def test_filter_shows_only_lines_that_are_missing_or_differ_from_a_file(
    client, head, page, propose, line, trust, in_scope
):
    propose(ABSENCE)
    with in_scope(trust):
        save_line(line=line("SG1"), entry=LineEntry(value=Decimal(100)), version=0, by=head, at=AT)
        save_line(line=line("AB1"), entry=LineEntry(value=Decimal(7)), version=0, by=head, at=AT)

    html = client.get(page("return_detail"), {"show": "left"}).text

    assert 'id="line-HS2"' in html  # Missing.
    assert 'id="line-AB1"' in html  # The file says otherwise.
    assert 'id="line-SG1"' not in html
    assert "Show every line" in html
    assert "1 of 3 lines left" in html, "progress counts every line"


def test_typed_text_stays_on_the_page_when_another_person_finished_the_line(
    client, head, page, termly_return, colleague_saves
):
    ours = sent(client, page, "AB1", value="7.7") | sent(client, page, "HS2", value="1", comment="x" * 4001)
    for code in ("AB1", "HS2"):
        colleague_saves(code, UserFactory(), value=Decimal(1))

    html = client.post(page("return_save") + "?show=left", ours).text

    assert 'name="AB1-value" value="7.7"' in html
    assert "Use mine: 7.7" in html
    assert "Shorten the comment to 4,000 characters" in html
    assert 'id="line-HS2"' in html


def test_filter_without_unfinished_lines_shows_a_message(client, head, page, line, trust, in_scope):
    with in_scope(trust):
        for code in CODES:
            save_line(
                line=line(code), entry=LineEntry(value=Decimal(100 if code == "SG1" else 1)), version=0, by=head, at=AT
            )

    assert "Nothing left to fill in" in client.get(page("return_detail"), {"show": "left"}).text


def test_contributor_without_unfinished_lines_is_asked_to_sign_off(
    client, as_role, page, trust, school, in_scope, colleague_saves
):
    contributor = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        assign_lines(
            trust_id=trust.pk, school=school, user=contributor, areas=[], codes=["HS2"], by=UserFactory(), at=AT
        )
    colleague_saves("HS2", contributor, value=Decimal(0))

    html = client.get(page("return_detail"), {"show": "left"}).text

    assert "All your lines are done. You can sign them off." in html
    assert "You can check and submit" not in html


# --- Two people on one return


@pytest.fixture
def colleague_saves(trust, in_scope, line):
    """Save a line as somebody else, a moment from now."""

    def saves(code, by, **entry):
        now = line(code)
        with in_scope(trust):
            save_line(line=now, entry=LineEntry(**entry), version=now.version, by=by, at=timezone.now())

    return saves


def test_page_gets_lines_that_others_have_saved(client, head, page, termly_return, colleague_saves):
    since = client.get(page("return_detail")).text.split('data-since="')[1].split('"')[0]
    colleague_saves("AB1", UserFactory(name="Invented Colleague"), value=Decimal("4.8"))
    colleague_saves("HS2", head, value=Decimal(1))  # One's own save is known already.

    changes = client.get(page("return_changes"), {"since": since}).json()

    (change,) = changes["lines"]
    assert (change["code"], change["version"], change["by"]) == ("AB1", 1, "Invented Colleague")
    assert change["answer"] == "4.8%"
    assert 'name="AB1-value" value="4.8"' in as_read(change["html"])
    assert "by Invented Colleague" in as_read(change["html"])
    assert "1 of 3 lines left" in changes["progress"]


def test_asking_for_changes_since_the_last_answer_misses_no_save(
    client, head, page, termly_return, colleague_saves, line, trust, in_scope
):
    since = client.get(page("return_changes"), {"since": AT.isoformat()}).json()["since"]
    colleague_saves("AB1", UserFactory(), value=Decimal("8.8"))

    assert len(client.get(page("return_changes"), {"since": since}).json()["lines"]) == 1
    later = (timezone.now() + timedelta(seconds=1)).isoformat()
    assert client.get(page("return_changes"), {"since": later}).json()["lines"] == []


def test_asking_for_changes_needs_few_queries_when_nothing_changed(client, head, page, termly_return):
    client.get(page("return_changes"), {"since": AT.isoformat()})
    with CaptureQueriesContext(connection) as queries:
        client.get(page("return_changes"), {"since": AT.isoformat()})

    reads = [
        query["sql"] for query in queries if query["sql"].startswith("SELECT") and "set_config" not in query["sql"]
    ]
    # session, user; memberships, school (the gate); return, changed lines
    assert len(reads) == 6, "\n".join(reads)


def test_colleague_sees_a_conflict_until_it_is_decided(
    client, head, as_role, page, termly_return, line, colleague_saves, settings, trust, school
):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    ours = sent(client, page, "AB1", value="7.7")
    colleague_saves("AB1", UserFactory(), value=Decimal("8.8"))
    client.post(page("line_save", "AB1"), ours, **SWAP)
    now = timezone.now().isoformat()

    assert client.get(page("return_changes"), {"since": now}).json()["contested"] == [], "one sees one's own choice"
    other = Client()
    other.force_login(as_role(Role.SCHOOL_CONTRIBUTOR, trust, school))
    told = other.get(page("return_changes"), {"since": now}).json()["contested"]
    assert told == [{"code": "AB1", "by": head.name, "typed": "7.7"}]

    client.force_login(head)
    client.post(page("line_save", "AB1"), ours | {"over": "AB1:1"}, **SWAP)
    assert line("AB1").value == Decimal("7.7")
    assert other.get(page("return_changes"), {"since": now}).json()["contested"] == []


@pytest.mark.parametrize("since", ["", "yesterday", "2025-11-20T14:02:00", "2025-02-31T00:00:00+00:00"])
def test_invalid_time_is_refused(client, head, page, termly_return, since):
    assert client.get(page("return_changes"), {"since": since}).status_code == 400


def test_contributor_gets_changes_to_their_own_lines_only(
    client, as_role, page, termly_return, trust, school, in_scope, colleague_saves
):
    contributor = as_role(Role.SCHOOL_CONTRIBUTOR, trust, school)
    with in_scope(trust):
        assign_lines(
            trust_id=trust.pk, school=school, user=contributor, areas=[], codes=["AB1"], by=UserFactory(), at=AT
        )
    for code in ("AB1", "HS2"):
        colleague_saves(code, UserFactory(), value=Decimal(1))

    changes = client.get(page("return_changes"), {"since": AT.isoformat()}).json()

    assert [line["code"] for line in changes["lines"]] == ["AB1"]


# --- Earlier terms as a small drawing


def test_earlier_terms_include_gaps_that_are_not_zero():
    autumn, summer = Period(2025, TermOfYear.AUTUMN), Period(2025, TermOfYear.SUMMER)
    figures = [
        Figure(period=autumn, value=Decimal(5)),
        Figure(period=Period(2025), value=Decimal(9)),  # A whole year is no term.
        Figure(period=summer, value=Decimal(6)),
        Figure(period=Period(2026, TermOfYear.AUTUMN), value=Decimal(7)),  # The term itself.
    ]

    points = earlier_term_points(catalogue_by_code()["AB1"], figures, Period(2026, TermOfYear.AUTUMN))

    assert [(point.label, point.value, point.text) for point in points] == [
        ("autumn 2024", Decimal(5), "5.0%"),
        ("spring 2025", None, "no figure"),
        ("summer 2025", Decimal(6), "6.0%"),
    ]


def test_page_draws_earlier_terms_with_their_labels(client, head, page, termly_return, trust, school, in_scope):
    with in_scope(trust):
        for season, value in ((1, "5.0"), (2, "6.0"), (3, "5.5")):
            ObservationFactory(
                school=school, indicator_id="AB1", indicator=None, season=season, school_year=2025, value=Decimal(value)
            )

    html = client.get(page("return_detail")).text

    assert 'aria-label="Earlier figures, oldest first: autumn 2024 5.0%, spring 2025 6.0%, summer 2025 5.5%"' in html
    assert html.count('class="sl-spark"') == 1


# --- A figure that is to follow


def test_figure_to_follow_stores_its_date(client, head, page, termly_return, line):
    typed = sent(client, page, "AB1", status="to_follow", follows="2026-01-31")

    response = client.post(page("line_save", "AB1"), typed, **SWAP)

    assert 'data-line-state="saved"' in response.text
    assert "To follow by 31 January 2026" in response.text
    assert line("AB1").follows_on == date(2026, 1, 31)
    assert 'value="2026-01-31"' in client.get(page("return_detail")).text
    assert "To follow by 31 January 2026" in client.get(page("line_history", "AB1")).text

    client.post(page("line_save", "AB1"), sent(client, page, "AB1", value="6", status="", follows="2026-01-31"), **SWAP)
    assert (line("AB1").value, line("AB1").follows_on) == (6, None), "it has followed"


@pytest.mark.parametrize(("follows", "message"), [("soon", "“soon” is not a date"), ("", "say when it will follow")])
def test_invalid_date_shows_a_message(client, head, page, termly_return, line, follows, message):
    typed = sent(client, page, "AB1", status="to_follow", follows=follows)

    response = client.post(page("line_save", "AB1"), typed, **SWAP)

    assert message in response.text
    assert response.status_code == 422
    assert line("AB1").missing_reason == ""


def test_submit_page_links_to_an_invalid_date(client, head, page, termly_return):
    client.post(page("line_save", "AB1"), sent(client, page, "AB1", status="to_follow", follows="soon"), **SWAP)

    assert f'href="{page("return_detail")}#line-AB1-follows"' in client.get(page("return_submit")).text


def test_submitted_line_keeps_its_date(trust, in_scope, line):
    with in_scope(trust):
        stored = line("AB1")
        ReturnLine.objects.filter(pk=stored.pk).update(state=ReturnLine.State.SUBMITTED, missing_reason="to_follow")
    with in_scope(trust), pytest.raises(IntegrityError, match="says what it said"), transaction.atomic():
        ReturnLine.objects.filter(pk=stored.pk).update(follows_on=date(2026, 1, 31))


# --- Lines against each other


@pytest.mark.parametrize("answer", ["comment", "why"])
def test_contradicting_lines_need_a_comment_on_one_of_them(
    client, head, page, termly_return, trust, school, line, in_scope, answer
):
    with in_scope(trust):
        open_return(school=school, term=termly_return.term, indicator_codes=["AB2", "AB3"])
    typed = sent(client, page, "AB2", numerator="40", denominator="200")
    client.post(page("line_save", "AB2"), typed, **SWAP)

    odd = client.post(page("line_save", "AB3"), sent(client, page, "AB3", numerator="41", denominator="200"), **SWAP)
    assert 'data-line-state="query"' in odd.text
    assert "pupils who missed 50% are among those who missed 10%" in odd.text
    assert "5 of 5 lines left" in odd.text
    assert 'id="line-AB2-said" hx-swap-oob="true" data-line-state="query" data-of-version="1"' in odd.text

    again = sent(client, page, "AB3", numerator="41", denominator="200", **{answer: "One pupil is counted twice"})
    response = client.post(page("line_save", "AB3"), again, **SWAP)
    assert 'data-line-state="saved"' in response.text
    assert "3 of 5 lines left" in response.text
    assert 'id="line-AB2-said" hx-swap-oob="true" data-line-state="saved" data-of-version="1"' in response.text
    assert line("AB3").numerator == 41
