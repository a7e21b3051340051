"""Invitations, links for a new password and notices about sign-in go out by e-mail, outside their requests."""

from datetime import timedelta
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import InterfaceError, OperationalError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from trusts import actions, queries, tenancy
from trusts.models import Invitation, Trust, User

# Of every task that only the database can hold up; each app's tasks use it.
RETRY: dict[str, Any] = {"autoretry_for": (OperationalError, InterfaceError), "retry_backoff": True, "max_retries": 5}
SETTLING = timedelta(minutes=2)  # A message that was not lost has been sent, and tried again, by then.


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_invitation(*, trust_id: int, invitation_id: int) -> None:
    """Send one invitation's newest link, unless it went out before. Safe to run twice.

    A mail server that is away is tried again; smtplib's errors are OSErrors.
    """
    actor = "task:trusts.send_invitation"
    with tenancy.scope([trust_id], school_ids=[], actor=actor):
        waiting = Invitation.objects.open().filter(pk=invitation_id, sent_at__isnull=True)
        invitation = waiting.select_related("trust", "invited_by").first()
        if invitation is None:
            return
        message = _letter(invitation)
    message.send()  # Not inside the transaction: a slow mail server must not hold one open.
    with tenancy.scope([trust_id], school_ids=[], actor=actor):
        actions.mark_sent(invitation=invitation, at=timezone.now())


@shared_task
def send_waiting_invitations() -> None:
    """Find the invitations whose message was lost on the way to a worker, and send them."""
    now = timezone.now()
    tenants = list(Trust.objects.tenants().values_list("pk", flat=True))
    with tenancy.scope(tenants, school_ids=[], actor="task:trusts.send_waiting_invitations"):
        waiting = Invitation.objects.open().filter(sent_at__isnull=True, expires_at__gt=now)
        waiting = waiting.filter(expires_at__lt=now + actions.INVITATION_LASTS - SETTLING)
        found = list(waiting.order_by("pk").values_list("trust_id", "pk"))
    for trust_id, invitation_id in found:
        send_invitation.delay(trust_id=trust_id, invitation_id=invitation_id)


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_password_reset(*, user_id: int) -> None:
    """Send a person the link by which they choose a new password. Run twice it is two letters with working links.

    The link is made here, so that no secret passes through the broker.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    link = settings.SITE_ADDRESS + reverse("account_reset_password_from_key", kwargs=key)
    subject = render_to_string("account/email/password_reset_key_subject.txt").strip()
    EmailMultiAlternatives(
        subject=settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject,
        body=render_to_string("account/email/password_reset_key_message.txt", {"password_reset_url": link}),
        to=[user.email],
    ).send()


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_account_notice(*, to: str, subject: str, body: str) -> None:
    """Tell a person that something about how they sign in has changed. Run twice it tells them twice.

    It takes the words and no ids: when and from where it was done is kept nowhere else. There is no secret in them.
    """
    EmailMultiAlternatives(subject=subject, body=body, to=[to]).send()


def _letter(invitation: Invitation) -> EmailMultiAlternatives:
    context = {
        "invitation": invitation,
        "school_name": queries.school_name(invitation.trust, invitation.school_id),
        "link": settings.SITE_ADDRESS + reverse("invitation", args=[invitation.token()]),
    }
    letter = EmailMultiAlternatives(
        subject=f"Your invitation to Sightline from {invitation.trust.name}",
        body=render_to_string("trusts/email/invitation.txt", context),
        to=[invitation.email],
    )
    letter.attach_alternative(render_to_string("trusts/email/invitation.html", context), "text/html")
    return letter
