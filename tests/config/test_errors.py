"""Test that error pages answer bodies that cannot be read, which Django's own pages cannot."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse

from trusts.models import Role

ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = {
    "another encoding": ("application/x-www-form-urlencoded; charset=utf-16", "name=ä".encode("utf-16")),
    "no boundary": ("multipart/form-data", b"--piece--"),
    "cut short": ("multipart/form-data; boundary=piece", b"--piece\r\nContent-Disposition: form-data; name="),
}
# Django fills its own values into messages under these names.
FILLED = {"min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits", "min_length", "max_length"}

SAFE = {"in_limit", "length"}  # Its percent signs are doubled; a number.


@pytest.fixture(params=list(UNREADABLE))
def post(request, client):
    """Post a body that cannot be read."""
    content_type, content = UNREADABLE[request.param]
    return lambda path: client.generic("POST", path, content, content_type=content_type)


@pytest.mark.parametrize("path", ["/no/such/page/", "/accounts/signup/", "/accounts/login/", "/"])
@pytest.mark.parametrize("signed_in", [False, True], ids=["signed out", "signed in"])
def test_body_that_cannot_be_read_is_no_error_of_ours(trust, as_role, post, path, signed_in):
    if signed_in:
        as_role(Role.BOARD_MEMBER, trust)

    assert post(path).status_code in (200, 302, 400, 404, 405)


def test_refused_page_answers_a_body_that_cannot_be_read(trust, as_role, post):
    as_role(Role.BOARD_MEMBER, trust)

    response = post(reverse("trusts:invite", args=[trust.pk]))

    assert response.status_code == 403
    assert "You do not have access to this page" in response.text


def test_page_that_reads_the_form_says_that_it_did_not_understand(trust, as_role, post):
    as_role(Role.TRUST_ADMINISTRATOR, trust)

    response = post(reverse("trusts:invite", args=[trust.pk]))

    assert response.status_code in (200, 400)
    assert "We could not understand that request" in response.text or "Enter the person" in response.text


def test_names_in_messages_that_django_fills_in_have_no_percent_sign():
    """Otherwise Django takes the percent sign of a name like "top 15%" for the place of its own value."""
    unsafe = []
    for file in [*ROOT.glob("*/forms.py"), *ROOT.glob("*/forms/*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Dict):
                messages = [
                    value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and key.value in FILLED and isinstance(value, ast.JoinedStr)
                ]
                names = {name.id for message in messages for name in ast.walk(message) if isinstance(name, ast.Name)}
                unsafe += [f"{file.name}: {name}" for name in names if not name.isupper() and name not in SAFE]

    assert unsafe == []
