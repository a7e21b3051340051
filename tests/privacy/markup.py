"""Pages as a tree, with everything that a person or a program can read in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SAID = ("alt", "title", "aria-label", "value", "data-label", "content", "data-text")  # Attributes with words.
UNREAD = {"script", "style", "template"}
IMPLIED = {
    "li": {"li"},
    "dt": {"dt", "dd"},
    "dd": {"dt", "dd"},
    "tr": {"tr"},
    "td": {"td", "th"},
    "th": {"td", "th"},
    "option": {"option"},
    "p": {"p"},
}


@dataclass
class Markup:
    """An element of a page, with its elements and texts in their order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Markup | str]" = field(default_factory=list)

    @property
    def elements(self) -> "list[Markup]":
        return [child for child in self.children if isinstance(child, Markup)]

    def every(self, *tags: str) -> "Iterator[Markup]":
        """Yield each element below this one with one of these tags, in the page's order."""
        for child in self.elements:
            if child.tag in tags:
                yield child
            yield from child.every(*tags)

    @property
    def text(self) -> str:
        """Return the words in this element and those below it."""
        return " ".join(" ".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        if self.tag in UNREAD:
            return
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def sayings(self) -> Iterator[str]:
        """Yield the words of attributes here and below: alternative texts, titles, labels."""
        for name in SAID:
            if words := self.attributes.get(name, "").strip():
                yield words
        for child in self.elements:
            yield from child.sayings()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Markup("page")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.open[-1].tag in IMPLIED.get(tag, ()):
            self.open.pop()
        element = Markup(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Markup(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse_page(html: str) -> Markup:
    """Return a page as a tree."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
