"""Outside the request: letters about decisions on returns, reminders, and similar schools after an import."""

import logging
from datetime import timedelta
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused
from typing import Any

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from kpis.actions.letters import mark_sent
from kpis.actions.reminders import end_turn, note_letter, take_turn
from kpis.actions.similar import find_similar_schools
from kpis.models import ReturnDecision
from kpis.queries.letters import unsent, who_can_act
from kpis.queries.reminders import Letter, letters_due
from kpis.queries.similar import behind_the_imports
from kpis.rules.reminders import Duty, Kind
from trusts import tenancy
from trusts.models import Trust, User

log = logging.getLogger(__name__)
SETTLING = timedelta(minutes=2)  # A message that was not lost has been sent, and tried again, by then.
RETRY: dict[str, Any] = {"autoretry_for": (OperationalError, InterfaceError), "retry_backoff": True, "max_retries": 5}
TOO_OLD = timedelta(days=2)  # What was not told by then is on the page, and was chased in other ways.


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_decision(*, trust_id: int, school_id: int, decision_id: int) -> None:
    """Tell the school what was decided in one round, unless the letter went out before. Safe to run twice.

    A mail server that is away is tried again; smtplib's errors are OSErrors.
    """
    actor = "task:kpis.send_decision"
    with tenancy.scope([trust_id], school_ids=[school_id], actor=actor):
        decision = unsent().filter(pk=decision_id).first()
        if decision is None:
            return
        to = who_can_act(decision, on=timezone.localdate())
        message = _letter(decision, to) if to else None
    if message:
        message.send()  # Not inside the transaction: a slow mail server must not hold one open.
    with tenancy.scope([trust_id], school_ids=[school_id], actor=actor):
        mark_sent(decision=decision, to=to.email if to else "", at=timezone.now())


@shared_task
def send_waiting_decisions() -> None:
    """Find the decisions whose message was lost on the way to a worker, and send them."""
    now = timezone.now()
    tenants = list(Trust.objects.tenants().values_list("pk", flat=True))
    with tenancy.scope(tenants, actor="task:kpis.send_waiting_decisions"):
        waiting = unsent().filter(decided_at__range=(now - TOO_OLD, now - SETTLING))
        found = list(waiting.order_by("pk").values("trust_id", "school_id", decision_id=F("pk")))
    for ids in found:
        send_decision.delay(**ids)


def _letter(decision: ReturnDecision, to: User) -> EmailMultiAlternatives:
    of = decision.termly_return
    page = reverse("kpis:return_detail", args=[of.trust_id, of.school_id, of.term_id])
    context = {"decision": decision, "of": of, "to": to, "link": settings.SITE_ADDRESS + page}
    said = "accepted" if decision.step == ReturnDecision.Step.ACCEPTED else "to correct"
    if decision.step == ReturnDecision.Step.SENT_BACK:
        said = "sent back"
    letter = EmailMultiAlternatives(
        subject=f"{of.term} return of {of.school.name}: {said}",
        body=render_to_string("kpis/email/decision.txt", context),
        to=[to.email],
    )
    letter.attach_alternative(render_to_string("kpis/email/decision.html", context), "text/html")
    return letter


@shared_task(**RETRY)
def send_reminders() -> None:
    """Look in every trust whether reminders are due, one message each. What could not go out is found again."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        send_reminders_of_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def send_reminders_of_trust(*, trust_id: int) -> None:
    """Send one trust's reminders that are due, each person one letter. Safe to run twice, also at the same time.

    Each letter is made from what is so at its own moment. A mail server that is away ends the round: nothing is noted
    of what did not go out, so the next sweep sends it. A letter that the server refuses for good is noted as refused.
    """
    trust, actor = Trust.objects.get(pk=trust_id), "task:kpis.send_reminders_of_trust"
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
                    refused = _refused_for_good(error)
                    if not refused:
                        continue  # For now only: the next sweep tries again.
                with tenancy.scope([trust_id], actor=actor):
                    note_letter(trust=trust, letter=letter, refused=refused, at=timezone.now())
    except OSError as error:
        trouble = str(error) or type(error).__name__
        log.warning("reminders of trust %s wait for the mail server: %s", trust_id, trouble)
    with tenancy.scope([trust_id], actor=actor):
        end_turn(trust=trust, trouble=trouble)


def _next_letter(trust: Trust, tried: set[int], actor: str) -> Letter | None:
    with tenancy.scope([trust.pk], actor=actor):
        due = letters_due(trust, now=timezone.now())
    return next((each for each in due if each.to.pk not in tried), None)


def _refused_for_good(error: OSError) -> str:
    """Return what the server said of a letter that it will never take; empty where it may take it later."""
    answers: list[tuple[int, bytes | str]]
    if isinstance(error, SMTPRecipientsRefused):
        answers = list(error.recipients.values())
    elif isinstance(error, SMTPDataError):
        answers = [(error.smtp_code, error.smtp_error)]
    else:
        return str(error)
    said = [f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}" for code, text in answers]
    return "; ".join(said) if all(code >= 500 for code, _ in answers) else ""


def _reminder(trust: Trust, letter: Letter) -> EmailMultiAlternatives:
    items = [{"words": each.words} | _place(trust, each.notices[0].duty) for each in letter.items]
    mine = settings.SITE_ADDRESS + reverse("kpis:reminder_pace", args=[trust.pk])
    context = {"to": letter.to, "trust": trust, "items": items, "pace_link": mine}
    subject = "Something waits for you" if len(items) == 1 else f"{len(items)} things wait for you"
    message = EmailMultiAlternatives(
        subject=f"{subject}: {trust.name}",
        body=render_to_string("kpis/email/reminder.txt", context),
        to=[letter.to.email],
    )
    message.attach_alternative(render_to_string("kpis/email/reminder.html", context), "text/html")
    return message


def _place(trust: Trust, duty: Duty) -> dict[str, str]:
    if duty.kind is Kind.APPROVE:
        path, label = reverse("dashboards:target_approvals", args=[trust.pk]), "Open the targets"
    else:
        name = "dashboards:moderate_return" if duty.kind is Kind.MODERATE else "kpis:return_detail"
        path, label = reverse(name, args=[trust.pk, duty.school, duty.term]), "Open this return"
    return {"link": settings.SITE_ADDRESS + path, "link_label": label}


@shared_task(**RETRY)
def find_similar() -> None:
    """Find the similar schools of every trust's schools, one message each: what was published may have changed."""
    for trust_id in Trust.objects.tenants().order_by("pk").values_list("pk", flat=True):
        find_similar_of_trust.delay(trust_id=trust_id)


@shared_task(**RETRY)
def follow_imports() -> int:
    """Find similar schools again for the trusts that have not seen the newest imported file; return how many."""
    trusts = list(Trust.objects.tenants().order_by("pk").values_list("pk", flat=True))
    with tenancy.scope(trusts, actor="task:kpis.follow_imports"):
        waiting = behind_the_imports(trusts)
    for trust_id in waiting:
        find_similar_of_trust.delay(trust_id=trust_id)
    return len(waiting)


@shared_task(**RETRY)
def find_similar_of_trust(*, trust_id: int) -> None:
    """Find the similar schools of one trust's schools."""
    with tenancy.scope([trust_id], actor="task:kpis.find_similar_of_trust"):
        find_similar_schools(trust_id=trust_id, at=timezone.now())
