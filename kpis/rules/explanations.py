"""What a school says of a figure that is off target: what it shows, why, and what happens next."""

from dataclasses import dataclass

from kpis.rules.figures_in_words import join_in_words
from kpis.rules.rating import Rating, RatingCode

EXPLANATION_FIELDS = {"what": "what this shows", "why": "why", "what_next": "what happens next"}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Three short texts. They are asked for together, and each answers one question."""

    what: str = ""
    why: str = ""
    what_next: str = ""

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """Return the texts that are there, each with its question in words.

        >>> Explanation(what="Year 6 stays away", what_next="Two visits a week").labelled
        [('What this shows', 'Year 6 stays away'), ('What happens next', 'Two visits a week')]
        """
        said = ((asked.capitalize(), getattr(self, name).strip()) for name, asked in EXPLANATION_FIELDS.items())
        return [(asked, text) for asked, text in said if text]

    @property
    def in_words(self) -> str:
        """Write the texts that are there, one to a line."""
        return "\n".join(f"{asked}: {text}" for asked, text in self.labelled)

    @property
    def missing(self) -> list[str]:
        """Return the names of the texts that are not there."""
        return [name for name in EXPLANATION_FIELDS if not getattr(self, name).strip()]


NO_EXPLANATION = Explanation()


def missing_explanation(rating: Rating, said: Explanation) -> str:
    """Ask for what is missing of an explanation, with the rating's reason; empty where none is asked for.

    Source: returns/README.md#validation, rule 6.
    """
    if rating.code is not RatingCode.OFF_TARGET or not said.missing:
        return ""
    return f"{rating.reason}. Say {join_in_words([EXPLANATION_FIELDS[name] for name in said.missing])}"
