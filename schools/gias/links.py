"""Read the register's links between schools, and follow a school's history through its predecessors."""

from pathlib import Path

import numpy as np
import pandas as pd

from schools.gias.registers import RegisterColumns, columns_of

# The register's words -> (link_type, kind). "related" if the words do not say which school came first.
LINK_TYPES = {
    "Predecessor": ("predecessor", "one_to_one"),
    "Successor": ("successor", "one_to_one"),
    "Predecessor - merged": ("predecessor", "merged"),
    "Successor - merged": ("successor", "merged"),
    "Predecessor - amalgamated": ("predecessor", "amalgamated"),
    "Successor - amalgamated": ("successor", "amalgamated"),
    "Predecessor - Split School": ("predecessor", "split"),
    "Successor - Split School": ("successor", "split"),
    "Result of Amalgamation": ("related", "amalgamated"),
}


class LinkCycle(ValueError):
    """Links that make a school its own predecessor. ``urns`` are the schools in the cycle."""

    def __init__(self, urns: list[int]) -> None:
        self.urns = urns
        super().__init__(f"The links lead in a circle: {', '.join(map(str, urns))}.")


def read_links(path: Path | str) -> pd.DataFrame:
    """Read the register's links. Most appear twice, once from each school.

    The index has the rows' numbers in the file. Columns: urn, link_urn, link_name, link_type (what the linked
    school is: predecessor, successor or related), kind, established_date (NaT where empty). ``kind`` is one_to_one
    only if neither school has another plain predecessor or successor in that direction, and no link between the two
    says otherwise; else several, merged, amalgamated, split or other.

    Raises:
        NotRecognised: another file. FaultyFile: a cell or row cannot be read.
    """
    return links_in(columns_of(path, "links"))


def links_in(columns: RegisterColumns) -> pd.DataFrame:
    """Return the links of an opened file."""
    words = [LINK_TYPES.get(text, _other(text)) for text in columns.text("LINKTYPE")]
    links = pd.DataFrame(
        {
            "urn": columns.number("URN"),
            "link_urn": columns.number("LINKURN"),
            "link_name": columns.text("LINKNAME"),
            "link_type": [link_type for link_type, _ in words],
            "kind": [kind for _, kind in words],
            "established_date": columns.date("LINKESTABLISHEDDATE").to_numpy(),
        },
        index=columns.row_numbers,
    )
    links.loc[_plain(links) & ~_exclusive(links), "kind"] = "several"
    return columns.checked(links)


def _other(text: str) -> tuple[str, str]:
    return "related", "merged" if text.startswith("Merged") else "other"


def _plain(links: pd.DataFrame) -> pd.Series:
    return links["kind"] == "one_to_one"


def _pairs(links: pd.DataFrame) -> pd.DataFrame:
    """Return urn and predecessor_urn of each link that says which came first, on the links' index."""
    forward = links["link_type"] == "predecessor"
    return pd.DataFrame(
        {
            "urn": links["urn"].where(forward, links["link_urn"]),
            "predecessor_urn": links["link_urn"].where(forward, links["urn"]),
        }
    )


def _exclusive(links: pd.DataFrame) -> pd.Series:
    """Return whether each plain link is the only link of both schools in its direction."""
    pairs = _pairs(links)
    plain = pairs[_plain(links)].drop_duplicates()
    only = plain[~plain["urn"].duplicated(keep=False) & ~plain["predecessor_urn"].duplicated(keep=False)]
    ends = np.sort(links[["urn", "link_urn"]].to_numpy(), axis=1)
    unordered = pd.Series(ends[:, 0] * 10_000_000 + ends[:, 1], index=links.index)
    contradicted = unordered.isin(unordered[~_plain(links)])
    return pairs["urn"].isin(only["urn"]) & ~contradicted


def predecessor_chain(links: pd.DataFrame) -> pd.DataFrame:
    """Return all predecessors of every school: urn, predecessor_urn, depth (1 is the nearest).

    Only one-to-one links are followed, because through them a school keeps its history. A school without
    predecessors has no row. ``links`` is the frame from ``read_links``.

    Raises:
        LinkCycle: the links lead in a circle.
    """
    step = _pairs(links[_plain(links)]).drop_duplicates().astype(np.int64)
    if step["urn"].duplicated().any() or step["predecessor_urn"].duplicated().any():
        raise ValueError("a one-to-one link is not one to one; read the links with read_links")
    before = step.set_index("urn")["predecessor_urn"]
    reached, depth, depths = step.assign(depth=1), 1, []
    while not reached.empty:
        if (returned := reached[reached["urn"] == reached["predecessor_urn"]]).size:
            raise LinkCycle(_circle(step, returned["urn"].to_list()[0]))
        depths.append(reached)
        depth += 1
        further = before.reindex(reached["predecessor_urn"]).to_numpy()
        reached = reached.assign(predecessor_urn=further, depth=depth).dropna().astype(np.int64)
    chain = pd.concat(depths) if depths else step.assign(depth=1)
    return chain.sort_values(["urn", "depth"]).reset_index(drop=True)


def _circle(step: pd.DataFrame, start: int) -> list[int]:
    before = dict(zip(step["urn"].to_list(), step["predecessor_urn"].to_list(), strict=True))
    urns = [start]
    while (urn := before[urns[-1]]) != start:
        urns.append(urn)
    return sorted(urns)
