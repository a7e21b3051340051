"""What the frame of every page shows: the trust, the person's roles, and where they may go."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from dashboards.queries.homes import roles_in_words, school_names
from trusts.permissions import Access, Permission

P = Permission
UNITS = (
    "trajectories:unit_list",
    "trajectories:unit_detail",
    "trajectories:unit_add",
    "trajectories:unit_change",
    "trajectories:unit_close",
    "trajectories:unit_judge",
    "trajectories:unit_moderate",
)
CAPACITY = ("trajectories:capacity_detail", "trajectories:dimension_record")
IN_MAP = ("trajectories:reference_detail", "trajectories:reference_set", "trajectories:reference_standard")
IN_SETUP = (
    "kpis:set_list",
    "kpis:set_indicator",
    "kpis:own_add",
    "kpis:own_change",
    "kpis:set_school",
    "kpis:target_list",
    "kpis:target_grid",
    "kpis:target_file",
    "schools:calendar_detail",
    "schools:calendar_change",
    "returns:year_begin",
    "returns:default_areas",
)
IN_RETURNS = (
    "returns:returns_over_terms",
    "returns:moderate_return",
    "returns:return_allow",
    "followup:reminder_list",
    "dashboards:reminder_next",
)
IN_BOARD = (
    "dashboards:target_approvals",
    "dashboards:line_list",
    "dashboards:indicator_across",
    "dashboards:warning_list",
    "dashboards:school_detail",
    "dashboards:indicator_detail",
    "kpis:similar_schools",
    "trajectories:journey_decide",
    "trajectories:phase_detail",
    "trajectories:phase_decide",
    *UNITS,
    "trajectories:line_moderate",
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Return the context of base.html, from what the gate found; nothing where no gate was passed.

    Parts of pages, sent by themselves, have no frame: what only the frame shows is worked out when it is shown. One
    query for people with a role in a school (the names of their schools), none for others.
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
            "label": each.name,
            "url": reverse("dashboards:trust_home", args=[each.pk]),
            "current": each == access.trust,
        }
        for each in access.trusts
    ]


def _items(access: Access, names: dict[int, str], at: tuple[str, Any]) -> list[dict[str, Any]]:
    wide = [
        (P.VIEW_DESK, "What needs you", "dashboards:desk", ()),
        (P.VIEW_BOARD, "Board", "dashboards:board", IN_BOARD),
        (P.VIEW_BOARD, "Map", "dashboards:map", IN_MAP),
        (P.VIEW_BOARD, "Capacity", "trajectories:capacity_across", ("trajectories:phases_across", *CAPACITY)),
        (P.VIEW_DESK, "Returns", "returns:returns_grid", IN_RETURNS),
    ]
    last = [
        (P.VIEW_HEADLINES, "Headline comparison", "dashboards:headlines", ()),
        (
            P.VIEW_PANELS,
            "Panels",
            "meetings:panel_list",
            ("meetings:panel_detail", "meetings:panel_plan", "meetings:panel_publish"),
        ),
        (
            P.MANAGE_PEOPLE,
            "People",
            "trusts:people",
            ("trusts:invite", "trusts:invitation_withdraw", "trusts:role_end"),
        ),
        (P.SET_UP, "Set-up", "kpis:setup", IN_SETUP),
    ]
    own = [item for urn in access.own_schools() for item in _school_items(access, urn, names, at)]
    return [*_trust_items(access, wide, at), *own, *_trust_items(access, last, at)]


def _trust_items(access: Access, items: list[Any], at: tuple[str, Any]) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(name, args=[access.trust.pk]), "current": at[0] in (name, *beside)}
        for permission, label, name, beside in items
        if access.can(permission)
    ]


def _school_items(access: Access, urn: int, names: dict[int, str], at: tuple[str, Any]) -> list[dict[str, Any]]:
    args = [access.trust.pk, urn]
    only = len(access.own_schools()) == 1
    name = names.get(urn, f"URN {urn}")
    home = (
        "dashboards:school_home",
        "dashboards:school_detail",
        "dashboards:indicator_detail",
        "kpis:similar_schools",
        "trajectories:phase_detail",
        "trajectories:line_judge",
        *UNITS,
        *CAPACITY,
    )
    items: list[tuple[Permission, str, tuple[str, ...]]] = [(P.VIEW_SCHOOL, "My school" if only else name, home)]
    if access.can(P.VIEW_RETURNS, urn):
        returns = (
            "returns:return_list",
            "returns:return_detail",
            "returns:return_submit",
            "returns:return_receipt",
            "returns:return_versions",
            "returns:line_history",
            "returns:correction_open",
            "returns:contributor_list",
            "returns:contributor_lines",
        )
        items.append((P.VIEW_RETURNS, "Returns" if only else f"Returns, {name}", returns))
    return [
        {"label": label, "url": reverse(pages[0], args=args), "current": at[0] in pages and at[1] == urn}
        for permission, label, pages in items
        if access.can(permission, urn)
    ]
