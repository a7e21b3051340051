"""Pages as they are read: how a template breaks its lines is no part of what it says."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

VERBATIM = "pre|textarea|script"
BLOCKS = (
    "html|head|body|title|meta|link|header|footer|main|nav|section|div|form|fieldset|legend|h1|h2|h3|h4|p|ul|ol|li|dl|dt|dd"
    "|table|caption|thead|tbody|tr|th|td|details|summary|figure|figcaption|hr|option|optgroup|path|rect|circle"
)
PIECE = re.compile(
    rf"""(?P<verbatim><(?P<name>{VERBATIM})\b.*?</(?P=name)>)
    | (?P<tag></?[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'>])*>)
    | (?P<text>[^<]+|<)""",
    re.VERBOSE | re.DOTALL,
)
QUOTED = re.compile(r"""("[^"]*"|'[^']*')""")


def as_read(html: str) -> str:
    """Return a page with one space for several, and none where a browser shows none: next to a block, in a tag."""
    pieces = "".join(_piece(match) for match in PIECE.finditer(html))
    return re.sub(rf" ?(</?(?:{BLOCKS})\b(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>) ?", r"\1", pieces).strip()


def _piece(match: re.Match[str]) -> str:
    if match["verbatim"]:
        return match[0]
    if match["text"]:
        return re.sub(r"[ \t\r\n\f]+", " ", match[0])
    parts = QUOTED.split(match[0])
    parts[::2] = [re.sub(r"\s+", " ", part) for part in parts[::2]]
    return re.sub(r"\s*(/?>)$", r"\1", "".join(parts))


class PageTextClient(Client):
    """A test client whose pages are as they are read."""

    def request(self, **request: Any) -> HttpResponse:
        response = super().request(**request)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            response.content = as_read(response.text).encode()
        return response
