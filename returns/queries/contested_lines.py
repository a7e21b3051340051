"""Lines in which a colleague has to choose between two texts, from the note that the cache keeps for some minutes."""

from django.core.cache import cache


def contested_lines(return_id: int) -> dict[str, dict[str, object]]:
    """Return by code who has to choose in which line of a return, and what they typed."""
    return dict(cache.get(contested_key(return_id), {}))


def contested_key(return_id: int) -> str:
    """Return where the cache keeps the note."""
    return f"contested-lines:{return_id}"
