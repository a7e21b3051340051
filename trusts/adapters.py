"""Allow sign-in by invitation only: nobody can sign up for an account."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from kombu.exceptions import OperationalError as BrokerAway

from trusts.form_posts import MAY_HAVE_TEXT, forget_text
from trusts.models import User
from trusts.tasks import send_account_notice, send_password_reset


class InvitationOnlyAccounts(DefaultAccountAdapter):
    # The same words for an unknown address and for a wrong password.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The email address or password is wrong. Check both and try again.",
        "too_many_login_attempts": "You have tried too many times. Wait 5 minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session[MAY_HAVE_TEXT] = True

    def logout(self, request: HttpRequest) -> None:
        """Sign a person out, and forget what they typed and did not save."""
        if request.user.is_authenticated:
            forget_text(request.user.pk)
        super().logout(request)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Let a worker send the email, so that the page takes equally long for an address that has no account."""
        transaction.on_commit(lambda: _by_worker(send_password_reset, user_id=user.pk), robust=True)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Let a worker send notices about sign-in, so that a mail server that is down does not undo the change."""
        message = self.render_mail(template_prefix, email, context | {"email": email})
        told = {"to": email, "subject": str(message.subject), "body": str(message.body)}
        transaction.on_commit(lambda: _by_worker(send_account_notice, **told), robust=True)


def _by_worker(task: Any, **arguments: Any) -> None:
    # The database does not record that these emails are due, so no sweep could find a lost one. With the broker down
    # they are sent from here.
    try:
        task.delay(**arguments)
    except BrokerAway:
        task(**arguments)


class InvitationOnlySocialAccounts(DefaultSocialAccountAdapter):
    """Sign in a Microsoft or Google account only if its verified address belongs to an invited person."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        # If people could connect a second account, it could be a private one that no school can close.
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise PermissionDenied("Accounts are matched by their email address only")


class SecondStepUnreadable(Exception):
    """No key of this installation decrypts the person's authenticator secret or recovery codes."""


class EncryptedSecondSteps(DefaultMFAAdapter):
    """Encrypt authenticator secrets and recovery codes, so that a copy of the database opens no account."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise SecondStepUnreadable from None


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"trusts.adapters.second_step:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
