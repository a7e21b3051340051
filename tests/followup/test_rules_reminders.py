"""Test who gets which reminder and when, with examples and for any calendar, trust and day."""

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.rules.quiet_hours import DateRange, SchoolDays, SendingHours
from followup.rules.reminders import (
    CountedFrom,
    Duty,
    DutyKind,
    Pace,
    ReminderHistory,
    is_only_recipient,
    newest_step,
    next_reminders,
    person_to_remind,
    reminder_rules,
    reminders_due,
)
from kpis.rules.target_duties import targets_sentence
from returns.rules.duties import OpenReturn, PeopleWhoCanAct, duties_of
from returns.rules.duty_words import duty_sentence

AUTUMN = DateRange(date(2025, 9, 1), date(2025, 12, 19))
SPRING = DateRange(date(2026, 1, 5), date(2026, 3, 27))
HALF_TERM = DateRange(date(2025, 10, 27), date(2025, 10, 31))
DAYS = SchoolDays(terms=(AUTUMN, SPRING), breaks=(HALF_TERM,))
HOURS = reminder_rules().hours
HEAD, SECOND, CORA, ED, BM = 1, 2, 3, 4, 5
PEOPLE = PeopleWhoCanAct(headteachers={11: (HEAD,), 12: (SECOND,)}, directors=(ED,), managers=(BM,))
DUE = date(2025, 12, 12)  # A Friday.


def duty(**changes):
    about = {
        "kind": DutyKind.FILL_IN,
        "since": CountedFrom.DUE,
        "anchor": DUE,
        "school": 11,
        "term": 7,
        "candidates": (HEAD,),
    }
    return Duty(**(about | {"lines": 9, "total": 24} | changes))


def opened(**changes):
    about = {"school": 11, "term": 7, "due": DUE, "total": 24, "open": 24, "unanswered": 9, "own_unanswered": 9}
    return OpenReturn(**(about | changes))


def sent_over(duties, first, last, *, paces=None, days=DAYS, skip=()):
    """Send the reminders due on every school day, as the task does. Return who got which and when."""
    told, last_day, found = set(), {}, []
    for count in range((last - first).days + 1):
        on = first + timedelta(days=count)
        if on not in days or on in skip:
            continue
        letters = reminders_due(
            duties, on=on, known=ReminderHistory(days=days, told=told, last=last_day, paces=paces or {})
        )
        for person, notices in letters.items():
            last_day[person] = on
            told |= {notice.reason for notice in notices}
            found.append((on, person, notices))
    return found


# --- Quiet hours


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (datetime(2025, 11, 20, 9, 0), datetime(2025, 11, 20, 9, 0)),
        (datetime(2025, 11, 20, 6, 0), datetime(2025, 11, 20, 7, 30)),
        (datetime(2025, 11, 20, 17, 30), datetime(2025, 11, 21, 7, 30)),
        (datetime(2025, 11, 21, 20, 0), datetime(2025, 11, 24, 7, 30)),  # Friday evening: Monday.
        (datetime(2025, 10, 24, 18, 0), datetime(2025, 11, 3, 7, 30)),  # The half-term holiday.
        (datetime(2025, 12, 19, 18, 0), datetime(2026, 1, 5, 7, 30)),  # Christmas.
    ],
)
def test_reminder_due_in_quiet_hours_goes_out_on_the_next_school_morning(moment, opens):
    assert HOURS.next_opening(moment, DAYS) == opens


def test_bank_holiday_in_term_is_no_school_day():
    summer = SchoolDays(terms=(DateRange(date(2026, 4, 13), date(2026, 7, 22)),))

    assert HOURS.next_opening(datetime(2026, 5, 4, 10, 0), summer) == datetime(2026, 5, 5, 7, 30)


moments = st.datetimes(datetime(2025, 8, 1), datetime(2026, 4, 30))


@given(moments)
def test_next_opening_is_open_and_not_in_the_past(moment):
    opening = HOURS.next_opening(moment, DAYS)

    assert opening >= moment
    assert HOURS.holds(opening, DAYS) or opening.date() > SPRING.last  # After the last term any working day will do.
    assert HOURS.next_opening(opening, DAYS) == opening or opening.date() > SPRING.last


# --- One duty


def test_headteacher_gets_reminders_before_on_and_after_the_due_date():
    found = sent_over([duty()], date(2025, 11, 1), date(2026, 2, 1))

    # 10 and 3 days before, and on the day. 3 days after is a Monday, 7 days after a Friday.
    assert [(on, [notice.step for notice in notices]) for on, _, notices in found] == [
        (date(2025, 12, 2), [-10]),
        (date(2025, 12, 9), [-3]),
        (date(2025, 12, 12), [0]),
        (date(2025, 12, 15), [3]),
        (date(2025, 12, 19), [7]),
    ]


def test_newest_step_makes_up_once_for_days_without_reminders():
    away = {date(2025, 12, day) for day in range(2, 13)}

    found = sent_over([duty()], date(2025, 11, 1), date(2025, 12, 19), skip=away)

    assert [(on, notices[0].step) for on, _, notices in found] == [(date(2025, 12, 15), 3), (date(2025, 12, 19), 7)]


def test_reminder_lapses_if_it_cannot_be_sent_for_too_long():
    away = {date(2025, 12, day) for day in range(1, 30)}

    assert sent_over([duty(anchor=date(2025, 11, 28))], date(2025, 12, 1), date(2026, 3, 1), skip=away) == []


@pytest.mark.parametrize(("days", "step"), [(7, 7), (8, None)])
def test_step_lapses_after_five_school_days(days, step):
    come = date(2025, 10, 6)  # A Monday. The weekend does not count.

    assert newest_step(duty(anchor=come - timedelta(days=7)), on=come + timedelta(days=days), days=DAYS) == step


@pytest.mark.parametrize(("days", "step"), [(60, 7), (61, None)])
def test_step_lapses_after_sixty_days_even_with_few_school_days(days, step):
    come = date(2025, 7, 7)
    one_day = SchoolDays(terms=(DateRange(come, come),))

    assert newest_step(duty(anchor=come - timedelta(days=7)), on=come + timedelta(days=days), days=one_day) == step


def test_school_holidays_do_not_count_towards_lapsing():
    found = sent_over([duty(anchor=date(2025, 12, 17))], date(2025, 12, 18), date(2026, 3, 1))

    assert [(on, notices[0].step) for on, _, notices in found] == [(date(2025, 12, 18), 0), (date(2026, 1, 5), 7)]


def test_extension_starts_the_steps_again():
    before = sent_over([duty()], date(2025, 12, 1), date(2025, 12, 3))
    told = {notice.reason for _, _, notices in before for notice in notices}
    moved = duty(anchor=DUE + timedelta(days=7))

    known = ReminderHistory(days=DAYS, told=told)

    assert reminders_due([moved], on=date(2025, 12, 4), known=known) == {}
    assert reminders_due([moved], on=date(2025, 12, 9), known=known)[HEAD][0].step == -10


# --- People


def test_person_with_weekly_pace_gets_one_email_in_seven_days():
    found = sent_over([duty()], date(2025, 11, 1), date(2026, 2, 1), paces={HEAD: Pace.WEEKLY})

    days = [on for on, _, _ in found]
    assert days == [date(2025, 12, 2), date(2025, 12, 9), date(2025, 12, 16), date(2026, 1, 5)]


def test_next_person_who_can_act_is_reminded_if_the_first_turned_reminders_off():
    known = ReminderHistory(days=DAYS, paces={HEAD: Pace.OFF, SECOND: Pace.OFF})

    assert person_to_remind((HEAD, SECOND, ED), known) == (ED, Pace.DAILY)
    assert person_to_remind((HEAD, SECOND), known) == (HEAD, Pace.WEEKLY)


def test_only_recipient_ignores_people_who_turned_reminders_off():
    known = ReminderHistory(days=DAYS, paces={SECOND: Pace.OFF})

    assert is_only_recipient(HEAD, [(HEAD, SECOND)], known)
    assert not is_only_recipient(HEAD, [(HEAD, SECOND, ED)], known)
    assert not is_only_recipient(HEAD, [], known)


def test_two_duties_with_the_same_reason_become_one_reminder():
    both = [
        duty(kind=DutyKind.MODERATE, since=CountedFrom.WAITING, anchor=date(2025, 12, 1), candidates=(ED,), lines=n)
        for n in (2, 5)
    ]

    (notice,) = reminders_due(both, on=date(2025, 12, 4), known=ReminderHistory(days=DAYS))[ED]

    assert notice.duty.lines == 7


# --- Who has which duty


def kinds(duties):
    return [(open_duty.kind, open_duty.candidates, open_duty.lines) for open_duty in duties]


def test_headteacher_has_the_return_until_it_is_submitted():
    assert kinds(duties_of(opened(), PEOPLE)) == [(DutyKind.FILL_IN, (HEAD,), 9)]


def test_contributor_is_reminded_of_their_lines_and_headteacher_only_after_the_due_date():
    termly_return = opened(unsigned={(CORA,): 4}, own_unanswered=0, unanswered=4)

    sign_off, fill_in = duties_of(termly_return, PEOPLE)

    assert (sign_off.kind, sign_off.candidates, sign_off.lines) == (DutyKind.SIGN_OFF, (CORA, HEAD), 4)
    assert fill_in.first_step == 0
    assert duties_of(opened(unsigned={(CORA,): 4}), PEOPLE)[1].first_step is None  # The headteacher has lines too.


def test_each_moderator_has_the_submitted_lines_in_their_areas():
    termly_return = opened(open=0, unanswered=0, submitted_on=DUE, waiting=20, waiting_for_managers=4)

    assert kinds(duties_of(termly_return, PEOPLE)) == [(DutyKind.MODERATE, (BM, ED), 4), (DutyKind.MODERATE, (ED,), 20)]


def test_person_who_submitted_is_reminded_of_lines_that_came_back():
    people = PeopleWhoCanAct(headteachers={11: (HEAD, SECOND)}, directors=(ED,))
    termly_return = opened(open=2, submitted_on=DUE, submitted_by=SECOND, returned_on=date(2025, 12, 15), waiting=3)

    found = duties_of(termly_return, people)

    assert kinds(found) == [(DutyKind.CORRECT, (SECOND, HEAD), 2), (DutyKind.MODERATE, (ED,), 3)]
    assert (found[0].since, found[0].anchor) == (CountedFrom.RETURNED, date(2025, 12, 15))


def test_exempt_school_gets_no_reminder():
    assert duties_of(opened(is_exempt=True, unsigned={(CORA,): 4}), PEOPLE) == []


def test_sentences_say_what_is_left_to_do():
    about = {"to": HEAD, "on": DUE, "school": "Invented Quay", "term": "Autumn term 2025–26"}

    assert duty_sentence(duty(total=0), **about).endswith("the return is due today. It has not been opened yet.")
    assert duty_sentence(duty(lines=0), **about).endswith("Every line is answered: check it and submit it.")
    late = duty(kind=DutyKind.SIGN_OFF, lines=1, anchor=date(2025, 12, 9), candidates=(CORA, HEAD), assigned_to=(CORA,))
    was_due = "The return was due on 9 December, 3 days ago."
    assert duty_sentence(late, **about | {"to": CORA}).endswith(
        f"1 line is assigned to you and not signed off. {was_due}"
    )
    assert duty_sentence(late, **about).endswith(f"1 line is assigned to a contributor and not signed off. {was_due}")


def test_targets_of_several_schools_are_in_one_sentence():
    at = {"kind": DutyKind.APPROVE, "since": CountedFrom.PROPOSED, "lines": 1}
    waiting = [duty(**at, anchor=date(2025, 11, 4), school=12), duty(**at, anchor=date(2025, 11, 3))]

    assert targets_sentence(waiting, schools={11: "Invented Cove", 12: "Invented Quay"}) == (
        "Invented Cove (1) and Invented Quay (1): 2 targets for the Board to decide on, "
        "the latest proposed on 4 November."
    )


# --- For any trust and any day

people = st.integers(1, 4)
days = st.dates(date(2025, 8, 15), date(2026, 5, 15))
any_duty = st.builds(
    Duty,
    kind=st.sampled_from(DutyKind),
    since=st.sampled_from(CountedFrom),
    anchor=days,
    school=st.integers(11, 13),
    term=st.just(7),
    candidates=st.lists(people, max_size=3, unique=True).map(tuple),
    lines=st.integers(0, 9),
    total=st.just(24),
    first_step=st.sampled_from([None, 0]),
)
paces = st.dictionaries(people, st.sampled_from(Pace))


@settings(max_examples=50)
@given(st.lists(any_duty, max_size=8), paces, days, st.integers(1, 60))
def test_nobody_gets_two_emails_a_day_or_two_for_one_reason_or_one_in_the_holidays(duties, paces, first, length):
    found = sent_over(duties, first, first + timedelta(days=length), paces=paces)

    assert len({(on, person) for on, person, _ in found}) == len(found)
    reasons = [notice.reason for _, _, notices in found for notice in notices]
    assert len(set(reasons)) == len(reasons)
    assert all(on in DAYS for on, _, _ in found)
    for person in {person for _, person, _ in found}:
        dates = [on for on, who, _ in found if who == person]
        apart = [(later - earlier).days for earlier, later in pairwise(dates)]
        if paces.get(person, Pace.DAILY) is not Pace.DAILY:  # Off, but nobody else can act: weekly.
            assert all(days_apart >= 7 for days_apart in apart)


@given(st.lists(any_duty, max_size=8), paces, days)
def test_people_with_reminders_can_act_and_have_something_to_do(duties, paces, on):
    for person, notices in reminders_due(duties, on=on, known=ReminderHistory(days=DAYS, paces=paces)).items():
        assert notices
        for notice in notices:
            assert person in notice.duty.candidates
            assert notice.duty.anchor + timedelta(days=notice.step) <= on
            others = [one for one in notice.duty.candidates if paces.get(one) is not Pace.OFF]
            assert person == (others or notice.duty.candidates)[0]


@settings(max_examples=40)
@given(any_duty, paces, days, st.times(time(0), time(23, 59)))
def test_next_reminder_listed_is_the_next_reminder_sent(one, paces, day, clock):
    now = datetime.combine(day, clock)
    known = ReminderHistory(days=DAYS, paces=paces)

    found = next_reminders([one], now=now, known=known)

    first = HOURS.next_opening(now, DAYS)
    sends = sent_over([one], first.date(), first.date() + timedelta(days=300), paces=paces)
    if one.candidates and one.anchor < date(2026, 2, 1):  # The calendar ends later.
        assert [(reminder.at.date(), reminder.person, reminder.step) for reminder in found] == [
            (on, person, notices[0].step) for on, person, notices in sends[:1]
        ]


def test_person_with_an_email_today_gets_the_next_one_tomorrow():
    now, today = datetime(2025, 12, 9, 9, 0), date(2025, 12, 9)

    (reminder,) = next_reminders([duty()], now=now, known=ReminderHistory(days=DAYS, last={HEAD: today}))

    assert reminder.at == datetime(2025, 12, 10, 7, 30)
    assert reminders_due([duty()], on=today, known=ReminderHistory(days=DAYS, last={HEAD: today})) == {}


def test_sending_hours_start_and_end_on_the_minute():
    hours = SendingHours(opens=time(7, 30), closes=time(17, 30))

    assert hours.holds(datetime(2025, 11, 20, 7, 30), DAYS)
    assert not hours.holds(datetime(2025, 11, 20, 17, 30), DAYS)
    assert not hours.holds(datetime(2025, 11, 22, 12, 0), DAYS)
