"""Read from the cache which lines have two texts that a colleague has to choose between."""

from django.core.cache import cache


def contested_lines(return_id: int) -> dict[str, dict[str, object]]:
    """Return who has to choose in which lines of a return and what they typed, by code."""
    return dict(cache.get(contested_key(return_id), {}))


def contested_key(return_id: int) -> str:
    """Return the cache key of the note about a return."""
    return f"contested-lines:{return_id}"
