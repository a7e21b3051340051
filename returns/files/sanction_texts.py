"""Suggest what a text in a list of sanctions means. A person confirms it.

Texts are compared as a whole. A part of a text says nothing: "Left site without permission" is no permanent exclusion.
"""

import re
from hashlib import sha256

from kpis.catalogue.kinds import Labelled
from returns.files.export_questions import ExportQuestion

LONGEST_TEXT = 100
MOST_TEXTS = 60  # A column with more different texts does not have the kinds of sanction.


class Sanction(Labelled):
    """What a text in a list of sanctions means."""

    SUSPENSION = "suspension", "A suspension"
    EXCLUSION = "exclusion", "A permanent exclusion"
    NEITHER = "neither", "Neither: do not count"


# The census's codes are SUSP, LNCH (lunchtime), PERM and, in earlier years, FIXD. Schools also write the others.
SUSPENSIONS = {
    "susp",
    "suspension",
    "suspended",
    "external suspension",
    "fixd",
    "fte",
    "fts",
    "fpe",
    "fixed term",
    "fixed period",
    "fixed term suspension",
    "fixed period suspension",
    "fixed term exclusion",
    "fixed period exclusion",
    "temporary exclusion",
    "lnch",
    "lunch",
    "lunchtime",
    "lunchtime suspension",
    "lunchtime exclusion",
}
EXCLUSIONS = {"perm", "pex", "px", "permanent", "permanent exclusion", "permanently excluded", "expulsion", "expelled"}
# A pupil is in school during an internal one, and a withdrawn one does not count.
NEITHER_WORDS = {
    "internal",
    "detention",
    "cancelled",
    "withdrawn",
    "rescinded",
    "overturned",
    "quashed",
    "revoked",
    "reinstated",
    "void",
    "not",
}


def suggested_meaning(text: str) -> Sanction | None:
    """Return what a text most likely means, or None if only a person knows.

    >>> suggested_meaning("FIXD").label, suggested_meaning("Permanent exclusion (cancelled)").label
    ('A suspension', 'Neither: do not count')
    >>> suggested_meaning("Fixed penalty notice")
    """
    words = re.findall(r"[a-z]+", text.casefold())
    if NEITHER_WORDS & set(words):
        return Sanction.NEITHER
    whole = " ".join(words)
    if whole in SUSPENSIONS:
        return Sanction.SUSPENSION
    return Sanction.EXCLUSION if whole in EXCLUSIONS else None


def text_question(text: str, count: int, suggested: str) -> ExportQuestion:
    """Ask what a text means, and say how many rows have it."""
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    return ExportQuestion(
        name=f"text-{sha256(text.encode()).hexdigest()[:12]}",
        words=f"“{text}”" if text else "Rows with nothing in this column",
        hint=rows,
        choices=tuple((meaning.value, meaning.label) for meaning in Sanction),
        suggested=suggested,
        is_text=True,
    )
