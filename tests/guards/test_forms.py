"""Check that no form loses what was typed: every form has our token, and every page gives the text back.

The pages and the people are the demonstration's. Nothing here runs scripts.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import resolve
from django.utils import timezone

from demonstration.actions.loading import load_trust
from demonstration.trust.story import ONCE, PASSWORD, STORYBOOK
from kpis.actions.catalogue import sync_catalogue
from tests.journeys.cast import EXECUTIVE_DIRECTOR, HEAD_OF_ONCE, somebody
from tests.journeys.pages import GATED_PAGES, GETS, Places, school_of
from trusts import tenancy
from trusts.actions import invite
from trusts.models import Role, Trust, User
from trusts.permissions import GRANTS

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
POST_FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)
# Forms without our token, each with the reason. They keep nothing.
WITHOUT_TOKEN = {
    "account/": "passwords, and signing in and out",
    "mfa/": "passwords and codes",
    "socialaccount/": "leads to Microsoft or Google",
    "allauth/": "the frame of the forms of django-allauth",
    "components/header.html": "signing out",
    "trusts/invitation.html": "a password, before there is an account",
    "trusts/invitation_sign_in.html": "signing out",
}
# The forms on pages with content in the demonstration: where each is sent, by its page.
FORMS = {
    "dashboards:reminder_pace": {"dashboards:reminder_pace"},
    "dashboards:target_approvals": {"dashboards:target_approvals"},
    "kpis:own_add": {"kpis:own_add"},
    "kpis:own_change": {"kpis:own_change"},
    "kpis:set_indicator": {"kpis:set_indicator", "kpis:set_school"},
    "kpis:small_numbers_change": {"kpis:small_numbers_change"},
    "kpis:target_file": {"kpis:target_file"},
    "kpis:target_grid": {"kpis:target_grid"},
    "meetings:panel_detail": {"meetings:note_save"},
    "meetings:panel_plan": {"meetings:panel_plan"},
    "meetings:panel_publish": {"meetings:panel_publish"},
    "returns:correction_open": {"returns:correction_open"},
    "returns:default_areas": {"returns:default_areas"},
    "returns:export_upload": {"returns:export_upload"},
    "returns:file_list": {"returns:file_send"},
    "returns:moderate_return": {"returns:lines_decide"},
    "returns:return_allow": {"returns:return_allow"},
    "returns:return_detail": {"returns:return_save"},
    "returns:year_begin": {"returns:year_begin"},
    "schools:calendar_change": {"schools:calendar_change"},
    "trajectories:dimension_record": {"trajectories:dimension_record"},
    "trajectories:journey_decide": {"trajectories:journey_decide"},
    "trajectories:line_judge": {"trajectories:line_judge"},
    "trajectories:line_moderate": {"trajectories:line_moderate"},
    "trajectories:phase_decide": {"trajectories:phase_decide"},
    "trajectories:reference_set": {"trajectories:reference_set"},
    "trajectories:unit_add": {"trajectories:unit_add"},
    "trajectories:unit_change": {"trajectories:unit_change"},
    "trajectories:unit_close": {"trajectories:unit_close"},
    "trajectories:unit_judge": {"trajectories:unit_judge"},
    "trajectories:unit_moderate": {"trajectories:unit_moderate"},
    "followup:cover_list": {"followup:cover_list"},
    "trusts:deputy_list": {"trusts:deputy_list"},
    "trusts:invitation_withdraw": {"trusts:invitation_withdraw"},
    "trusts:invite": {"trusts:invite"},
    "trusts:people": {"trusts:invitation_resend"},
    "trusts:role_end": {"trusts:role_end"},
}
# Pages whose form is only for some of those who may open the page: who sees it, and in which school.
SEEN_BY = {
    "meetings:panel_detail": (EXECUTIVE_DIRECTOR, ONCE),
    "returns:file_list": (HEAD_OF_ONCE, ONCE),
    "returns:return_detail": (HEAD_OF_ONCE, ONCE),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_every_form_has_our_token_or_a_reason(path):
    name = path.relative_to(ROOT / "templates").as_posix()
    forms = POST_FORM.findall(path.read_text())
    excused = any(name.startswith(start) for start in WITHOUT_TOKEN)

    assert all("{% form_token %}" in form for form in forms) or excused
    assert not (excused and any("{% form_token %}" in form for form in forms))
    assert "<textarea" not in "".join(forms) or not excused


def test_reasons_are_for_existing_forms():
    names = [path.relative_to(ROOT / "templates").as_posix() for path in TEMPLATES if "<form" in path.read_text()]

    assert all(any(name.startswith(start) for name in names) for start in WITHOUT_TOKEN)


class Forms(HTMLParser):
    """Read the forms of a page that are sent by POST: where each is sent, and its fields with their values."""

    def __init__(self, html: str, path: str) -> None:
        super().__init__()
        self.path = path
        self.found: list[SimpleNamespace] = []
        self.form: SimpleNamespace | None = None
        self.select = self.area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form" and given.get("method") == "post":
            self.form = SimpleNamespace(
                path=given.get("action") or self.path, values=defaultdict(list), choices={}, texts=[], hidden={}
            )
        if self.form is None:
            return
        if tag == "textarea":
            self.area = name
            self._add_text(name, "")
        elif tag == "select":
            self.select = name
        elif tag == "option":
            self._add_choice(self.select, given["value"], is_chosen="selected" in given)
        elif tag == "input":
            self._add_input(name, given)

    def _add_input(self, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("radio", "checkbox"):
            self._add_choice(name, given.get("value", "on"), is_chosen="checked" in given)
        elif kind == "hidden":
            self.form.hidden[name] = given.get("value", "")
        elif kind != "file":
            self._add_text(name, given.get("value", ""))

    def _add_text(self, name: str, value: str) -> None:
        self.form.texts.append(name)
        self.form.values[name].append(value)

    def _add_choice(self, name: str, value: str, *, is_chosen: bool) -> None:
        self.form.choices[name] = value
        if is_chosen:
            self.form.values[name].append(value)

    def handle_data(self, data: str) -> None:
        if self.area and self.form:
            self.form.values[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.form:
            last = self.form.values[self.area]
            last[-1] = last[-1].removeprefix("\n")
            self.area = ""
        elif tag == "select":
            self.select = ""
        elif tag == "form" and self.form:
            if "form_token" in self.form.hidden:
                self.found.append(self.form)
            self.form = None


def forms_of(client: Client, path: str) -> list[SimpleNamespace]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return Forms(answer.text, path).found


def typed_into(form: SimpleNamespace) -> dict[str, list[str]]:
    """Return what a person types: a text in every field, and the last choice of every list."""
    texts = {name: [f"Typed <b> & “here” {number}"] for number, name in enumerate(form.texts)}
    return texts | {name: [choice] for name, choice in form.choices.items()}


@pytest.fixture(scope="module")
def places(django_db_setup: None, django_db_blocker: Any) -> Iterator[Places]:
    """The demonstration, loaded once for all tests here and rolled back afterwards."""

    def one(sql: str, *parameters: Any) -> Any:
        with tenancy.scope([STORYBOOK.uid], actor="test"), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            row = cursor.fetchone()
            return row and row[0]

    with django_db_blocker.unblock(), transaction.atomic():
        sync_catalogue()
        now = timezone.now()
        with tenancy.scope([STORYBOOK.uid], actor="command:load_demo"):
            load_trust(story=STORYBOOK, on=timezone.localdate(now), at=now)
            director, trust = User.objects.get(email=EXECUTIVE_DIRECTOR), Trust.objects.get(pk=STORYBOOK.uid)
            invited = {"email": "nora@example.org", "name": "Nora Example", "role": Role.BUSINESS_MANAGER}
            invite(trust=trust, **invited, school_id=None, ends_date=None, by=director, at=now)
        monkeypatch = pytest.MonkeyPatch()
        monkeypatch.setitem(GATED_PAGES, "meetings:panel_detail", {"panel_id": "draft"})  # It has forms.
        yield Places(SimpleNamespace(one=one))
        monkeypatch.undo()
        transaction.set_rollback(True)


@pytest.fixture
def at(places: Places, db: None, page: str) -> tuple[Client, str, str]:
    """A client of the first role that opens the page, the person's email address, and the page's address."""
    role = next(role for role in Role if GETS[page].view.permission in GRANTS[role])
    email, school = SEEN_BY.get(page) or (somebody(role), school_of(somebody(role), role))
    client = Client(enforce_csrf_checks=True)
    sign_in(client, email)
    return client, email, places.path(page, school)


def sign_in(client: Client, email: str) -> None:
    cache.clear()  # It counts the attempts to sign in.
    client.cookies.pop("sessionid", None)
    client.get("/accounts/login/")
    token = client.cookies["csrftoken"].value
    sent = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/accounts/login/", sent).status_code == 302


every_page = pytest.mark.parametrize("page", FORMS)


@pytest.mark.parametrize("page", sorted(set(GATED_PAGES) - set(FORMS)))
def test_page_that_is_not_listed_has_no_form(at):
    client, _, path = at

    assert forms_of(client, path) == []


@every_page
def test_page_has_the_forms_of_the_list(at, page):
    client, _, path = at

    assert {resolve(form.path.partition("?")[0]).view_name for form in forms_of(client, path)} == FORMS[page]


@every_page
def test_text_comes_back_after_signing_in(at, page):
    client, email, path = at
    for form in forms_of(client, path):
        typed = typed_into(form)
        client.cookies.pop("sessionid")

        answer = client.post(form.path, form.hidden | typed)

        assert answer.status_code == 302
        assert unquote(answer.url) == f"/accounts/login/?next={path}#kept-text"
        sign_in(client, email)
        assert_it_is_back(client, path, form, typed)


@every_page
def test_text_comes_back_after_signing_in_again_in_another_tab(at, page):
    client, email, path = at
    for form in forms_of(client, path):
        typed = typed_into(form)
        sign_in(client, email)

        answer = client.post(form.path, form.hidden | typed)

        assert (answer.status_code, answer.url) == (302, f"{path}#kept-text")
        assert_it_is_back(client, path, form, typed)


def assert_it_is_back(client: Client, path: str, form: SimpleNamespace, typed: dict[str, list[str]]) -> None:
    again = next(other for other in forms_of(client, path) if other.path == form.path)
    assert {name: again.values[name] for name in typed} == typed
