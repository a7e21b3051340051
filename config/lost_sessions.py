"""Bring people back to their form with what they typed after their session was lost."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views import csrf

from trusts.form_posts import (
    MAY_HAVE_TEXT,
    FormToken,
    answer_another_person,
    keep_text,
    read_form_token,
    typed_words,
)


class SignInAndComeBack(LoginRequiredMiddleware):
    """As Django's middleware, but a form that meets the sign-in page is kept, and leads back to its page."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseRedirect:
        if (token := read_form_token(request)) is None:
            return super().handle_no_permission(request, view_func)
        return _sign_in_first(request, token)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Show what was typed, to be copied, to a person who may not save it or whose form is about something gone."""
        status = {PermissionDenied: 403, Http404: 404}.get(type(exception))
        token = read_form_token(request)
        if status is None or token is None or token.user_id != request.user.pk:
            return None
        words = typed_words(dict(request.POST.lists()))
        return HttpResponse(render_to_string(f"{status}.html", {"words": words}), status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose CSRF token is out of date: the person signed in again after the page was shown.

    The form token proves that the page was shown to this person, so what they typed is put back into the form.
    """
    token = read_form_token(request)
    if token is None:
        return csrf.csrf_failure(request, reason=reason)
    if not request.user.is_authenticated:
        return _sign_in_first(request, token)
    if request.user.pk != token.user_id:
        return answer_another_person(request, token)
    keep_text(request, token)
    request.session[MAY_HAVE_TEXT] = True
    return redirect(_place(token))


def _sign_in_first(request: HttpRequest, token: FormToken) -> HttpResponseRedirect:
    keep_text(request, token)
    messages.info(request, "You were signed out. Sign in again to get back what you typed.")
    return redirect_to_login(_place(token), settings.LOGIN_URL)


def _place(token: FormToken) -> str:
    return f"{token.page}#kept-text"
