"""Lose nothing that was typed into a form, and save a form once however often its button is pressed.

Every form of a signed-in person has a signed token (``{% form_token %}``): who was shown the form, on which page, and a
number used once. A form that meets the sign-in page or a page that is out of date is kept for that person
(``config/lost_sessions.py``), and its page shows it again. The gate calls ``answer_form`` around every view.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from trusts import tenancy
from trusts.form_html import fill_in
from trusts.models import FormPress, KeptText

FIELD, HEADER = "form_token", "X-Form-Token"  # Lines of a return, which save themselves, send the header.
TOKEN_LASTS = timedelta(days=7)
TEXT_LASTS = timedelta(days=1)  # As trusts.protection.protect_own.
LARGEST = 256 * 1024  # Characters of kept text. A whole return has about 50,000.
LONGEST_PATH = 2000  # Characters. An index has room for little more.
NOT_KEPT = ("csrfmiddlewaretoken", FIELD)
MAY_HAVE_TEXT = "may_have_kept_text"  # In the session, so that pages look for kept text only if there may be some.
SAVED_COOKIE = "saved_"  # With the form's number: tells static/js/drafts.js which form was saved.
MAIN = 'id="main-content">'


@dataclass(frozen=True)
class FormToken:
    """Who was shown a form, and on which page. ``number`` is different each time that a form is shown."""

    user_id: int
    page: str
    number: str

    @property
    def signed(self) -> str:
        return signing.dumps([self.user_id, self.page, self.number], salt=FIELD)


def new_form_token(request: HttpRequest) -> FormToken:
    """Return the token for a form on this page. A page that answers a POST belongs to the page that the form was on."""
    sent = read_form_token(request)
    page = sent.page if sent else request.get_full_path()
    return FormToken(request.user.pk or 0, page, secrets.token_hex(8))


def read_form_token(request: HttpRequest) -> FormToken | None:
    """Return the token that was sent with a form. None without one that we signed in the last week."""
    return _read(request.POST.get(FIELD, "")) if request.method == "POST" else None


def _read(signed: str) -> FormToken | None:
    try:
        return FormToken(*signing.loads(signed, salt=FIELD, max_age=TOKEN_LASTS))
    except signing.BadSignature:
        return None


def sent_from(page: str, *names: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Lead a GET of an address that only receives a form to the page with the form.

    ``names`` are the arguments of this address that the page's address has too. Browsers ask for such an address when a
    person reloads the page after an error.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def received(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "GET" and request.resolver_match:
                given = request.resolver_match.kwargs
                return redirect(page, **{name: given[name] for name in names})
            return view(request, *args, **kwargs)

        return received

    return decorate


def answer_form(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer a request whose permission has been checked, in the view's transaction."""
    line_token = _read(request.headers.get(HEADER, ""))
    if line_token and line_token.user_id != request.user.pk:
        return render(request, "403_another_person.html", status=403)
    if token := read_form_token(request):
        if token.user_id != request.user.pk:
            return answer_another_person(request, token)
        return _answer_once(request, token, view)
    response = view()
    if request.method == "GET" and request.session.get(MAY_HAVE_TEXT):
        _show_kept_text(request, response)
    return response


def answer_another_person(request: HttpRequest, token: FormToken) -> HttpResponse:
    """Refuse a form that one person was shown and another person sends, and keep it for the first."""
    keep_text(request, token)
    return render(request, "403_another_person.html", status=403)


def keep_text(request: HttpRequest, token: FormToken) -> None:
    """Keep what was typed into a form for the person who was shown it."""
    fields = {
        name: [value.replace("\0", "") for value in values]  # PostgreSQL has no such character.
        for name, values in request.POST.lists()
        if name not in NOT_KEPT and "password" not in name
    }
    if not fields or len(json.dumps(fields)) > LARGEST or len(request.path) > LONGEST_PATH:
        return
    with _as_person(token.user_id):
        # One statement, because two requests may keep the same form at once.
        KeptText.objects.bulk_create(
            [KeptText(user_id=token.user_id, page=token.page, path=request.path, fields=fields, at=Now())],
            update_conflicts=True,
            unique_fields=["user", "path"],
            update_fields=["page", "fields", "at"],
        )


def forget_text(user_id: int) -> None:
    """Remove everything that is kept for a person."""
    with _as_person(user_id):
        KeptText.objects.filter(user_id=user_id).delete()


def forget_old_forms() -> None:
    """Remove what is a day old, of everybody. The database does not let anyone read it on the way."""
    with tenancy.scope([], school_ids=[], actor="task:trusts.forget_old_forms"):
        KeptText.objects.all().delete()
        FormPress.objects.all().delete()


def _as_person(user_id: int) -> Any:
    return tenancy.scope([], school_ids=[], actor=f"user:{user_id}", user_id=user_id)


def _answer_once(request: HttpRequest, token: FormToken, view: Callable[[], HttpResponse]) -> HttpResponse:
    # A second request waits here until the first has its answer: both want to write the same row.
    press, is_first = FormPress.objects.get_or_create(user_id=token.user_id, key=_key(request, token))
    if not is_first:
        for level, text in press.messages:
            messages.add_message(request, level, text)
        return _saved(redirect(press.location), token)
    response = view()
    told = _told(request)
    if response.status_code != 302 or any(level == messages.ERROR for level, _ in told):
        press.delete()  # Nothing was saved, so pressing again is not pressing twice.
    else:
        press.location, press.messages = response["Location"], told
        press.save(update_fields=["location", "messages"])
    if response.status_code == 302 and any(level == messages.ERROR for level, _ in told):
        keep_text(request, FormToken(token.user_id, response["Location"], token.number))
        request.session[MAY_HAVE_TEXT] = True
        return response
    KeptText.objects.filter(user_id=token.user_id, path=request.path).delete()
    return _saved(response, token) if response.status_code == 302 else response


def _key(request: HttpRequest, token: FormToken) -> str:
    """Return a fingerprint of what was sent. The same page with another text is a new press."""
    sent = {name: values for name, values in request.POST.lists() if name not in NOT_KEPT}
    files = {name: [_file_hash(file) for file in request.FILES.getlist(name)] for name in request.FILES}
    return hashlib.sha256(json.dumps([token.number, request.path, sent, files]).encode()).hexdigest()


def _file_hash(file: Any) -> str:
    found = hashlib.sha256()
    for piece in file.chunks():
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


def _told(request: HttpRequest) -> list[tuple[int, str]]:
    """Return the messages that the next page will show, and leave them for it."""
    waiting = messages.get_messages(request)
    told = [(message.level, str(message.message)) for message in waiting]
    waiting.used = False  # type: ignore[union-attr]  # Django's middleware set a storage.
    return told


def _saved(response: HttpResponse, token: FormToken) -> HttpResponse:
    name = f"{SAVED_COOKIE}{token.number}"
    response.set_cookie(name, "1", max_age=60, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax")
    return response


def _show_kept_text(request: HttpRequest, response: HttpResponse) -> None:
    """Put what was kept for this page into its form. Without that form, show the words once, to be copied."""
    kept = list(KeptText.objects.filter(user_id=request.user.pk or 0, at__gt=Now() - TEXT_LASTS).order_by("pk"))
    if not kept:
        del request.session[MAY_HAVE_TEXT]
    if response.status_code != 200 or not response.get("Content-Type", "").startswith("text/html"):
        return
    page = response.content.decode()
    for number, text in enumerate(text for text in kept if urlsplit(text.page).path == request.path):
        notice = render_to_string("components/kept_text.html", {"number": number})
        page, is_there = fill_in(page, path=request.path, sent_to=text.path, fields=text.fields, notice=notice)
        if not is_there:
            words = render_to_string("components/typed_words.html", {"words": typed_words(text.fields)})
            page = page.replace(MAIN, MAIN + words, 1)
            text.delete()
    response.content = page.encode()


def typed_words(fields: Mapping[str, list[str]]) -> list[str]:
    """Return the texts of more than one word among the values of a form."""
    return [value for values in fields.values() for value in values if len(value.split()) > 1]
