"""Check that every page with a permission has a place in the navigation, or a reason for not having one."""

from dashboards.navigation import WITHOUT_A_PLACE, listed_pages
from tests.guards.test_access import GATED

NAMES = {address.name for address in GATED}


def test_every_page_has_a_place_or_a_reason():
    assert NAMES - listed_pages() - set(WITHOUT_A_PLACE) == set()


def test_list_has_no_duplicates_and_no_stale_entries():
    assert listed_pages() & set(WITHOUT_A_PLACE) == set()
    assert listed_pages() | set(WITHOUT_A_PLACE) <= NAMES
