"""Check the headers of every response, and that templates keep to the Content Security Policy."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from trusts.models import Role

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A script element may contain data: browsers do not run these types.
DATA_TYPES = ("application/json", "application/ld+json")
FORBIDDEN = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=|\shx-on[:\w-]*\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "a value for htmx to evaluate": re.compile(r"hx-(vals|headers|vars)\s*=\s*[\"']?\s*js:|\shx-vars", re.IGNORECASE),
    "a script or style from elsewhere": re.compile(
        r"<(script|link|img|iframe)\b[^>]*\b(src|href)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
    ),
}
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.IGNORECASE | re.DOTALL)


def faults_of(html: str) -> list[str]:
    found = [what for what, pattern in FORBIDDEN.items() if pattern.search(html)]
    for attributes, body in SCRIPT.findall(html):
        is_data = any(f'type="{kind}"' in attributes for kind in DATA_TYPES)
        if body.strip() and not is_data:
            found.append("an inline script")
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_template_keeps_to_the_policy(template):
    assert faults_of(template.read_text()) == []


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color: red">',
        "<style>p { color: red }</style>",
        '<button onclick="go()">',
        '<div hx-on:click="go()">',
        '<a href="javascript:go()">',
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<script src="https://cdn.example/x.js"></script>',
        "<div hx-vals='js:{a: go()}'>",
    ],
)
def test_guard_finds_each_kind_of_fault(html):
    assert faults_of(html) != []


def test_templates_are_found():
    assert len(TEMPLATES) > 20


def test_policy_allows_nothing_inline():
    policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]

    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert "unsafe" not in str(policy)


@pytest.fixture(params=["page", "not found", "refused", "sign-in", "redirect", "closed", "json", "invitation"])
def answer(request, client, trust, as_role):
    if request.param in ("sign-in", "redirect", "closed", "invitation"):
        name = {"sign-in": "account_login", "redirect": "mfa_index", "closed": "account_signup"}.get(request.param)
        return client.get(reverse(name) if name else reverse("invitation", args=["nonsense"]))
    as_role(Role.BOARD_MEMBER if request.param == "refused" else Role.TRUST_ADMINISTRATOR, trust)
    paths = {"not found": "/no/such/page/", "json": reverse("api_schema")}
    return client.get(paths.get(request.param, reverse("trusts:people", args=[trust.pk])))


def test_every_response_has_the_headers(answer):
    policy = answer.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_error_page_has_the_headers_too(client, db, monkeypatch):
    def fall_over(request: HttpRequest) -> None:
        raise ZeroDivisionError

    client.raise_request_exception = False
    monkeypatch.setattr("allauth.account.views.LoginView.dispatch", fall_over)
    monkeypatch.setattr("allauth.account.views.LoginView.get", fall_over)

    response = client.get(reverse("account_login"))

    assert response.status_code == 500
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
