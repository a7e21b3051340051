"""Send reminders, one email for each person with all their tasks."""

import logging
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from dashboards.queries.reminders import letters_due
from followup.actions import end_turn, note_letter, take_turn
from followup.queries import ReminderLetter
from followup.rules.reminders import Duty, DutyKind
from trusts import tenancy
from trusts.models import Trust
from trusts.tasks import RETRY

log = logging.getLogger(__name__)


@shared_task(**RETRY)
def send_reminders() -> None:
    """Queue a task for each trust that sends its due reminders. The next run finds what could not be sent."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        send_reminders_of_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def send_reminders_of_trust(*, trust_id: int) -> None:
    """Send the due reminders of one trust, one email for each person. Safe to run twice, even at the same time.

    Each email is written just before it is sent. If the mail server is down, the task stops. Unsent emails are not
    recorded, so the next sweep sends them. An email that the server permanently refuses is recorded as refused.
    """
    trust, actor = Trust.objects.get(pk=trust_id), "task:dashboards.send_reminders_of_trust"
    with tenancy.scope([trust_id], actor=actor):
        if not letters_due(trust, now=timezone.now()) or not take_turn(trust=trust, at=timezone.now()):
            return
    trouble, tried = "", set[int]()
    try:
        with get_connection() as connection:
            while letter := _next_letter(trust, tried, actor):
                tried.add(letter.to.pk)
                message = _reminder(trust, letter)
                message.connection = connection
                refused = ""
                try:
                    message.send()
                except (SMTPRecipientsRefused, SMTPDataError, SMTPNotSupportedError) as error:
                    refused = _permanent_refusal(error)
                    if not refused:
                        continue  # Refused for now: the next sweep tries again.
                with tenancy.scope([trust_id], actor=actor):
                    note_letter(trust=trust, letter=letter, refused=refused, at=timezone.now())
    except OSError as error:
        trouble = str(error) or type(error).__name__
        log.warning("reminders of trust %s are waiting for the mail server: %s", trust_id, trouble)
    with tenancy.scope([trust_id], actor=actor):
        end_turn(trust=trust, trouble=trouble)


def _next_letter(trust: Trust, tried: set[int], actor: str) -> ReminderLetter | None:
    with tenancy.scope([trust.pk], actor=actor):
        due = letters_due(trust, now=timezone.now())
    return next((letter for letter in due if letter.to.pk not in tried), None)


def _permanent_refusal(error: OSError) -> str:
    """Return the server's answers if it will never take the email; empty if it may take it later."""
    answers: list[tuple[int, bytes | str]]
    if isinstance(error, SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, SMTPDataError):
        answers = [(error.smtp_code, error.smtp_error)]
    else:
        return str(error)
    texts = [f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}" for code, text in answers]
    return "; ".join(texts) if all(code >= 500 for code, _ in answers) else ""


def _reminder(trust: Trust, letter: ReminderLetter) -> EmailMultiAlternatives:
    items = [{"words": item.words} | _place(trust, item.notices[0].duty) for item in letter.items]
    mine = settings.SITE_ADDRESS + reverse("dashboards:reminder_pace", args=[trust.pk])
    context = {"to": letter.to, "trust": trust, "items": items, "pace_link": mine}
    subject = f"You have {len(items)} task{'' if len(items) == 1 else 's'} in Sightline"
    message = EmailMultiAlternatives(
        subject=f"{subject}: {trust.name}",
        body=render_to_string("dashboards/email/reminder.txt", context),
        to=[letter.to.email],
    )
    message.attach_alternative(render_to_string("dashboards/email/reminder.html", context), "text/html")
    return message


def _place(trust: Trust, duty: Duty) -> dict[str, str]:
    if duty.kind is DutyKind.APPROVE:
        path, label = reverse("dashboards:target_approvals", args=[trust.pk]), "Open the targets"
    else:
        name = "returns:moderate_return" if duty.kind is DutyKind.MODERATE else "returns:return_detail"
        path, label = reverse(name, args=[trust.pk, duty.school, duty.term]), "Open this return"
    return {"link": settings.SITE_ADDRESS + path, "link_label": label}
