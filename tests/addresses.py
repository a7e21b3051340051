"""List every URL of the site, the API and the accounts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

NONSENSE = {"token": "nonsense", "uidb36": "1", "key": "nonsense"}


@dataclass(frozen=True)
class Address:
    """One URL pattern with its full name."""

    name: str
    pattern: URLPattern
    arguments: frozenset[str]

    @property
    def view(self) -> Callable[..., HttpResponse]:
        return self.pattern.callback

    @property
    def viewset(self) -> type | None:
        return getattr(self.view, "cls", None)

    def path(self, trust: Any = None, school: Any = None) -> str:
        known = {"trust_id": trust and trust.pk, "school_id": school and school.pk} | NONSENSE
        return reverse(self.name, kwargs={argument: known.get(argument) or 1 for argument in self.arguments})


def addresses(resolver: URLResolver, namespace: str = "", arguments: frozenset[str] = frozenset()) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        # The arguments are converters in a path, and named groups in a regular expression.
        named = {*entry.pattern.converters, *getattr(entry.pattern.regex, "groupindex", {})}
        found = arguments | named
        if isinstance(entry, URLResolver):
            yield from addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, found)
        else:
            yield Address(f"{namespace}{entry.name or entry.pattern}", entry, frozenset(found))


EVERYTHING = list(addresses(get_resolver()))
