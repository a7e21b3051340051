"""Who may do what, written down by hand: the grants in the code are held against this table, cell by cell.

The table is the agreement with the trust, so change it by hand, and only together with the trust.
"""

import pytest

from trusts.models import Role
from trusts.permissions import GRANTS, MODERATED_AREAS, Permission

# BM Board member, ED Executive Director, TC Trust Teaching and Learning Consultant, MA Trust Business Manager,
# IP Trust Improvement Partner, GP governance professional, TA trust administrator, HT headteacher,
# SC school contributor, LG local governing body member, ER external reviewer.
COLUMNS = {
    "BM": "board_member",
    "ED": "executive_director",
    "TC": "teaching_consultant",
    "MA": "business_manager",
    "IP": "improvement_partner",
    "GP": "governance_professional",
    "TA": "trust_administrator",
    "HT": "headteacher",
    "SC": "school_contributor",
    "LG": "local_governor",
    "ER": "external_reviewer",
}
TABLE = """
                    BM  ED  TC  MA  IP  GP  TA  HT  SC  LG  ER
view_trust          yes yes yes yes yes yes yes yes yes yes yes
view_board          yes yes yes yes yes  -   -   -   -   -   -
view_desk            -  yes yes yes  -   -   -   -   -   -   -
view_school         yes yes yes yes yes  -   -  yes yes yes yes
view_headlines      yes yes yes yes yes yes yes yes  -   -   -
view_returns         -  yes yes yes  -   -   -  yes yes  -   -
enter_return         -   -   -   -   -   -   -  yes yes  -   -
submit_return        -   -   -   -   -   -   -  yes  -   -   -
assign_lines         -   -   -   -   -   -   -  yes  -   -   -
moderate_lines       -  yes  -  yes  -   -   -   -   -   -   -
moderate_return      -  yes  -   -   -   -   -   -   -   -   -
correct_return       -  yes  -   -   -   -   -  yes  -   -   -
judge_school         -   -   -   -   -   -   -  yes  -   -   -
moderate_school      -  yes  -   -   -   -   -   -   -   -   -
describe_school      -  yes  -   -   -   -   -  yes  -   -   -
propose_reference   yes yes  -   -   -   -   -   -   -   -   -
approve_reference   yes yes  -   -   -   -   -   -   -   -   -
propose_small_numbers yes -  -   -   -   -   -   -   -   -   -
approve_small_numbers yes -  -   -   -   -   -   -   -   -   -
view_panels         yes yes yes yes yes yes  -   -   -   -   -
prepare_panel        -  yes  -   -   -   -   -   -   -   -   -
manage_people        -  yes  -   -   -   -  yes  -   -   -   -
confirm_roles       yes yes  -   -   -   -   -   -   -   -   -
name_deputies       yes  -   -   -   -   -   -   -   -   -   -
set_up               -  yes  -   -   -   -  yes  -   -   -   -
propose_targets      -  yes  -   -   -   -   -   -   -   -   -
approve_targets     yes  -   -   -   -   -   -   -   -   -   -
"""
HEADINGS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (permission, COLUMNS[column], cell)
    for permission, *cells in ROWS
    for column, cell in zip(HEADINGS, cells, strict=True)
]


def test_the_table_has_every_role_and_every_permission_once():
    assert [COLUMNS[column] for column in HEADINGS] == list(Role.values) == list(GRANTS)
    assert sorted(permission for permission, *_ in ROWS) == sorted(Permission)
    assert {cell for _, _, cell in CELLS} == {"yes", "-"}


@pytest.mark.parametrize(("permission", "role", "cell"), CELLS)
def test_a_role_may_do_what_the_table_says_and_nothing_else(permission, role, cell):
    assert (Permission(permission) in GRANTS[Role(role)]) == (cell == "yes")


def test_the_executive_director_decides_on_every_line_and_the_business_manager_on_two_areas():
    assert set(MODERATED_AREAS) == {Role.EXECUTIVE_DIRECTOR, Role.BUSINESS_MANAGER}
    assert MODERATED_AREAS[Role.EXECUTIVE_DIRECTOR] is None
    assert MODERATED_AREAS[Role.BUSINESS_MANAGER] == {"finance", "staffing"}
