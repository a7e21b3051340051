"""Write lists of names in sentences."""

from collections.abc import Sequence


def join_in_words(parts: Sequence[str], word: str = "and") -> str:
    """Join names with commas, and a word before the last.

    >>> join_in_words(["Oak", "Elm", "Ash"])
    'Oak, Elm and Ash'
    >>> join_in_words(["Oak", "Elm", "Ash"], "or"), join_in_words(["Oak", "Elm"], "or"), join_in_words(["Oak"], "or")
    ('Oak, Elm or Ash', 'Oak or Elm', 'Oak')
    >>> join_in_words([])
    ''
    """
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
