"""The indicators that a trust uses: the catalogue's, and the trust's own as they are worded on a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from kpis.catalogue import Indicator, catalogue_by_code, in_board_order
from kpis.models import OwnVersion

Versions = Mapping[str, Sequence[OwnVersion]]  # By code, oldest first.


def own_versions() -> Versions:
    """Return the versions of the trust's own indicators by code, oldest first. One query."""
    found: dict[str, list[OwnVersion]] = defaultdict(list)
    rows = OwnVersion.objects.select_related("definition", "made_by")
    for version in rows.order_by("from_date", "made_at", "pk"):
        found[version.indicator_id].append(version)
    return dict(found)


def trust_indicators(*, on: date, begun: bool = False) -> Mapping[str, Indicator]:
    """Return the catalogue's indicators and the trust's own by code, in the Board's order. One query.

    The trust's own are worded as on the day ``on``. An indicator that begins later is included with its first wording,
    so that targets can be set for it; with ``begun`` it is left out.
    """
    return trust_indicators_from(own_versions(), on=on, begun=begun)


def trust_indicators_from(own: Versions, *, on: date, begun: bool = False) -> Mapping[str, Indicator]:
    """Return what ``indicators`` returns, from versions that have been read. No query."""
    found = dict(catalogue_by_code())
    for code, versions in own.items():
        held = [version for version in versions if version.from_date <= on]
        if held or not begun:
            found[code] = (held[-1] if held else versions[0]).definition.meaning
    return dict(sorted(found.items(), key=lambda entry: in_board_order(entry[1])))
