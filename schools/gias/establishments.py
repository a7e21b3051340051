"""Read the register's full extract (edubasealldata…): every school, and the trust that each is in."""

from pathlib import Path

import numpy as np
import pandas as pd

from schools.gias.registers import TRUST_TYPES, RegisterColumns, columns_of, phase_of_education

# The register's words -> the type of trust. Other trusts support maintained schools and run no academies.
TRUST_FLAGS = {
    "supported by a multi-academy trust": TRUST_TYPES[0],
    "supported by a single-academy trust": TRUST_TYPES[1],
}
OPEN = ("open", "open, but proposed to close")
# Establishments that are no schools in England.
NO_SCHOOLS = ("universities", "welsh schools")
NO_SCHOOL_TYPES = ("british schools overseas",)


def read_establishments(path: Path | str) -> pd.DataFrame:
    """Read the register's full extract, one row for each establishment, open or not. See ``establishments_in``.

    Raises:
        NotRecognised: it is another file. FaultyFile: a cell or row cannot be read.
    """
    return establishments_in(columns_of(path, "establishments"))


def establishments_in(columns: RegisterColumns) -> pd.DataFrame:
    """Return the establishments of an opened file.

    Columns: urn, name, type, phase, la_code, la_name, estab, age_low, age_high (None where empty), town, postcode,
    status (open, closed, other), is_school, uid (None outside an academy trust), trust_name, group_type. Without any
    trust in the file, or without its columns, uid is None everywhere: the file does not say who is in which trust.
    """
    types, phases = columns.text("TYPEOFESTABLISHMENT (NAME)"), columns.text("PHASEOFEDUCATION (NAME)")
    groups = columns.text("ESTABLISHMENTTYPEGROUP (NAME)")
    uids, trust_types = _trusts(columns)
    frame = pd.DataFrame(
        {
            "urn": columns.number("URN"),
            "name": columns.text("ESTABLISHMENTNAME"),
            "type": types,
            "phase": [phase_of_education(phase, kind) for phase, kind in zip(phases, types, strict=True)],
            "la_code": columns.number("LA (CODE)"),
            "la_name": columns.text("LA (NAME)"),
            "estab": columns.number_or_none("ESTABLISHMENTNUMBER"),
            "age_low": columns.number_or_none("STATUTORYLOWAGE"),
            "age_high": columns.number_or_none("STATUTORYHIGHAGE"),
            "town": columns.text("TOWN"),
            "postcode": columns.text("POSTCODE"),
            "status": [_status(text.lower()) for text in columns.text("ESTABLISHMENTSTATUS (NAME)")],
            "is_school": [
                group.lower() not in NO_SCHOOLS and kind.lower() not in NO_SCHOOL_TYPES
                for group, kind in zip(groups, types, strict=True)
            ],
            "uid": uids,
            "trust_name": columns.text("TRUSTS (NAME)"),
            "group_type": trust_types,
        }
    )
    columns.date("OPENDATE")  # A file with dates in both orders is refused, although only its age rests on them.
    return columns.checked(frame, key="urn")


def _status(text: str) -> str:
    return "open" if text in OPEN else "closed" if text == "closed" else "other"


def _trusts(columns: RegisterColumns) -> tuple[np.ndarray, np.ndarray]:
    """Return the number and type of each establishment's academy trust."""
    types = [TRUST_FLAGS.get(flag.lower(), "") for flag in columns.text("TRUSTSCHOOLFLAG (NAME)")]
    uids = columns.number_or_none("TRUSTS (CODE)")
    known = [(uid, kind) if kind and uid is not None else (None, "") for uid, kind in zip(uids, types, strict=True)]
    return np.array([uid for uid, _ in known], dtype=object), np.array([kind for _, kind in known], dtype=object)
