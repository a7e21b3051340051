"""The explanation of a figure that is off target: what it shows, why, and what happens next."""

from dataclasses import dataclass

from kpis.rules.rating import Rating, RatingCode
from tables.word_lists import join_in_words

EXPLANATION_FIELDS = {"what": "what this shows", "why": "why", "what_next": "what happens next"}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Three short texts that the return asks for together."""

    what: str = ""
    why: str = ""
    what_next: str = ""

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """Return the texts that are not empty, each with its question.

        >>> Explanation(what="Year 6 stays away", what_next="Two visits a week").labelled
        [('What this shows', 'Year 6 stays away'), ('What happens next', 'Two visits a week')]
        """
        texts = ((asked.capitalize(), getattr(self, name).strip()) for name, asked in EXPLANATION_FIELDS.items())
        return [(asked, text) for asked, text in texts if text]

    @property
    def in_words(self) -> str:
        """Return the texts that are not empty, each on a line of its own."""
        return "\n".join(f"{asked}: {text}" for asked, text in self.labelled)

    @property
    def missing(self) -> list[str]:
        """Return the names of the empty texts."""
        return [name for name in EXPLANATION_FIELDS if not getattr(self, name).strip()]


NO_EXPLANATION = Explanation()


def missing_explanation(rating: Rating, explanation: Explanation) -> str:
    """Return a sentence that asks for the missing texts and gives the rating's reason; empty if none are needed.

    Source: returns/README.md#validation, rule 6.
    """
    if rating.code is not RatingCode.OFF_TARGET or not explanation.missing:
        return ""
    return f"{rating.reason}. Say {join_in_words([EXPLANATION_FIELDS[name] for name in explanation.missing])}"
