"""List the place of every page in the navigation, by URL name. ``tests/guards/test_navigation.py`` checks the list.

A page may belong to two items: a school's page belongs to the Board for people who see the trust, and to their own
school for people who have one.
"""

from dataclasses import dataclass

from trusts.permissions import Permission

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

# The pages of one school's returns, for the school and for the trust.
RETURN_PAGES = (
    "returns:return_detail",
    "returns:return_save",
    "returns:line_save",
    "returns:return_submit",
    "returns:return_receipt",
    "returns:return_versions",
    "returns:line_history",
    "returns:correction_open",
    "returns:contributor_list",
    "returns:contributor_lines",
    "returns:file_list",
    "returns:file_send",
    "returns:file_detail",
    "returns:file_save",
    "returns:export_upload",
    "returns:sanction_meanings",
)


@dataclass(frozen=True, kw_only=True)
class NavigationItem:
    """One item: who sees it, its label, the page it opens, and the other pages that belong to it."""

    permission: Permission
    label: str
    url: str
    pages: tuple[str, ...] = ()

    @property
    def all_pages(self) -> tuple[str, ...]:
        return (self.url, *self.pages)


# Items for the whole trust, before a person's own schools.
TRUST_ITEMS = (
    NavigationItem(permission=P.VIEW_DESK, label="What needs you", url="dashboards:desk"),
    NavigationItem(
        permission=P.VIEW_BOARD,
        label="Board",
        url="dashboards:board",
        pages=(
            "dashboards:target_approvals",
            "dashboards:departed_schools",
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
        ),
    ),
    NavigationItem(
        permission=P.VIEW_BOARD,
        label="Map",
        url="dashboards:map",
        pages=("trajectories:reference_detail", "trajectories:reference_set", "trajectories:reference_standard"),
    ),
    NavigationItem(
        permission=P.VIEW_BOARD,
        label="Capacity",
        url="trajectories:capacity_across",
        pages=("trajectories:phases_across", *CAPACITY),
    ),
    NavigationItem(
        permission=P.VIEW_DESK,
        label="Returns",
        url="returns:returns_grid",
        pages=(
            "returns:returns_over_terms",
            "returns:return_list",
            *RETURN_PAGES,
            "returns:moderate_return",
            "returns:lines_decide",
            "returns:return_accept",
            "returns:return_send_back",
            "returns:return_allow",
            "followup:reminder_list",
            "dashboards:reminder_next",
        ),
    ),
)
# Items for each school in which a person has a role.
SCHOOL_ITEM = NavigationItem(
    permission=P.VIEW_SCHOOL,
    label="My school",
    url="dashboards:school_home",
    pages=(
        "dashboards:school_detail",
        "dashboards:indicator_detail",
        "followup:cover_list",
        "kpis:similar_schools",
        "trajectories:phase_detail",
        "trajectories:line_judge",
        *UNITS,
        *CAPACITY,
    ),
)
RETURNS_ITEM = NavigationItem(permission=P.VIEW_RETURNS, label="Returns", url="returns:return_list", pages=RETURN_PAGES)
# Items for the whole trust, after a person's own schools.
LAST_ITEMS = (
    NavigationItem(
        permission=P.VIEW_HEADLINES,
        label="Headline comparison",
        url="dashboards:headlines",
        pages=("kpis:small_numbers", "kpis:small_numbers_change"),
    ),
    NavigationItem(
        permission=P.VIEW_PANELS,
        label="Panels",
        url="meetings:panel_list",
        pages=("meetings:panel_detail", "meetings:panel_plan", "meetings:panel_publish", "meetings:note_save"),
    ),
    NavigationItem(
        permission=P.MANAGE_PEOPLE,
        label="People",
        url="trusts:people",
        pages=("trusts:invite", "trusts:invitation_withdraw", "trusts:role_end"),
    ),
    NavigationItem(permission=P.CONFIRM_ROLES, label="Roles to confirm", url="trusts:role_requests"),
    NavigationItem(permission=P.NAME_DEPUTIES, label="Deputies", url="trusts:deputy_list"),
    NavigationItem(
        permission=P.SET_UP,
        label="Set-up",
        url="kpis:setup",
        pages=(
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
        ),
    ),
)
# URLs without a place in the navigation, each with its reason.
WITHOUT_A_PLACE = {
    "dashboards:trust_home": "leads to the home page of a person's role",
    "dashboards:reminder_pace": "a person's own choice, which every reminder links to",
    "returns:return_open": "leads to the return it opened",
    "returns:correction_withdraw": "leads back to the return",
    "returns:line_mark": "a part of the return's page, or leads back to it",
    "returns:return_changes": "answers a question of the return's page with data",
    "returns:file_out": "a file",
    "meetings:panel_pdf": "a file",
    "trajectories:reference_decide": "leads back to the reference lines",
    "kpis:small_numbers_decide": "leads back to the rules for small numbers",
    "followup:cover_remove": "leads back to the headteacher's times away",
    "trusts:people_csv": "a file",
    "trusts:invitation_resend": "leads back to the people",
    "trusts:deputy_end": "leads back to the deputies",
    "trusts:invitation_confirm": "leads back to the roles to confirm",
    "trusts:invitation_decline": "leads back to the roles to confirm",
}


def listed_pages() -> set[str]:
    """Return the name of every URL that belongs to an item."""
    items = (*TRUST_ITEMS, SCHOOL_ITEM, RETURNS_ITEM, *LAST_ITEMS)
    return {page for item in items for page in item.all_pages}
