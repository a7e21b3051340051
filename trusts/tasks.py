"""Email invitations, password links and notices about sign-in, outside the requests that cause them."""

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
from django.utils.formats import date_format

from trusts import actions, form_posts, queries, tenancy
from trusts.models import Invitation, RoleNotice, Trust, User

# For tasks that only the database can delay. Every app's tasks use it.
RETRY: dict[str, Any] = {"autoretry_for": (OperationalError, InterfaceError), "retry_backoff": True, "max_retries": 5}
SETTLING = timedelta(minutes=2)  # By then, a message that was not lost has been sent or retried.


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_invitation(*, trust_id: int, invitation_id: int) -> None:
    """Send an invitation's newest link, unless it has been sent. Safe to run twice.

    Retries when the mail server is down: smtplib's errors are OSErrors.
    """
    actor = "task:trusts.send_invitation"
    with tenancy.scope([trust_id], school_ids=[], actor=actor):
        waiting = Invitation.objects.confirmed().filter(pk=invitation_id, sent_at__isnull=True)
        invitation = waiting.select_related("trust", "invited_by").first()
        if invitation is None:
            return
        message = _invitation_email(invitation)
    message.send()  # Outside the transaction: a slow mail server must not keep it open.
    with tenancy.scope([trust_id], school_ids=[], actor=actor):
        actions.mark_invitation_sent(invitation=invitation, at=timezone.now())


@shared_task
def send_waiting_invitations() -> None:
    """Send the invitations whose message to the worker was lost."""
    now = timezone.now()
    tenants = list(Trust.objects.tenants().values_list("pk", flat=True))
    with tenancy.scope(tenants, school_ids=[], actor="task:trusts.send_waiting_invitations"):
        waiting = Invitation.objects.confirmed().filter(sent_at__isnull=True, expires_at__gt=now)
        waiting = waiting.filter(expires_at__lt=now + actions.INVITATION_LASTS - SETTLING)
        found = list(waiting.order_by("pk").values_list("trust_id", "pk"))
    for trust_id, invitation_id in found:
        send_invitation.delay(trust_id=trust_id, invitation_id=invitation_id)


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_role_notices(*, trust_id: int) -> None:
    """Send the notices about roles of one trust that were not sent yet. Run again after a fault, it sends the rest."""
    actor = "task:trusts.send_role_notices"
    with tenancy.scope([trust_id], school_ids=[], actor=actor):
        notices = list(
            RoleNotice.objects.filter(sent_at__isnull=True).select_related("to", "trust").order_by("made_at", "pk")
        )
    for notice in notices:
        _notice_email(notice).send()  # Outside the transaction: a slow mail server must not keep it open.
        with tenancy.scope([trust_id], school_ids=[], actor=actor):
            actions.mark_notice_sent(notice=notice, at=timezone.now())


@shared_task
def send_waiting_role_notices() -> None:
    """Send the notices about roles whose message to the worker was lost."""
    tenants = list(Trust.objects.tenants().values_list("pk", flat=True))
    with tenancy.scope(tenants, school_ids=[], actor="task:trusts.send_waiting_role_notices"):
        waiting = RoleNotice.objects.filter(sent_at__isnull=True, made_at__lt=timezone.now() - SETTLING)
        found = sorted(set(waiting.values_list("trust_id", flat=True)))
    for trust_id in found:
        send_role_notices.delay(trust_id=trust_id)


@shared_task(autoretry_for=(OSError, OperationalError), retry_backoff=True, max_retries=5)
def send_password_reset(*, user_id: int) -> None:
    """Send a person a link to choose a new password. Run twice, it sends two emails with working links.

    The link is made here so that no secret passes through the broker.
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
    """Tell a person that something about how they sign in has changed. Run twice, it sends two emails.

    It takes the text instead of ids, because the time and place of the change are stored nowhere else. The text has no
    secrets.
    """
    EmailMultiAlternatives(subject=subject, body=body, to=[to]).send()


@shared_task(**RETRY)
def forget_old_forms() -> None:
    """Remove typed text that nobody came back for, and the record of forms that were sent. Safe to run twice."""
    form_posts.forget_old_forms()


def _role_in_words(invitation: Invitation) -> str:
    school = queries.school_name(invitation.trust, invitation.school_id)
    words = f"{invitation.get_role_display()} of {school}" if school else invitation.get_role_display()
    return f"{words}, until {date_format(invitation.ends_date, 'j F Y')}" if invitation.ends_date else words


def _invitation_email(invitation: Invitation) -> EmailMultiAlternatives:
    context = {
        "invitation": invitation,
        "role": _role_in_words(invitation),
        "link": settings.SITE_ADDRESS + reverse("invitation", args=[invitation.token()]),
    }
    email = EmailMultiAlternatives(
        subject=f"Your invitation to Sightline from {invitation.trust.name}",
        body=render_to_string("trusts/email/invitation.txt", context),
        to=[invitation.email],
    )
    email.attach_alternative(render_to_string("trusts/email/invitation.html", context), "text/html")
    return email


def _notice_email(notice: RoleNotice) -> EmailMultiAlternatives:
    context = {
        "notice": notice,
        "link": settings.SITE_ADDRESS + reverse("dashboards:trust_home", args=[notice.trust_id]),
    }
    email = EmailMultiAlternatives(
        subject=f"A change of roles in {notice.trust.name}",
        body=render_to_string("trusts/email/role_notice.txt", context),
        to=[notice.to.email],
    )
    email.attach_alternative(render_to_string("trusts/email/role_notice.html", context), "text/html")
    return email
