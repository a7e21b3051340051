"""List every URL that allows GET, and where the demonstration has content for each page."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from demonstration.trust.story import HIGH, STORYBOOK
from schools.rules.terms import school_year_on
from tests.guards.test_access import CLOSED, EVERYTHING, Address
from tests.journeys.returns import CURRENT_TERM, LAST_TERM
from tests.journeys.stack import Stack
from trusts.models import Role
from trusts.permissions import GRANTS

# Pages with a permission, each with its other arguments besides the trust and the school. The permission says which
# roles may open it.
GATED_PAGES: dict[str, dict[str, str]] = {
    "dashboards:board": {},
    "dashboards:map": {},
    "dashboards:desk": {},
    "dashboards:school_home": {},
    "dashboards:school_detail": {},
    "dashboards:indicator_detail": {"code": "AB1"},
    "dashboards:line_list": {},
    "dashboards:indicator_across": {"code": "AB1"},
    "dashboards:headlines": {},
    "dashboards:warning_list": {},
    "returns:returns_grid": {},
    "returns:returns_over_terms": {},
    "returns:moderate_return": {"term_id": "current"},
    "kpis:similar_schools": {},
    "returns:return_list": {},
    "returns:return_detail": {"term_id": "current"},
    "returns:return_submit": {"term_id": "current"},
    "returns:file_list": {"term_id": "current"},
    "returns:export_upload": {"term_id": "current"},
    "returns:sanction_meanings": {},
    "returns:return_receipt": {"term_id": "last"},
    "returns:correction_open": {"term_id": "last"},
    "returns:return_versions": {"term_id": "last"},
    "returns:line_history": {"term_id": "last", "code": "AB1"},
    "returns:contributor_list": {},
    "followup:reminder_list": {},
    "dashboards:reminder_next": {},
    "dashboards:reminder_pace": {},
    "returns:return_allow": {"term_id": "current"},
    "kpis:small_numbers": {},
    "kpis:small_numbers_change": {},
    "kpis:setup": {},
    "kpis:set_list": {},
    "kpis:set_indicator": {"code": "HS2"},
    "kpis:own_add": {},
    "kpis:own_change": {"code": "OWN1"},
    "schools:calendar_detail": {},
    "returns:default_areas": {},
    "schools:calendar_change": {"school_year": "now"},
    "returns:year_begin": {"school_year": "next"},
    "kpis:target_list": {"school_year": "now"},
    "kpis:target_file": {"school_year": "now"},
    "kpis:target_grid": {"school_year": "now", "code": "AB1"},
    "dashboards:target_approvals": {},
    "meetings:panel_list": {},
    "meetings:panel_plan": {},
    "meetings:panel_detail": {"panel_id": "published"},
    "meetings:panel_publish": {"panel_id": "draft"},
    "trajectories:journey_decide": {},
    "trajectories:reference_detail": {},
    "trajectories:reference_set": {},
    "trajectories:phase_detail": {},
    "trajectories:phase_decide": {},
    "trajectories:unit_list": {},
    "trajectories:unit_add": {},
    "trajectories:unit_detail": {"unit_id": "open"},
    "trajectories:unit_change": {"unit_id": "open"},
    "trajectories:unit_close": {"unit_id": "open"},
    "trajectories:unit_judge": {"unit_id": "open"},
    "trajectories:unit_moderate": {"unit_id": "open"},
    "trajectories:capacity_detail": {},
    "trajectories:dimension_record": {"dimension": "people"},
    "trajectories:capacity_across": {},
    "trajectories:phases_across": {},
    "trajectories:line_judge": {"line": "leadership"},
    "trajectories:line_moderate": {"line": "leadership"},
    "trusts:people": {},
    "trusts:invite": {},
    "trusts:invitation_withdraw": {"invitation_id": "sent"},
    "trusts:role_requests": {},
    "trusts:deputy_list": {},
    "followup:cover_list": {},
    "dashboards:departed_schools": {},
    "trusts:role_end": {"membership_id": "somebody's"},
}
# Pages that everyone who is signed in may open, and public pages.
SIGNED_IN_PAGES = ("account_change_password", "account_logout", "account_reauthenticate", "mfa_index")
# Pages that ask for the password again.
SECOND_STEP_PAGES = ("mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn")
PUBLIC_PAGES = (
    "accessibility",
    "privacy",
    "method",
    "account_login",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "socialaccount_login_cancelled",
)
# URLs that allow GET but are not pages here, each with the reason.
NOT_PAGES = {
    "returns:return_changes": "data for an open page; tests/returns/test_filling.py reads it",
    "trajectories:reference_standard": "redirects if the trust has set no lines; tests/trajectories opens it",
    "health": "a line of text for monitoring",
    "home": "redirects to one of the pages above",
    "dashboards:trust_home": "redirects to one of the pages above",
    "returns:contributor_lines": "only for the contributor's school; the journey of a return opens it",
    "returns:lines_decide": "redirects to the page to moderate",
    "returns:return_accept": "redirects to the page to moderate",
    "returns:return_send_back": "redirects to the page to moderate",
    "returns:return_open": "redirects to the return",
    "returns:line_save": "redirects to the return",
    "returns:line_mark": "redirects to the return",
    "returns:correction_withdraw": "redirects to the return",
    "returns:file_save": "redirects to the file",
    "meetings:note_save": "redirects to the Panel",
    "trusts:invitation_resend": "redirects to the people",
    "trusts:invitation_confirm": "redirects to the roles to confirm",
    "trusts:invitation_decline": "redirects to the roles to confirm",
    "trusts:deputy_end": "redirects to the deputies",
    "followup:cover_remove": "redirects to the times away",
    "trajectories:reference_decide": "redirects to the reference lines",
    "kpis:small_numbers_decide": "redirects to the rules for small numbers",
    "kpis:set_school": "redirects to the indicator",
    "returns:return_save": "redirects to the return",
    "returns:file_send": "redirects to the files of the return",
    "returns:file_out": "a file; tests/returns reads it",
    "returns:file_detail": "needs a file; tests/returns opens it",
    "trusts:people_csv": "a file",
    "meetings:panel_pdf": "a file; tests/meetings reads it",
    "invitation": "needs an email; the journey of an invitation opens it",
    "account_reset_password_from_key": "needs an email; tests/trusts opens it",
    "mfa_authenticate": "only while signing in; tests/trusts opens it",
    "mfa_reauthenticate": "only for those with a second step",
    "mfa_reauthenticate_webauthn": "only for those with a passkey",
    "mfa_deactivate_totp": "only for those with a second step",
    "mfa_view_recovery_codes": "only for those with a second step",
    "mfa_generate_recovery_codes": "only for those with a second step",
    "mfa_download_recovery_codes": "a file",
    "mfa_edit_webauthn": "only for those with a passkey",
    "mfa_remove_webauthn": "only for those with a passkey",
    "mfa_login_webauthn": "data for the browser",
    "google_login": "another site's page, and switched off here",
    "google_callback": "the return from another site, and switched off here",
    "microsoft_login": "another site's page, and switched off here",
    "microsoft_callback": "the return from another site, and switched off here",
    "observation-list": "data for programs",
    "observation-detail": "data for programs",
    "score-line-list": "data for programs",
    "score-line-detail": "data for programs",
    "api_schema": "data for programs",
}


def takes_get(address: Address) -> bool:
    """Return whether a view allows GET. Functions declare their methods; most classes allow it."""
    view = address.view
    while view is not None:
        named = view.__code__.co_freevars if hasattr(view, "__code__") else ()
        if "request_method_list" in named:
            return "GET" in view.__closure__[named.index("request_method_list")].cell_contents
        view = getattr(view, "__wrapped__", None)
    return True


GETS = {address.name: address for address in EVERYTHING if address not in CLOSED and takes_get(address)}


@dataclass(frozen=True)
class Places:
    """Find rows of the demonstration for the arguments of URLs."""

    stack: Stack

    def path(self, name: str, school: int) -> str:
        known = {"trust_id": STORYBOOK.uid, "school_id": school}
        asked = GATED_PAGES[name]
        given = {key: known.get(key) or self._row(key, asked[key], school) for key in GETS[name].arguments}
        return reverse(name, kwargs=given)

    def _row(self, key: str, which: str, school: int) -> str | int:
        if key == "school_year":
            return school_year_on(date.today()) + (which == "next")
        if key in ("code", "line", "dimension"):
            return which
        queries = {
            ("term_id", "current"): CURRENT_TERM,
            ("term_id", "last"): LAST_TERM,
            ("panel_id", "published"): "SELECT panel_id FROM meetings_panelreport WHERE trust_id = %s",
            ("panel_id", "draft"): "SELECT max(id) FROM meetings_panel WHERE trust_id = %s",
            ("invitation_id", "sent"): "SELECT coalesce(max(id), 0) FROM trusts_invitation WHERE trust_id = %s",
            ("membership_id", "somebody's"): "SELECT min(id) FROM trusts_membership WHERE trust_id = %s",
        }
        if key == "unit_id":
            of_school = "SELECT min(id) FROM trajectories_unit WHERE closed_at IS NULL AND school_id = %s"
            return self.stack.one(of_school, school)
        return self.stack.one(queries[key, which], STORYBOOK.uid)


def school_of(email: str, role: Role) -> int:
    """Return the school of a person's role, or for a trust role, a school with much to show."""
    (person,) = [known for known in STORYBOOK.people if known.email == email]
    return next((at for held, at in person.roles if held == role and at is not None), HIGH)


def opened_by(role: Role) -> list[str]:
    """Return the names of the pages that a role may open."""
    return [name for name in GATED_PAGES if GETS[name].view.permission in GRANTS[role]]
