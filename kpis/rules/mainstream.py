"""Which schools are state-funded mainstream schools: those that national percentiles compare."""

from collections.abc import Mapping, Sequence

import pandas as pd

# The tables' own types that are not: independent, special, hospital, 16 to 19 and such.
OTHER_TYPES = frozenset({"IND", "INDSPEC", "FESI", "NMSS", "ACCS", "ACS", "CYS", "FDS", "FS", ""})
# The Department's numbering of establishments: maintained schools and academies, and the first academies. Other 6000s
# are independent, 7000s special schools, 1100s pupil referral units.
NUMBERS = ((2000, 5999), (6900, 6999))


def mainstream_urns(schools: Mapping[str, Sequence[pd.DataFrame]]) -> dict[str, set[int]]:
    """Return the URNs of state-funded mainstream schools by phase of education.

    ``schools`` has the frames of the files with each phase's results, each with the columns ``urn, estab,
    school_type`` (empty throughout where the file has no types) and ``is_mainstream`` (True, False or missing: the
    file does not say). A file's own types come first, then the establishment numbers; a school that any file calls
    special or independent is out.

    Source: trajectories/README.md, rule S1.

    >>> frame = pd.DataFrame({"urn": [1, 2, 3], "estab": [4000, 6001, 4100], "school_type": "", "is_mainstream": None})
    >>> mainstream_urns({"secondary": [frame]})
    {'secondary': {1, 3}}
    """
    found: dict[str, set[int]] = {phase: set() for phase in schools}
    others: set[int] = set()
    for phase, frames in schools.items():
        for frame in frames:
            numbered = pd.concat([frame["estab"].between(low, high) for low, high in NUMBERS], axis="columns")
            typed = frame["school_type"].isin(OTHER_TYPES)
            has_types = (frame["school_type"] != "").any()
            is_in = numbered.fillna(False).any(axis="columns") | (~typed if has_types else False)
            is_other = frame["is_mainstream"].eq(False).fillna(False) | (typed if has_types else False)
            found[phase] |= set(frame.loc[is_in.astype(bool), "urn"].tolist())
            others |= set(frame.loc[is_other.astype(bool), "urn"].tolist())
    return {phase: urns - others for phase, urns in found.items()}
