"""What a reader is given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.privacy.markup import Markup


@dataclass(frozen=True)
class Document:
    """Something that a role was given."""

    name: str  # The URL's name.
    path: str
    arguments: Mapping[str, Any]
    query: Mapping[str, str]
    moment: int  # How many corrections there had been.
    page: Markup | None = None
    table: tuple[tuple[str, ...], ...] = ()  # A file's rows, the column headings first.
    text: str = ""  # A document's words.
    data: Any = None  # What the API answered.

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path
