"""The indicators that a trust looks at: the catalogue's, and its own as they are worded on a day."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from django.utils import timezone

from kpis.catalogue import Indicator, by_code, in_board_order
from kpis.models import OwnVersion


def own_versions() -> dict[str, list[OwnVersion]]:
    """Return the versions of the trust's own indicators by code, the first first. One query."""
    found: dict[str, list[OwnVersion]] = defaultdict(list)
    rows = OwnVersion.objects.select_related("definition", "made_by")
    for each in rows.order_by("from_date", "made_at", "pk"):
        found[each.indicator_id].append(each)
    return dict(found)


def indicators(*, on: date | None = None, begun: bool = False) -> Mapping[str, Indicator]:
    """Return the catalogue's indicators and the trust's own by code, in the Board's order. One query.

    Of its own, the version that holds on the day (today, unless given). Before the first has begun that one is
    returned, so that targets can be set for what is to come; with ``begun`` it is left out.
    """
    day = on or timezone.localdate()
    found = dict(by_code())
    for code, versions in own_versions().items():
        held = [each for each in versions if each.from_date <= day]
        if held or not begun:
            found[code] = (held[-1] if held else versions[0]).definition.meaning
    return dict(sorted(found.items(), key=lambda each: in_board_order(each[1])))
