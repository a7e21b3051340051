"""The names of local authorities, which the published files give as numbers.

Source: the Department for Education's list of local authority codes (2018-19) and its register (August 2026), Open
Government Licence. An authority that has since been replaced keeps its name: older files have its number.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

NAMES = Path(__file__).with_name("local_authorities.csv")


@cache
def local_authorities() -> Mapping[int, str]:
    """Return the names of England's local authorities by their number.

    >>> local_authorities()[860]
    'Staffordshire'
    """
    with NAMES.open(encoding="utf-8", newline="") as file:
        return {int(row["la"]): row["name"] for row in csv.DictReader(file)}
