"""Provide the header of every page: the trust, the person's roles and the navigation."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from dashboards.navigation import LAST_ITEMS, RETURNS_ITEM, SCHOOL_ITEM, TRUST_ITEMS, NavigationItem
from dashboards.queries.homes import roles_in_words, school_names
from trusts.permissions import Access


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html; empty if the view checked no permission.

    Partial pages have no header, so its content is calculated only when it is shown. One query for people with a role
    in a school (the names of their schools), none for others.
    """
    access: Access | None = getattr(request, "access", None)
    if access is None:
        return {}
    here = request.resolver_match
    at = (here.view_name, here.kwargs.get("school_id")) if here else ("", None)
    names = cache(lambda: school_names(access.own_schools()))
    return {
        "trust": access.trust,
        "trust_choices": SimpleLazyObject(lambda: _choices(access)),
        "nav_items": SimpleLazyObject(lambda: _items(access, names(), at)),
        "role_labels": SimpleLazyObject(lambda: roles_in_words(access.memberships, names())),
        "demonstration": access.trust.is_fictional,
    }


def _choices(access: Access) -> list[dict[str, Any]]:
    return [
        {
            "label": trust.name,
            "url": reverse("dashboards:trust_home", args=[trust.pk]),
            "current": trust == access.trust,
        }
        for trust in access.trusts
    ]


def _items(access: Access, names: dict[int, str], at: tuple[str, Any]) -> list[dict[str, Any]]:
    own = [item for urn in access.own_schools() for item in _school_items(access, urn, names, at)]
    return [*_trust_items(access, TRUST_ITEMS, at), *own, *_trust_items(access, LAST_ITEMS, at)]


def _trust_items(access: Access, items: Iterable[NavigationItem], at: tuple[str, Any]) -> list[dict[str, Any]]:
    return [
        {"label": item.label, "url": reverse(item.url, args=[access.trust.pk]), "current": at[0] in item.all_pages}
        for item in items
        if access.can(item.permission)
    ]


def _school_items(access: Access, urn: int, names: dict[int, str], at: tuple[str, Any]) -> list[dict[str, Any]]:
    only, name = len(access.own_schools()) == 1, names.get(urn, f"URN {urn}")
    labelled = [
        (SCHOOL_ITEM, SCHOOL_ITEM.label if only else name),
        (RETURNS_ITEM, RETURNS_ITEM.label if only else f"{RETURNS_ITEM.label}, {name}"),
    ]
    return [
        {
            "label": label,
            "url": reverse(item.url, args=[access.trust.pk, urn]),
            "current": at[0] in item.all_pages and at[1] == urn,
        }
        for item, label in labelled
        if access.can(item.permission, urn)
    ]
