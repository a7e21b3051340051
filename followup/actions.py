"""Record which worker sends reminders, which went out, and how often a person would like them."""

from datetime import date, datetime, timedelta

from django.db import transaction

from followup.models import Cover, Reminder, ReminderPace, ReminderTurn
from followup.queries import ReminderLetter
from followup.rules.reminders import Pace
from schools.models import School
from trusts.locks import locked
from trusts.models import Trust, User

A_TURN = timedelta(minutes=5)  # For one email. The slowest mail server takes less.


class OnlyOneWhoCanAct(ValueError):
    """Nobody else can do this person's tasks, so they cannot turn reminders off."""


@transaction.atomic
def name_cover(
    *, school: School, trust: Trust, deputy: User, starts_date: date, ends_date: date, by: User, at: datetime
) -> Cover:
    """Record that a headteacher is away, and who is told about their tasks. The newest counts for each day."""
    return Cover.objects.create(
        trust=trust, school=school, headteacher=by, deputy=deputy, starts_date=starts_date, ends_date=ends_date,
        named_at=at,
    )  # fmt: skip


@transaction.atomic
def remove_cover(*, cover: Cover) -> None:
    """Remove a time away: its headteacher is told again. The audit trail keeps it."""
    cover.delete()


@transaction.atomic
def take_turn(*, trust: Trust, at: datetime) -> bool:
    """Take the turn to send a trust's reminders. Return False if another worker has it."""
    ReminderTurn.objects.get_or_create(trust=trust)
    turn = locked(ReminderTurn.objects.filter(trust=trust)).get()
    if turn.taken_until is not None and turn.taken_until > at:
        return False
    turn.taken_until = at + A_TURN
    turn.save(update_fields=["taken_until"])
    return True


@transaction.atomic
def end_turn(*, trust: Trust, trouble: str = "") -> None:
    """Give the turn back; ``trouble`` is what the mail server did wrong."""
    ReminderTurn.objects.filter(trust=trust).update(taken_until=None, trouble=trouble)


@transaction.atomic
def note_letter(*, trust: Trust, letter: ReminderLetter, refused: str, at: datetime) -> None:
    """Record that an email went out, or what the mail server said when it ``refused`` it, and keep the turn.

    A reminder that somebody recorded in the meantime does not change.
    """
    outcome = Reminder.Outcome.REFUSED if refused else Reminder.Outcome.SENT
    Reminder.objects.bulk_create(
        [
            Reminder(
                trust=trust,
                school_id=notice.duty.school,
                term_id=notice.duty.term,
                kind=notice.duty.kind.value,
                since=notice.duty.since.value,
                anchor=notice.duty.anchor,
                step=notice.step,
                user=letter.to,
                sent_to=letter.to.email,
                words=item.words,
                outcome=outcome,
                detail=refused,
                sent_at=at,
            )
            for item in letter.items
            for notice in item.notices
        ],
        ignore_conflicts=True,
    )
    ReminderTurn.objects.filter(trust=trust).update(taken_until=at + A_TURN)


@transaction.atomic
def choose_pace(*, trust: Trust, pace: Pace, is_only_one: bool, by: User, at: datetime) -> None:
    """Set how often a person gets reminders. ``is_only_one`` says that nobody else can do their tasks.

    Raises:
        OnlyOneWhoCanAct: the pace is off, and nobody else can do their tasks.
    """
    if pace is Pace.OFF and is_only_one:
        raise OnlyOneWhoCanAct(by.email)
    ReminderPace.objects.bulk_create(
        [ReminderPace(trust=trust, user=by, pace=pace.value, chosen_at=at)],
        update_conflicts=True,
        unique_fields=["trust", "user"],
        update_fields=["pace", "chosen_at"],
    )
