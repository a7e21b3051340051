"""Tell colleagues about a line while somebody chooses which of two texts to keep.

The note is kept only in the cache, so it can be lost. What was saved is in the database, and what was typed is on the
page of the person who typed it.
"""

from collections.abc import Mapping

from django.core.cache import cache

from returns.queries.contested_lines import contested_key, contested_lines
from trusts.models import User

SECONDS_KEPT = 600  # After 10 minutes, the person has left the choice.


def contest_lines(*, return_id: int, typed: Mapping[str, str], by: User) -> None:
    """Note that ``by`` has to choose between what they typed (by code, in short) and what somebody saved."""
    if typed:
        others = {code: note for code, note in contested_lines(return_id).items() if note["by_id"] != by.pk}
        own = {code: {"by_id": by.pk, "by": by.name, "typed": text} for code, text in typed.items()}
        cache.set(contested_key(return_id), others | own, SECONDS_KEPT)


def settle_line(*, return_id: int, code: str) -> None:
    """Remove the note about a line, because the person has chosen."""
    left = contested_lines(return_id)
    if left.pop(code, None):
        cache.set(contested_key(return_id), left, SECONDS_KEPT)
