"""Put values into the fields of a form in a page's HTML, as a browser does when it restores a page."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from urllib.parse import urlsplit

FORM = re.compile(r"<form\b.*?</form>", re.DOTALL | re.IGNORECASE)  # Forms are never inside each other.
CHOICES = ("checkbox", "radio")
NEVER_FILLED = ("password", "file", "submit", "button", "image", "reset")


def fill_in(
    page: str, *, path: str, sent_to: str, fields: Mapping[str, Sequence[str]], notice: str
) -> tuple[str, bool]:
    """Put ``fields`` into the form of a page that is sent to ``sent_to``, with ``notice`` above the form.

    Return the page and whether it has such a form. ``path`` is the address of the page: a form without an address is
    sent there. Forms that only ask for a page, such as filters, are left alone.
    """
    for match in FORM.finditer(page):
        form = _Form(match[0], fields)
        if sent_to in {urlsplit(address).path or path for address in form.addresses}:
            return page[: match.start()] + notice + form.filled() + page[match.end() :], True
    return page, False


class _Form(HTMLParser):
    """Read a form's HTML and note what has to change in it."""

    def __init__(self, html: str, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.html, self.fields = html, fields
        self.addresses: set[str] = set()
        self._changes: list[tuple[int, int, str]] = []
        self._seen: Counter[str] = Counter()
        self._select = ""
        self._text: tuple[int, str] | None = None  # Where a text area's text begins, and the new text.
        self._line_starts = [0, *accumulate(len(line) for line in html.splitlines(keepends=True))]
        self.feed(html)
        self.close()

    def filled(self) -> str:
        html = self.html
        for start, end, new in reversed(self._changes):
            html = html[:start] + new + html[end:]
        return html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        name = attributes.get("name") or ""
        if tag == "form" and (attributes.get("method") or "").lower() == "post":
            self.addresses.add(attributes.get("action") or "")
        elif tag == "button" and attributes.get("formaction"):
            self.addresses.add(attributes["formaction"] or "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select in self.fields:
            is_chosen = (attributes.get("value") or "") in self.fields[self._select]
            self._rewrite(tag, attributes, "selected", "" if is_chosen else None)
        elif tag == "textarea" and (value := self._next_value(name)) is not None:
            self._text = (self._here() + len(self.get_starttag_text() or ""), value)
        elif tag == "input":
            self._fill_input(name, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea" and self._text:
            start, value = self._text
            # Browsers leave out a line break at the start of a text area.
            self._changes.append((start, self._here(), f"\n{escape(value)}"))
            self._text = None

    def _fill_input(self, name: str, attributes: dict[str, str | None]) -> None:
        kind = (attributes.get("type") or "text").lower()
        if not name or kind in NEVER_FILLED or "disabled" in attributes:
            return
        if kind in CHOICES:
            is_chosen = (attributes.get("value") or "on") in self.fields.get(name, ())
            self._rewrite("input", attributes, "checked", "" if is_chosen else None)
        elif (value := self._next_value(name)) is not None:
            self._rewrite("input", attributes, "value", value)

    def _next_value(self, name: str) -> str | None:
        """Return the value of the next field of this name. None if nothing was sent for it."""
        values, number = self.fields.get(name, ()), self._seen[name]
        self._seen[name] += 1
        return values[number] if number < len(values) else None

    def _rewrite(self, tag: str, attributes: dict[str, str | None], changed: str, value: str | None) -> None:
        kept = {name: given or "" for name, given in attributes.items() if name != changed}
        if value is not None:
            kept[changed] = value
        written = "".join(f' {name}="{escape(given)}"' for name, given in kept.items())
        start = self._here()
        self._changes.append((start, start + len(self.get_starttag_text() or ""), f"<{tag}{written}>"))

    def _here(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
