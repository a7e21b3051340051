"""Two texts for one line: told to the others who fill in the return while one person chooses which to keep.

Nothing here must last. What was saved is in the database, what was typed is on the page of the person who typed it.
This is a note in the cache that the other page shows; while the cache is away there is none.
"""

from collections.abc import Mapping

from django.core.cache import cache

from returns.queries.contested_lines import contested_key, contested_lines
from trusts.models import User

SECONDS_KEPT = 600  # A choice that takes longer than ten minutes has been left alone.


def contest_lines(*, return_id: int, typed: Mapping[str, str], by: User) -> None:
    """Note that ``by`` typed other figures (in short, by code) than somebody saved, and has to choose."""
    if typed:
        others = {code: note for code, note in contested_lines(return_id).items() if note["by_id"] != by.pk}
        own = {code: {"by_id": by.pk, "by": by.name, "typed": text} for code, text in typed.items()}
        cache.set(contested_key(return_id), others | own, SECONDS_KEPT)


def settle_line(*, return_id: int, code: str) -> None:
    """Note that the choice in a line was made."""
    left = contested_lines(return_id)
    if left.pop(code, None):
        cache.set(contested_key(return_id), left, SECONDS_KEPT)
