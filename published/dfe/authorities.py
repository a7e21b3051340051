"""Look up the names and regions of local authorities. The published files have only their numbers.

Source: the Department for Education's list of local authority and region codes (2018-19, with parts of regions
joined) and its register (August 2026), Open Government Licence. An authority that has since been
replaced keeps its name, because older files have its number.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

NAMES = Path(__file__).with_name("local_authorities.csv")


@cache
def local_authorities() -> Mapping[int, str]:
    """Return the names of England's local authorities by number.

    >>> local_authorities()[860]
    'Staffordshire'
    """
    return {la: row["name"] for la, row in _rows().items()}


@cache
def regions() -> Mapping[int, str]:
    """Return the region of each local authority, by number. England has nine regions.

    >>> regions()[860], len(set(regions().values()))
    ('West Midlands', 9)
    """
    return {la: row["region"] for la, row in _rows().items()}


def _rows() -> dict[int, dict[str, str]]:
    with NAMES.open(encoding="utf-8", newline="") as file:
        return {int(row["la"]): row for row in csv.DictReader(file)}
