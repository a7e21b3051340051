"""Check production settings in a separate process that reads them as production does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASKED = [
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "DEBUG",
    "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", "ALLAUTH_TRUSTED_PROXY_COUNT", "SOCIALACCOUNT_PROVIDERS",
    "CONTENT_SECURITY_POLICY", "ACCOUNT_RATE_LIMITS",
]  # fmt: skip
READ = f"""
import json, django
from django.conf import settings
django.setup()
print(json.dumps({{name: getattr(settings, name) for name in {ASKED!r}}}))
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "DATABASE_URL", "REDIS_URL") if name in os.environ}
    production = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "k8#Vq2!" * 10,
        "SITE_ADDRESS": "https://sightline.example",
        "ALLOWED_HOSTS": "sightline.example",
        "BEHIND_PROXY": "true",
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env=inherited | production | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def production() -> dict:
    done = run("-c", READ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_django_has_no_deployment_warnings():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_cookies_and_redirects_need_https(production):
    for name in [*ASKED[:3], "SECURE_SSL_REDIRECT", "SECURE_HSTS_INCLUDE_SUBDOMAINS"]:
        assert production[name] is True, name
    assert production["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert production["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert production["DEBUG"] is False
    assert production["MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN"] is False


def test_rate_limits_behind_a_proxy_use_the_address_it_saw(production):
    assert production["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
    assert production["ACCOUNT_RATE_LIMITS"]["login_failed"] == "10/m/ip,5/5m/key"


def test_provider_without_a_client_id_is_off(production):
    assert production["SOCIALACCOUNT_PROVIDERS"] == {}
    assert production["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"] == ["'self'"]


def test_microsoft_needs_one_directory_and_its_domains():
    given = {"MICROSOFT_CLIENT_ID": "id", "MICROSOFT_CLIENT_SECRET": "secret"}

    assert "MICROSOFT_TENANT" in run("-c", READ, **given).stderr
    assert (
        "MICROSOFT_TENANT"
        in run("-c", READ, MICROSOFT_TENANT="common", MICROSOFT_EMAIL_DOMAINS="a.example", **given).stderr
    )

    done = run("-c", READ, MICROSOFT_TENANT="a-directory", MICROSOFT_EMAIL_DOMAINS="a.example,b.example", **given)
    settings = json.loads(done.stdout)
    assert settings["SOCIALACCOUNT_PROVIDERS"]["microsoft"]["APPS"][0]["settings"] == {
        "tenant": "a-directory",
        "verified_email": ["a.example", "b.example"],
    }
    assert settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"] == [
        "'self'",
        "https://login.microsoftonline.com",
    ]


@pytest.mark.parametrize("required", ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_ADDRESS", "DATABASE_URL", "REDIS_URL"])
def test_setting_without_a_safe_default_must_be_given(required):
    code = f"import os; os.environ.pop('{required}', None); import config.settings"

    done = run("-c", code)

    assert done.returncode != 0
    assert required in done.stderr
