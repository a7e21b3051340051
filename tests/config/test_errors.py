"""Test that error pages answer bodies that cannot be read, which Django's own pages cannot."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

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
    """Post a body that cannot be read, to the site as it checks the token of each form."""
    client.handler.enforce_csrf_checks = True
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32  # Without it, the form is refused before it is read.
    content_type, content = UNREADABLE[request.param]
    return lambda path: client.generic("POST", path, content, content_type=content_type)


@pytest.mark.parametrize("path", ["/no/such/page/", "/accounts/signup/", "/accounts/login/", "/", "/trusts/1/"])
@pytest.mark.parametrize("signed_in", [False, True], ids=["signed out", "signed in"])
def test_body_that_cannot_be_read_is_no_error_of_ours(trust, as_role, post, path, signed_in):
    if signed_in:
        as_role(Role.BOARD_MEMBER, trust)

    assert post(path).status_code in (400, 403, 404)


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
