"""Every gated page has its place in the navigation, or a reason for having none."""

from dashboards.navigation import WITHOUT_A_PLACE, listed_pages
from tests.guards.test_access import GATED

NAMES = {address.name for address in GATED}


def test_every_page_has_a_place_or_a_reason():
    assert NAMES - listed_pages() - set(WITHOUT_A_PLACE) == set()


def test_nothing_is_listed_twice_or_stale():
    assert listed_pages() & set(WITHOUT_A_PLACE) == set()
    assert listed_pages() | set(WITHOUT_A_PLACE) <= NAMES
