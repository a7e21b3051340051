"""Record the reminders that headteachers got last term."""

from datetime import datetime, timedelta

from django.utils import timezone

from followup.actions import note_letter
from followup.queries import LetterItem, ReminderLetter, school_days
from followup.rules.reminders import CountedFrom, DueReminder, Duty, DutyKind, reminder_rules
from returns.rules.duty_words import duty_sentence
from schools.models import School, Term
from trusts.models import Trust, User

LINES, LEFT = 24, {-10: 24, -3: 9, 0: 2}  # Lines left at each step.


def add_reminders(trust: Trust, school: School, term: Term, headteacher: User, *, was_late: bool, at: datetime) -> None:
    """Record the reminders before the due date, and on the due date if the return was late."""
    local = timezone.localtime(at)
    for step in (-10, -3, 0) if was_late else (-10, -3):
        day = term.due_date + timedelta(days=step)
        days, hours = school_days(trust, on=day), reminder_rules().hours
        sent = hours.next_opening(local.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0), days)
        duty = Duty(
            kind=DutyKind.FILL_IN, since=CountedFrom.DUE, anchor=term.due_date, school=school.pk, term=term.pk,
            candidates=(headteacher.pk,), lines=LEFT[step], total=LINES,
        )  # fmt: skip
        words = duty_sentence(duty, to=headteacher.pk, on=sent.date(), school=school.name, term=str(term))
        item = LetterItem(words=words, notices=(DueReminder(duty=duty, step=step, person=headteacher.pk),))
        note_letter(trust=trust, letter=ReminderLetter(to=headteacher, items=(item,)), refused="", at=sent)
