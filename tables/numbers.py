"""Read the numbers of text files: spaces between thousands, true minus signs, and decimal commas."""

import re

import numpy as np
import pandas as pd

from tables.faults import refuse_spreadsheet
from tables.sheets import column_name

SIGNS_AND_SPACES = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
SPACED = re.compile(r"([-+]?£?[0-9]{1,3})((?: [0-9]{3})+)((?:[.,][0-9]+)? ?%?)")
WITH_COMMA = re.compile(r"[-−+]?£?[0-9]+,[0-9]+ ?%?|[-−+]?£?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+ ?%?")
COMMA_FOR_DECIMALS = re.compile(
    r"[-−+]?£?(?:[0-9.]*,(?:[0-9]{1,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+|[0-9.]+\.[0-9]{3},[0-9]+) ?%?"
)
WITH_POINT = re.compile(r"[-−+]?£?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)\.[0-9]+ ?%?")


def plain_number(text: str) -> str:
    """Return a text with plain minus signs and spaces, and a number without spaces between its thousands.

    >>> plain_number("−1 234,5"), plain_number("12\u00a0345"), plain_number("Year 7")
    ('-1234,5', '12345', 'Year 7')
    """
    text = text.translate(SIGNS_AND_SPACES).strip()
    if found := SPACED.fullmatch(text):
        return found[1] + found[2].replace(" ", "") + found[3]
    return text


def with_decimal_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with decimal points for decimal commas, as decided for the file as a whole.

    Raises:
        SpreadsheetRefused: the file has commas in numbers, and none that can be read in only one way.
    """
    texts = {text for column in frame for text in frame[column].unique() if "," in text or "." in text}
    commas = {text for text in texts if WITH_COMMA.fullmatch(plain_number(text))}
    if not commas or any(WITH_POINT.fullmatch(text) for text in texts if text.count(".") == 1 and not _grouped(text)):
        return frame
    if not any(COMMA_FOR_DECIMALS.fullmatch(plain_number(text)) for text in commas):
        raise _refusal(frame, commas)
    points = {text: plain_number(text).replace(".", "").replace(",", ".") for text in commas}
    return frame.map(lambda text: points.get(text, text))


def _grouped(text: str) -> bool:
    """Whether a number's only point can be between thousands, as in 1.234."""
    return bool(re.fullmatch(r"[-−+]?£?[0-9]{1,3}\.[0-9]{3}", text.strip()))


def _refusal(frame: pd.DataFrame, commas: set[str]) -> Exception:
    found = frame.isin(commas).to_numpy()
    at, column = (int(place) for place in np.argwhere(found)[0])
    example = frame.iat[at, column]
    return refuse_spreadsheet(
        f"“{example}” can be read in two ways, with thousands or with decimals, and the file does not say which",
        "Save the file with commas between its columns (“CSV UTF-8, comma delimited”), or as a workbook",
        row=int(frame.index[at]),
        column=column_name(int(frame.columns[column]), ""),
    )
