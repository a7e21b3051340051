"""Sign-in by invitation only: nobody makes an account by signing up."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from kombu.exceptions import OperationalError as BrokerAway

from trusts.models import User
from trusts.tasks import send_account_notice, send_password_reset


class InvitationOnlyAccounts(DefaultAccountAdapter):
    # The same words for an unknown address and for a wrong password.
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The e-mail address and the password do not go together. Check both.",
        "too_many_login_attempts": "Too many wrong tries. Wait five minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Leave the letter to a worker, so that the page takes as long for an address that is nobody's."""
        transaction.on_commit(lambda: _by_worker(send_password_reset, user_id=user.pk), robust=True)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Leave what a person is told about their sign-in to a worker: a mail server that is away undoes nothing."""
        message = self.render_mail(template_prefix, email, context | {"email": email})
        told = {"to": email, "subject": str(message.subject), "body": str(message.body)}
        transaction.on_commit(lambda: _by_worker(send_account_notice, **told), robust=True)


def _by_worker(task: Any, **arguments: Any) -> None:
    # Nothing in the database says that such a letter is due, so no sweep would find it: with the broker away it goes
    # out from here.
    try:
        task.delay(**arguments)
    except BrokerAway:
        task(**arguments)


class InvitationOnlySocialAccounts(DefaultSocialAccountAdapter):
    """A Microsoft or Google account signs in the person whose verified address was invited, and nobody else."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        # Connecting a second account by hand would let a private one in that no school can close.
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise PermissionDenied("Accounts are matched by their address only")


class EncryptedSecondSteps(DefaultMFAAdapter):
    """Keep authenticator secrets and recovery codes encrypted, so that a copy of the database opens no account."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"trusts.adapters.second_step:" + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
