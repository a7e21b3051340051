"""Which URNs belong to one school: predecessors, and the URN in force on a date."""

from collections.abc import Collection
from datetime import date

import numpy as np
import pandas as pd

from schools.gias.links import LinkCycle, predecessor_chain
from tables.faults import FileRefused

COLUMNS = ["via_urn", "urn", "depth"]


def known_as(links: pd.DataFrame, *, on: date, seen: Collection[int] = ()) -> pd.DataFrame:
    """Return the URN in use on a date for every URN that one-to-one links join to another.

    ``links`` is as ``schools.gias.read_links`` returns it. The answer has the columns ``via_urn, urn, depth``, one row
    for each URN of a line of schools: ``urn`` is the newest one in force on that date, ``depth`` is 0 for itself, 1, 2
    … for earlier ones, nearest first, and -1, -2 … for later ones. A link without a date is in force if its newer
    school is among ``seen``. Merged, amalgamated and split schools are not joined.

    Source: trajectories/README.md, rule S7.

    Raises:
        FileRefused: the links form a circle. The message names their rows.

    >>> links = pd.DataFrame({"urn": [990002], "link_urn": [990001], "established_date": pd.Timestamp("2019-09-01")})
    >>> links = links.assign(link_type="predecessor", kind="one_to_one")
    >>> known_as(links, on=date(2019, 8, 31)).to_dict("list")
    {'via_urn': [990002, 990001], 'urn': [990001, 990001], 'depth': [-1, 0]}
    """
    try:
        chain = predecessor_chain(links)
    except LinkCycle as cycle:
        raise FileRefused(_circle(links, cycle.urns)) from cycle
    if chain.empty:
        return pd.DataFrame(columns=COLUMNS, dtype=np.int64)
    newest = ~chain["urn"].isin(chain["predecessor_urn"])
    line = chain[newest].rename(columns={"urn": "newest", "predecessor_urn": "via_urn"})
    itself = pd.DataFrame({"newest": line["newest"].unique()})
    line = pd.concat([itself.assign(via_urn=itself["newest"], depth=0), line], ignore_index=True)
    opened = line["via_urn"].map(_opened(links))
    oldest = line["depth"] == line.groupby("newest")["depth"].transform("max")
    in_force = oldest | (opened <= pd.Timestamp(on)) | (opened.isna() & line["via_urn"].isin(list(seen)))
    named = line[in_force].sort_values("depth").drop_duplicates("newest").set_index("newest")
    answer = line.assign(
        urn=line["newest"].map(named["via_urn"]), depth=line["depth"] - line["newest"].map(named["depth"])
    )
    return answer[COLUMNS].astype(np.int64).sort_values(["urn", "depth"], ignore_index=True)


def _opened(links: pd.DataFrame) -> pd.Series:
    """Return when each school took over from its predecessor, by its URN: the first date that any link gives."""
    plain = links[links["kind"] == "one_to_one"]
    later = plain["urn"].where(plain["link_type"] == "predecessor", plain["link_urn"])
    return plain.groupby(later)["established_date"].min()


def _circle(links: pd.DataFrame, urns: list[int]) -> str:
    """Return a message with the rows of the file that form a circle."""
    within = links[links["urn"].isin(urns) & links["link_urn"].isin(urns) & (links["kind"] == "one_to_one")]
    rows = [
        f"row {row} ({urn} has the {kind} {other})"
        for row, urn, kind, other in zip(
            within.index, within["urn"], within["link_type"], within["link_urn"], strict=True
        )
    ]
    return f"The links between schools form a circle: {', '.join(rows)}. Remove the wrong links."
