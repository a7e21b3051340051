"""List which of django-allauth's pages are open. Every other page, also a new one in a later version, is closed.

Closed pages answer 404 to everyone, for every method. They keep their names, because allauth links to some of them.
"""

from collections.abc import Iterable
from functools import wraps
from http import HTTPStatus
from typing import Any

from allauth import urls as allauth_urls
from allauth.socialaccount.adapter import get_adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import SimpleTemplateResponse
from django.urls import URLPattern, URLResolver

from trusts.adapters import SecondStepUnreadable

# What is closed, and why. Signing up: accounts come from invitations. Email addresses: Microsoft and Google sign-in are
# matched by the invited address, so it changes by a new invitation, not by its owner alone. Connecting other accounts:
# a private account would still work after the school has closed its own. Setting a first password: everyone has one
# from accepting their invitation.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_login_webauthn",
    "socialaccount_login_cancelled",
}
# Open if the settings have a client ID for the provider.
OPEN_WITH_PROVIDER = {
    "google_login": "google",
    "google_callback": "google",
    "microsoft_login": "microsoft",
    "microsoft_callback": "microsoft",
}


@login_not_required
def closed(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise Http404("No such page here")


def _with_provider(pattern: URLPattern, provider: str) -> URLPattern:
    @wraps(pattern.callback)
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not get_adapter().list_apps(request, provider=provider):
            raise Http404("This provider is switched off")
        return pattern.callback(request, **kwargs)

    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def _readable(pattern: URLPattern) -> URLPattern:
    """Answer with a page that says what to do if a change of SECRET_KEY has made a second step unreadable."""

    @wraps(pattern.callback)
    def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = pattern.callback(request, **kwargs)
            # Some templates read the second step, and otherwise they would be rendered after this view.
            return response.render() if isinstance(response, SimpleTemplateResponse) else response
        except SecondStepUnreadable:
            return render(request, "mfa/unreadable.html", status=HTTPStatus.CONFLICT)

    return URLPattern(pattern.pattern, view, pattern.default_args, pattern.name)


def _only_open(patterns: Iterable[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    kept: list[URLPattern | URLResolver] = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            kept.append(URLResolver(pattern.pattern, _only_open(pattern.url_patterns)))
        elif pattern.name in OPEN:
            kept.append(_readable(pattern))
        elif pattern.name in OPEN_WITH_PROVIDER:
            kept.append(_with_provider(pattern, OPEN_WITH_PROVIDER[pattern.name]))
        else:
            kept.append(URLPattern(pattern.pattern, closed, pattern.default_args, pattern.name))
    return kept


urlpatterns = _only_open(allauth_urls.urlpatterns)
