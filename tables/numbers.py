"""Read the numbers of text files: spaces between thousands, true minus signs, and decimal commas."""

import re

import numpy as np
import pandas as pd

from tables.faults import refuse_spreadsheet
from tables.sheets import column_name

SIGNS_AND_SPACES = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
SPACED = re.compile(r"([-+]?£?[0-9]{1,3})((?: [0-9]{3})+)((?:[.,][0-9]+)? ?%?)")
SIGNS = re.compile(r"^[-+]?£?| ?%$")
# What is left of a number without its signs.
WITH_COMMA = re.compile(r"[0-9]+,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
IN_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}[,.][0-9]{3}")
WITH_POINT = re.compile(r"[0-9]*\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+|[0-9]{1,3}(?:,[0-9]{3}){2,}")
GROUPED_BY_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")


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
    digits = {text: SIGNS.sub("", plain_number(text)) for text in texts}
    commas = {text for text in texts if WITH_COMMA.fullmatch(digits[text])}
    in_thousands = {text for text in texts if IN_THOUSANDS.fullmatch(digits[text])}
    if not commas or any(WITH_POINT.fullmatch(digits[text]) for text in texts - in_thousands):
        return frame
    if commas <= in_thousands:
        raise _refusal(frame, commas)
    numbers = commas | {text for text in texts if GROUPED_BY_POINTS.fullmatch(digits[text])}
    points = {text: plain_number(text).replace(".", "").replace(",", ".") for text in numbers}
    return frame.map(lambda text: points.get(text, text))


def _refusal(frame: pd.DataFrame, commas: set[str]) -> Exception:
    found = frame.isin(commas).to_numpy()
    at, column = (int(place) for place in np.argwhere(found)[0])
    example = str(frame.iat[at, column])
    return refuse_spreadsheet(
        f"“{example}” can be read in two ways, with thousands or with decimals, and the file does not say which",
        "Save the file with commas between its columns (“CSV UTF-8, comma delimited”), or as a workbook",
        row=int(frame.index[at]),
        column=column_name(int(frame.columns[column]), ""),
    )
