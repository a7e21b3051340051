"""Notice percentage columns that a spreadsheet has turned into fractions, so that 45% would be read as 0.45%."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from published.dfe.cells import VALUE_POSITION, ParsedColumn
from tables.faults import FileFault

ENOUGH = 200  # So many real percentages of one column are never all below 1.


def fraction_faults(columns: Mapping[str, tuple["pd.Series[str]", ParsedColumn]], rows: np.ndarray) -> list[FileFault]:
    """Return a fault for each percentage column whose every number, in these rows, is from 0 to 1.

    In a small file a rare event may truly be below 1% everywhere. So the column must have many numbers, or
    the file's other percentages must have signs or be fractions too.
    """
    doubtful: dict[str, tuple[int, str, int]] = {}
    signed = larger = False
    for name, (texts, parsed) in columns.items():
        numbered = rows[parsed.statuses[rows] == VALUE_POSITION]
        numbers = parsed.values[numbered]
        fractions = numbered[(numbers > 0) & (numbers < 1)]
        if len(numbers) == 0:
            continue
        has_sign = texts.iloc[numbered].str.endswith("%").any()
        signed |= bool(has_sign)
        if numbers.max() > 1:
            larger |= not has_sign
        elif len(fractions) and not has_sign:
            at = fractions[0]
            doubtful[name] = (int(texts.index[at]), str(texts.iat[int(at)]), len(numbers))
    return [
        FileFault(
            row,
            name,
            f"{found!r}, and no number above 1 in the column",
            "percentages from 0 to 100: a spreadsheet has turned them into fractions, so use the file as it was "
            "downloaded, or multiply the column by 100",
        )
        for name, (row, found, count) in doubtful.items()
        if signed or not larger or count >= ENOUGH
    ]
