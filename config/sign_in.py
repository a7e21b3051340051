"""Settings of signing in: accounts, passwords, second steps, Google and Microsoft. Part of ``config.settings``."""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
HTTPS = env("SITE_ADDRESS").startswith("https://")

AUTH_USER_MODEL = "trusts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("name", "email")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
    ]
]
PASSWORD_HASHERS = env.list(
    "PASSWORD_HASHERS",
    default=[
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    ],
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

# Sign-in. Accounts come from invitations only: trusts/adapters.py closes the sign-up pages.
ACCOUNT_ADAPTER = "trusts.adapters.InvitationOnlyAccounts"
SOCIALACCOUNT_ADAPTER = "trusts.adapters.InvitationOnlySocialAccounts"
ACCOUNT_FORMS = {
    "change_password": "trusts.forms.ChangePasswordForm",
    "reset_password_from_key": "trusts.forms.ResetPasswordKeyForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # The invitation itself was sent to the address.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # No email to an address that has no account.
ACCOUNT_EMAIL_NOTIFICATIONS = True  # People get an email when their password or second step changes.
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Sightline: "
ACCOUNT_SESSION_REMEMBER = False  # School computers are shared: a session ends with the browser.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": env("SIGN_IN_FAILURES", default="10/m/ip,5/5m/key"),
    "reset_password": "20/m/ip,5/m/key",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
MFA_ADAPTER = "trusts.adapters.EncryptedSecondSteps"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Sightline"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # Allows passkeys on http://localhost in the demonstration.
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# A provider is on if it has a client ID. Otherwise its button is hidden and its pages do not exist.
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if env("GOOGLE_CLIENT_ID", default=""):
    SOCIALACCOUNT_PROVIDERS["google"] = {
        "APPS": [{"client_id": env("GOOGLE_CLIENT_ID"), "secret": env("GOOGLE_CLIENT_SECRET")}]
    }
if env("MICROSOFT_CLIENT_ID", default=""):
    # Microsoft does not say whether an address is verified: the administrator of any directory can enter any
    # address. So the settings name one directory, and the email domains that we trust it for.
    if env("MICROSOFT_TENANT") in ("common", "organizations", "consumers"):
        raise ImproperlyConfigured("MICROSOFT_TENANT must name one directory, by its ID or domain")
    SOCIALACCOUNT_PROVIDERS["microsoft"] = {
        "APPS": [
            {
                "client_id": env("MICROSOFT_CLIENT_ID"),
                "secret": env("MICROSOFT_CLIENT_SECRET"),
                "settings": {
                    "tenant": env("MICROSOFT_TENANT"),
                    "verified_email": env.list("MICROSOFT_EMAIL_DOMAINS"),
                },
            }
        ]
    }
SIGN_IN_ADDRESSES = {"google": "https://accounts.google.com", "microsoft": "https://login.microsoftonline.com"}
