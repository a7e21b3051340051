"""Send emails about decisions on returns."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from returns.actions.decision_letters import mark_decision_sent
from returns.models import ReturnDecision
from returns.queries.decision_letters import recipients, unsent_decisions
from tables.word_lists import join_in_words
from trusts import tenancy
from trusts.models import Trust, User


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_decision(*, trust_id: int, school_id: int, decision_id: int) -> None:
    """Email the school about a decision, unless the email was already sent. Safe to run twice.

    The task is tried again if the mail server is down: smtplib's errors are OSErrors.
    """
    actor = "task:returns.send_decision"
    with tenancy.scope([trust_id], school_ids=[school_id], actor=actor):
        decision = unsent_decisions().filter(pk=decision_id).first()
        if decision is None:
            return
        to = recipients(decision, on=timezone.localdate())
        message = _letter(decision, to) if to else None
    if message:
        message.send()  # Outside the transaction, so that a slow mail server does not keep it open.
    with tenancy.scope([trust_id], school_ids=[school_id], actor=actor):
        mark_decision_sent(decision=decision, to=", ".join(user.email for user in to), at=timezone.now())


@shared_task
def send_waiting_decisions() -> None:
    """Send the emails whose task was lost before a worker got it."""
    now = timezone.now()
    tenants = list(Trust.objects.tenants().values_list("pk", flat=True))
    with tenancy.scope(tenants, actor="task:returns.send_waiting_decisions"):
        waiting = unsent_decisions().filter(decided_at__range=(now - TOO_OLD, now - SETTLING))
        found = list(waiting.order_by("pk").values("trust_id", "school_id", decision_id=F("pk")))
    for ids in found:
        send_decision.delay(**ids)


SETTLING = timedelta(minutes=2)  # By then, a task that was not lost has been run.


TOO_OLD = timedelta(days=2)  # After that, the decision is on the page and in the reminders.


def _letter(decision: ReturnDecision, to: list[User]) -> EmailMultiAlternatives:
    termly_return = decision.termly_return
    page = reverse(
        "returns:return_detail", args=[termly_return.trust_id, termly_return.school_id, termly_return.term_id]
    )
    names = join_in_words([user.name for user in to])
    context = {"decision": decision, "termly_return": termly_return, "to": names, "link": settings.SITE_ADDRESS + page}
    outcome = "accepted" if decision.step == ReturnDecision.Step.ACCEPTED else "to correct"
    if decision.step == ReturnDecision.Step.SENT_BACK:
        outcome = "sent back"
    letter = EmailMultiAlternatives(
        subject=f"{termly_return.term} return of {termly_return.school.name}: {outcome}",
        body=render_to_string("returns/email/decision.txt", context),
        to=[user.email for user in to],
    )
    letter.attach_alternative(render_to_string("returns/email/decision.html", context), "text/html")
    return letter
