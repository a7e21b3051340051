"""Find the state-funded mainstream schools, which national percentiles compare."""

from collections.abc import Mapping, Sequence

import pandas as pd

# The types in the performance tables: special schools (state-funded and non-maintained), then other types that are
# not mainstream.
SPECIAL_TYPES = frozenset({"NMSS", "ACCS", "ACS", "CYS", "FDS", "FS"})
OTHER_TYPES = SPECIAL_TYPES | {"IND", "INDSPEC", "FESI", ""}
# The Department's numbering of establishments: maintained schools and academies, and the first academies. Other 6000s
# are independent, 7000s special schools, 1100s pupil referral units.
NUMBERS = ((2000, 5999), (6900, 6999))
SPECIAL_NUMBERS = (7000, 7999)
ALTERNATIVE_NUMBERS = (1100, 1199)


def kind_of_schools(schools: Mapping[str, Sequence[pd.DataFrame]]) -> dict[str, pd.Series]:
    """Return "mainstream", "special" or "other" for each URN, by phase of education.

    ``schools`` has the frames of the files with each phase's results. Their columns are ``urn, estab, school_type``
    (empty in all rows if the file has no types) and ``is_mainstream`` (True, False, or missing if the file does not
    say). The types in a file are used first, then the establishment numbers. A school that any file calls special or
    independent is not mainstream.

    Source: trajectories/README.md, rule S1.

    >>> frame = pd.DataFrame({"urn": [1, 2, 3], "estab": [4000, 6001, 7100], "school_type": "", "is_mainstream": None})
    >>> kind_of_schools({"secondary": [frame]})["secondary"].to_dict()
    {1: 'mainstream', 2: 'other', 3: 'special'}
    """
    marks = {phase: [_marks(frame) for frame in frames] for phase, frames in schools.items()}
    everything = [frame for frames in marks.values() for frame in frames]
    if not everything:
        return {phase: pd.Series(dtype=object) for phase in schools}
    types = pd.concat(everything).groupby("urn")[["is_other", "is_special"]].any()
    found = {}
    for phase, frames in marks.items():
        is_in = pd.concat([*frames, everything[0].iloc[:0]]).groupby("urn")["is_in"].any()
        kind = pd.Series("other", index=is_in.index, dtype=object)
        kind[is_in & ~types["is_other"].reindex(is_in.index)] = "mainstream"
        kind[types["is_special"].reindex(is_in.index)] = "special"
        found[phase] = kind
    return found


def _marks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return three marks for each school of a file: is_in, is_other and is_special."""
    estab = pd.to_numeric(frame["estab"]).astype(float)
    numbered = (estab.between(*NUMBERS[0]) | estab.between(*NUMBERS[1])).to_numpy()
    kind = frame["school_type"].astype(str)
    has_types = bool((kind != "").any())
    typed = kind.isin(OTHER_TYPES).to_numpy() & has_types
    other = frame["is_mainstream"].eq(False).fillna(False).to_numpy(dtype=bool) | typed
    special = kind.isin(SPECIAL_TYPES).to_numpy() | (other | ~numbered) & estab.between(*SPECIAL_NUMBERS).to_numpy()
    is_in = numbered | (~typed & has_types & ~estab.between(*ALTERNATIVE_NUMBERS).to_numpy())
    return pd.DataFrame(
        {"urn": frame["urn"].to_numpy(), "is_in": is_in, "is_other": other, "is_special": special & ~kind.eq("INDSPEC")}
    )


def mainstream_urns(schools: Mapping[str, Sequence[pd.DataFrame]]) -> dict[str, set[int]]:
    """Return the URNs of state-funded mainstream schools by phase of education; arguments as ``kind_of_schools``.

    >>> frame = pd.DataFrame({"urn": [1, 2, 3], "estab": [4000, 6001, 4100], "school_type": "", "is_mainstream": None})
    >>> mainstream_urns({"secondary": [frame]})
    {'secondary': {1, 3}}
    """
    return {phase: set(kind.index[kind == "mainstream"].tolist()) for phase, kind in kind_of_schools(schools).items()}
