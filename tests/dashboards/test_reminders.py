"""Test that reminders go to the person who can act, once, and in working hours."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from dashboards.queries.reminders import letters_due, reminder_facts
from dashboards.tasks import send_reminders, send_reminders_of_trust
from followup.actions import OnlyOneWhoCanAct, end_turn, name_cover, take_turn
from followup.models import Cover, Reminder, ReminderPace, ReminderTurn
from kpis.catalogue.kinds import Area
from returns.actions.allowances import exempt_return, extend_return
from returns.actions.contributors import assign_lines, sign_off_lines
from returns.actions.moderation import LineVerdict, decide_lines
from returns.actions.returns import LineEntry, open_return, save_line, submit_return
from tests.dashboards.conftest import turn_off
from tests.factories import MembershipFactory, SchoolFactory, TermFactory, UserFactory
from trusts.models import Membership, Role

MORNING = datetime(2025, 12, 9, 9, 0, tzinfo=UTC)  # A Tuesday, three days before the due date.
A_DAY = timedelta(days=1)


@pytest.fixture
def term(trust, in_scope):
    with in_scope(trust):
        return TermFactory(trust=trust)


@pytest.fixture
def person(trust, school, in_scope):
    def made(role, name, where=school):
        user = UserFactory(name=name, email=f"{name.split()[-1].lower()}@example.org")
        with in_scope(trust):
            MembershipFactory(user=user, trust=trust, role=role, school_id=where and where.pk)
        return user

    return made


@pytest.fixture
def head(person):
    return person(Role.HEADTEACHER, "Invented Headteacher")


@pytest.fixture
def director(person):
    return person(Role.EXECUTIVE_DIRECTOR, "Invented Director", None)


@pytest.fixture
def manager(person):
    return person(Role.BUSINESS_MANAGER, "Invented Manager", None)


@pytest.fixture
def clock(monkeypatch):
    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    at(MORNING)
    return at


@pytest.fixture
def termly_return(trust, school, term, in_scope):
    with in_scope(trust):
        return open_return(school=school, term=term, indicator_codes=["AB1", "AB2", "FIN1"])


@pytest.fixture
def submitted(termly_return, head, trust, in_scope):
    at = MORNING - 3 * A_DAY
    with in_scope(trust):
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=Decimal(6), comment="Checked"), version=0, by=head, at=at)
        return submit_return(termly_return=termly_return, by=head, at=at)


def send(trust):
    send_reminders_of_trust(trust_id=trust.pk)


def told():
    return [(letter.to[0].split("@")[0], letter.body) for letter in mail.outbox]


# --- The email


def test_headteacher_gets_one_reminder_with_what_is_left(trust, school, term, termly_return, head, clock, in_scope):
    send(trust)
    send(trust)

    ((to, body),) = told()
    assert to == "headteacher"
    assert "Invented Quay School, Autumn term 2025–26: the return is due in 3 days, on 12 December." in body
    assert "3 of 3 lines are unanswered." in body
    page = reverse("returns:return_detail", args=[trust.pk, school.pk, term.pk])
    for link in (page, reverse("dashboards:reminder_pace", args=[trust.pk])):
        assert f"http://localhost{link}" in body
        assert f'href="http://localhost{link}"' in mail.outbox[0].alternatives[0].content
    with in_scope(trust):
        row = Reminder.objects.get()
        assert (row.user, row.sent_to, row.step, row.anchor) == (head, head.email, -3, date(2025, 12, 12))
        assert (row.outcome, row.sent_at, row.words in body) == ("sent", MORNING, True)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2025, 12, 9, 18, 0, tzinfo=UTC),
        datetime(2025, 12, 13, 9, 0, tzinfo=UTC),
        datetime(2025, 12, 25, 9, 0, tzinfo=UTC),
    ],
    ids=["evening", "Saturday", "Christmas"],
)
def test_nothing_is_sent_in_quiet_hours(trust, term, head, clock, moment):
    clock(moment)

    send(trust)

    assert mail.outbox == []


def test_nothing_is_sent_in_the_trusts_half_term_holiday(trust, term, head, clock, in_scope):
    with in_scope(trust):
        term.break_starts_date, term.break_ends_date = date(2025, 12, 8), date(2025, 12, 10)
        term.save()

    send(trust)
    assert mail.outbox == []

    clock(MORNING + 2 * A_DAY)
    send(trust)
    assert "the return is due in 1 day, on 12 December." in mail.outbox[0].body


def test_headteacher_of_two_schools_gets_one_email(trust, school, term, head, clock, in_scope):
    other = SchoolFactory(trust=trust, name="Invented Cove School")
    with in_scope(trust):
        MembershipFactory(user=head, trust=trust, role=Role.HEADTEACHER, school_id=other.pk)

    send(trust)

    (letter,) = mail.outbox
    assert letter.subject == "You have 2 tasks in Sightline: Invented Harbour Trust"
    assert "Invented Cove School" in letter.body
    assert "It has not been opened yet." in letter.body


def test_contributor_is_reminded_of_unsigned_lines_and_the_headteacher_later(
    trust, school, term, termly_return, head, person, clock, in_scope
):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    with in_scope(trust):
        about = {"trust_id": trust.pk, "school": school, "user": cora, "by": head, "at": MORNING}
        assign_lines(**about, areas=[Area.ATTENDANCE.value], codes=["FIN1"])

    send(trust)

    assert [to for to, _ in told()] == ["cora"]
    assert "3 lines are assigned to you and not signed off." in told()[0][1]

    mail.outbox.clear()
    with in_scope(trust):
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=Decimal(6), comment="So"), version=0, by=cora, at=MORNING)
        sign_off_lines(termly_return=termly_return, by=cora, at=MORNING)
    clock(datetime(2025, 12, 12, 9, 0, tzinfo=UTC))
    send(trust)

    assert [to for to, _ in told()] == ["headteacher"]
    assert "Every line is answered: check it and submit it." in told()[0][1]


def test_headteacher_is_reminded_of_the_lines_of_a_contributor_who_left(
    trust, school, term, termly_return, head, person, clock, in_scope
):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    with in_scope(trust):
        about = {"trust_id": trust.pk, "school": school, "user": cora, "by": head, "at": MORNING}
        assign_lines(**about, areas=[Area.ATTENDANCE.value], codes=["FIN1"])
        Membership.objects.filter(user=cora).update(ends_date=MORNING.date() - A_DAY)

    send(trust)

    ((to, body),) = told()
    assert to == "headteacher"
    assert "3 of 3 lines are unanswered." in body
    assert "assigned" not in body


def test_submitted_lines_remind_each_person_of_their_areas(trust, submitted, director, manager, clock):
    send(trust)

    words = dict(told())
    assert words.keys() == {"director", "manager"}
    assert "2 lines are waiting for your decision, submitted on 6 December." in words["director"]
    assert "1 line is waiting for your decision, submitted on 6 December." in words["manager"]
    assert "/moderate/" in words["manager"]


def test_director_is_reminded_of_all_lines_without_a_business_manager(trust, submitted, director, clock):
    send(trust)

    ((to, body),) = told()
    assert to == "director"
    assert "3 lines are waiting for your decision" in body


def test_headteacher_is_reminded_of_lines_sent_back(trust, submitted, head, director, clock, in_scope):
    verdict = LineVerdict(code="AB1", accepted=False, reason="Check the codes")
    with in_scope(trust):
        decide_lines(termly_return=submitted, verdicts=[verdict], areas=None, by=director, at=MORNING)
    send(trust)
    mail.outbox.clear()

    clock(MORNING + 3 * A_DAY)
    send(trust)

    words = dict(told())
    assert "1 line went back to the school on 9 December." in words["headteacher"]
    assert words.keys() == {"headteacher"}  # The director got a reminder about the two others three days ago.


@pytest.mark.parametrize("is_opened", [True, False], ids=["opened", "not opened"])
def test_extension_moves_reminders_and_an_exempt_school_gets_none(
    trust, school, term, head, director, clock, in_scope, is_opened
):
    giving = {"school": school, "term": term, "reason": "A flood", "by": director, "at": MORNING}
    with in_scope(trust):
        if is_opened:
            open_return(school=school, term=term, indicator_codes=["AB1"])
        extend_return(**giving, due_date=date(2025, 12, 18))
    send(trust)
    assert "is due in 9 days, on 18 December" in mail.outbox[0].body  # The reminder ten days before was due yesterday.

    with in_scope(trust):
        exempt_return(**giving)
    clock(datetime(2025, 12, 18, 9, 0, tzinfo=UTC))
    send(trust)
    assert len(mail.outbox) == 1


def test_an_exempt_school_that_submitted_all_the_same_is_reminded_of_what_was_sent_back(
    trust, school, term, termly_return, head, director, clock, in_scope
):
    with in_scope(trust):
        exempt_return(school=school, term=term, reason="A flood", by=director, at=MORNING - 4 * A_DAY)
        for line in termly_return.lines.order_by("pk"):
            save_line(line=line, entry=LineEntry(value=Decimal(6), comment="Checked"), version=0, by=head, at=MORNING)
        submitted = submit_return(termly_return=termly_return, by=head, at=MORNING)
        verdict = LineVerdict(code="AB1", accepted=False, reason="Check the codes")
        decide_lines(termly_return=submitted, verdicts=[verdict], areas=None, by=director, at=MORNING)
    clock(MORNING + 3 * A_DAY)
    send(trust)

    words = dict(told())
    assert words.keys() == {"headteacher", "director"}
    assert "1 line went back to the school on 9 December." in words["headteacher"]


@pytest.mark.parametrize("is_opened", [True, False], ids=["opened", "not opened"])
def test_nobody_is_reminded_of_a_return_that_was_due_long_ago(trust, school, term, head, clock, in_scope, is_opened):
    if is_opened:
        with in_scope(trust):
            open_return(school=school, term=term, indicator_codes=["AB1"])
    clock(datetime(2026, 3, 13, 9, 0, tzinfo=UTC))  # A Friday, 91 days after the due date.
    send(trust)

    with in_scope(trust):
        duties = reminder_facts(trust, now=timezone.now()).duties
    assert mail.outbox == []
    assert len(duties) == (1 if is_opened else 0)  # Nobody can open one that long ago; what is open stays to be done.


def test_a_return_that_was_never_opened_is_a_duty_for_ninety_days(trust, school, term, head, in_scope):
    def count(day):
        with in_scope(trust):
            return len(reminder_facts(trust, now=datetime(2026, 3, day, 9, 0, tzinfo=UTC)).duties)

    assert [count(day) for day in (11, 12, 13)] == [1, 1, 0]


def test_headteacher_who_left_or_has_a_closed_account_gets_no_email(trust, term, head, clock, in_scope):
    head.is_active = False
    head.save()

    send(trust)

    assert mail.outbox == []


# --- Turns of workers


def test_second_worker_sends_nothing_until_the_turn_of_the_first_expires(trust, term, head, clock, in_scope):
    with in_scope(trust):
        assert take_turn(trust=trust, at=MORNING)
        assert not take_turn(trust=trust, at=MORNING)
    send(trust)
    assert mail.outbox == []

    clock(MORNING + timedelta(minutes=6))
    send(trust)
    assert len(mail.outbox) == 1
    with in_scope(trust):
        assert ReminderTurn.objects.get().taken_until is None


def test_nothing_is_written_when_nothing_is_due(trust, term, clock, in_scope):
    send(trust)

    with in_scope(trust):
        assert not ReminderTurn.objects.exists()
        end_turn(trust=trust)


def test_sweep_checks_every_trust(trust, other_trust, monkeypatch):
    sent = []
    monkeypatch.setattr(send_reminders_of_trust, "delay", lambda **ids: sent.append(ids))

    send_reminders()

    assert sent == [{"trust_id": pk} for pk in sorted([trust.pk, other_trust.pk])]


def test_sent_reminders_cannot_be_changed_or_seen_by_another_trust(trust, other_trust, term, head, clock, in_scope):
    send(trust)

    with in_scope(trust):
        assert Reminder.objects.update(words="Nothing") == 0
        assert Reminder.objects.all().delete()[0] == 0
        assert Reminder.objects.count() == 1
    with in_scope(other_trust):
        assert not Reminder.objects.exists()


def test_reminders_need_no_more_queries_for_more_schools(
    trust, school, term, termly_return, head, director, in_scope, django_assert_num_queries
):
    for number in range(3):
        other = SchoolFactory(trust=trust, name=f"Invented School {number}")
        with in_scope(trust):
            open_return(school=other, term=term, indicator_codes=["AB1", "FIN1"])
    with in_scope(trust), django_assert_num_queries(13):
        assert len(reminder_facts(trust, now=MORNING).duties) == 4
    with in_scope(trust), django_assert_num_queries(14):
        assert [letter.to for letter in letters_due(trust, now=MORNING)] == [head]


# --- How often


def test_only_person_who_can_act_cannot_turn_reminders_off(trust, school, head, person, in_scope):
    with in_scope(trust), pytest.raises(OnlyOneWhoCanAct):
        turn_off(head, trust, at=MORNING)
    person(Role.HEADTEACHER, "Invented Second")

    with in_scope(trust):
        turn_off(head, trust, at=MORNING)
        assert ReminderPace.objects.get().pace == "off"


def test_business_manager_can_turn_reminders_off_but_the_director_cannot(trust, director, manager, in_scope):
    with in_scope(trust):
        turn_off(manager, trust, at=MORNING)
        with pytest.raises(OnlyOneWhoCanAct):
            turn_off(director, trust, at=MORNING)


def test_page_explains_the_choices(client, as_role, trust, school, in_scope):
    here = reverse("dashboards:reminder_pace", args=[trust.pk])
    head = as_role(Role.HEADTEACHER, trust, school)
    assert "You are the only person who can act on some tasks here." in client.get(here).text

    refused = client.post(here, {"pace": "off"})
    assert refused.status_code == 422
    assert "Choose weekly instead" in refused.text

    assert "at most one email in 7 days" in client.post(here, {"pace": "weekly"}, follow=True).text
    with in_scope(trust):
        assert ReminderPace.objects.get(user=head).pace == "weekly"
    as_role(Role.TEACHING_CONSULTANT, trust)
    assert "You get no reminders" in client.get(here).text
    assert client.post(here, {"pace": "off"}).status_code == 200
    with in_scope(trust):
        assert ReminderPace.objects.count() == 1


# --- The pages


@pytest.fixture
def pages(client, as_role, trust):
    as_role(Role.EXECUTIVE_DIRECTOR, trust)

    def get(name, **query):
        return client.get(reverse(name, args=[trust.pk]), query)

    return get


def test_page_lists_sent_reminders(pages, trust, term, termly_return, head, clock, django_assert_num_queries):
    assert "No reminders sent yet" in pages("followup:reminder_list").text
    send(trust)

    with django_assert_num_queries(
        10
    ):  # Seven for the permission check and the transaction; the terms, the newest, the rows.
        html = pages("followup:reminder_list").text

    for words in (
        "9 December 2025, 09:00",
        "headteacher@example.org",
        "3 of 3 lines are unanswered.",
        "3 days before the due date",
    ):
        assert words in html
    assert "No reminders match" in pages("followup:reminder_list", outcome="refused").text
    assert "No reminders match" in pages("followup:reminder_list", kind="moderate").text
    assert "1 reminder<" in pages("followup:reminder_list", term="every", sort="school", kind="fill_in").text
    table = pages("followup:reminder_list", format="csv").text.splitlines()
    assert table[0].lstrip("\ufeff").startswith("Sent,To,Email,School,URN,Term,What")
    assert table[1].startswith("2025-12-09 09:00,Invented Headteacher,headteacher@example.org,Invented Quay School,")


def test_page_lists_next_reminders_and_tasks_that_nobody_can_do(
    pages, trust, school, term, termly_return, head, clock, django_assert_num_queries
):
    SchoolFactory(trust=trust, name="Invented Cove School")

    with django_assert_num_queries(21):  # As above; twelve for the tasks, and whether the mail server works.
        html = pages("dashboards:reminder_next").text

    assert "Within 10 minutes" in html
    assert "No one has a role that can act on it" in html
    send(trust)
    assert "Friday 12 December, 07:30" in pages("dashboards:reminder_next").text
    table = pages("dashboards:reminder_next", format="csv", sort="school").text.splitlines()
    assert [line.split(",")[1] for line in table[1:]] == ["Nobody has a role that can do it", "Invented Headteacher"]
    assert "No reminders match" in pages("dashboards:reminder_next", kind="correct").text


# --- Who acts for the headteacher


@pytest.fixture
def interim(person):
    return person(Role.HEADTEACHER, "Invented Interim")


def test_interim_headteacher_is_told_like_the_first(trust, termly_return, head, interim, clock, in_scope):
    send(trust)
    send(trust)

    assert sorted(to for to, _ in told()) == ["headteacher", "interim"]
    with in_scope(trust):
        assert {reminder.user for reminder in Reminder.objects.all()} == {head, interim}


def test_headteacher_with_reminders_off_is_left_out_while_another_gets_them(
    trust, termly_return, head, interim, clock, in_scope
):
    with in_scope(trust):
        turn_off(head, trust, at=MORNING)
    send(trust)
    assert [to for to, _ in told()] == ["interim"]


def test_deputy_is_told_while_the_headteacher_is_away(
    client, trust, school, termly_return, head, person, clock, in_scope
):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    client.force_login(head, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("followup:cover_list", args=[trust.pk, school.pk])
    away = {"deputy": cora.pk, "starts_date": "2025-12-08", "ends_date": "2025-12-10"}
    assert url in client.get(reverse("dashboards:reminder_pace", args=[trust.pk])).text

    page = client.post(url, away, follow=True).text

    assert "Invented Cora is told until 10 December 2025." in page
    send(trust)
    assert [to for to, _ in told()] == ["cora"]
    mail.outbox.clear()
    clock(MORNING + 2 * A_DAY)  # Back on 11 December.
    send(trust)
    assert [to for to, _ in told()] == ["headteacher"]


def test_headteacher_is_told_again_when_the_time_away_is_removed_or_the_deputy_has_left(
    client, trust, school, termly_return, head, person, clock, in_scope
):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    with in_scope(trust):
        days = {"starts_date": date(2025, 12, 8), "ends_date": date(2025, 12, 10)}
        cover = name_cover(school=school, trust=trust, deputy=cora, by=head, at=MORNING, **days)
        Membership.objects.filter(user=cora).delete()
    send(trust)
    assert [to for to, _ in told()] == ["headteacher"]

    client.force_login(head, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("followup:cover_remove", args=[trust.pk, school.pk, cover.pk]))
    with in_scope(trust):
        assert not Cover.objects.exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"deputy": ""}, "Choose who we tell instead"),
        ({"deputy": "999999"}, "Choose one of these people"),
        ({"starts_date": ""}, "Enter your first day away, like"),
        ({"ends_date": "2025-12-01"}, "The last day must be today or later"),
        ({"ends_date": "2027-12-10"}, "a year after the first at the latest"),
    ],
)
def test_wrong_time_away_is_explained(client, trust, school, head, person, clock, in_scope, typed, words):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    client.force_login(head, backend="allauth.account.auth_backends.AuthenticationBackend")
    away = {"deputy": cora.pk, "starts_date": "2025-12-08", "ends_date": "2025-12-10"}

    answer = client.post(reverse("followup:cover_list", args=[trust.pk, school.pk]), away | typed)

    assert answer.status_code == 422
    assert words in answer.text
    with in_scope(trust):
        assert not Cover.objects.exists()


def test_headteacher_removes_only_their_own_time_away(client, trust, school, head, interim, person, clock, in_scope):
    cora = person(Role.SCHOOL_CONTRIBUTOR, "Invented Cora")
    with in_scope(trust):
        days = {"starts_date": date(2025, 12, 8), "ends_date": date(2025, 12, 10)}
        cover = name_cover(school=school, trust=trust, deputy=cora, by=interim, at=MORNING, **days)
    client.force_login(head, backend="allauth.account.auth_backends.AuthenticationBackend")

    refused = client.post(reverse("followup:cover_remove", args=[trust.pk, school.pk, cover.pk]))

    assert refused.status_code == 404
