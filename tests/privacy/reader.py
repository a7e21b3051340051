"""Read everything that a role can get: every URL that its permissions allow, with all arguments, filters and formats.

The URLs come from the resolver, with every argument that the world has. From a page, the reader follows each link to
the same page with another query, and each choice of its filters. Files are read too: CSV, workbooks, PDF and JSON.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from kpis.rules.rating import RatingCode
from published.dfe.value_statuses import ValueStatus
from tests.guards.test_access import CLOSED, EVERYTHING, Address
from tests.privacy.documents import Document
from tests.privacy.markup import Markup, parse_page
from trusts.models import Role
from trusts.permissions import GRANTS

NONE: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Arguments:
    """Every argument that a URL of the world may have, by its name, or by the URL's name and its own."""

    trust_id: int
    values: Mapping[str, Iterable[Any]]

    def of(self, address: Address) -> Iterator[dict[str, Any]]:
        names = sorted(address.arguments - {"trust_id"})
        fixed = {"trust_id": self.trust_id} if "trust_id" in address.arguments else {}
        found = [self.values.get(f"{address.name} {name}", self.values.get(name, NONE)) for name in names]
        for chosen in product(*found):
            yield fixed | dict(zip(names, chosen, strict=True))


def may_read(address: Address, role: Role) -> bool:
    """Return whether a role has the permission that a URL asks for. The guard over URLs tests the refusals."""
    permission = getattr(address.view, "permission", getattr(address.viewset, "read_permission", None))
    return permission in GRANTS[role]


READ = [address for address in EVERYTHING if address not in CLOSED and "trust_id" in address.arguments]


def read_everything(
    client: Client, role: Role, arguments: Arguments, *, moment: int, is_followed: Any = lambda query: True
) -> Iterator[Document]:
    """Yield every document that the signed-in person is given. ``is_followed`` says which queries to follow."""
    for address in READ:
        if not may_read(address, role):
            continue
        for given in arguments.of(address):
            path = reverse(address.name, kwargs=given)
            seen: set[tuple[tuple[str, str], ...]] = set()
            ahead: list[dict[str, str]] = [{}]
            while ahead:
                query = ahead.pop()
                key = tuple(sorted(query.items()))
                if key in seen:
                    continue
                seen.add(key)
                response = client.get(path, query)
                if response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) and not query:
                    break
                if response.status_code != HTTPStatus.OK:
                    continue
                document = read(response, address.name, path, given, query, moment)
                yield document
                ahead += [found for found in queries_on(document) if is_followed(found)]


def read(
    response: Any, name: str, path: str, given: Mapping[str, Any], query: Mapping[str, str], moment: int
) -> Document:
    """Return a response as a document that can be searched."""
    about = {"name": name, "path": path, "arguments": given, "query": query, "moment": moment}
    kind = response.headers["Content-Type"].partition(";")[0]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if kind == "text/html":
        return Document(**about, page=parse_page(content.decode()))
    if kind == "text/csv":
        return Document(
            **about, table=tuple(tuple(row) for row in csv.reader(content.decode("utf-8-sig").splitlines()))
        )
    if kind == "application/json":
        return Document(**about, data=json.loads(content))
    if kind == "application/pdf":
        return Document(**about, text=words_of_pdf(content))
    if "spreadsheetml" in kind:
        return Document(**about, table=tuple(_rows_of(content)))
    return Document(**about, text=content.decode(errors="replace"))


@cache
def words_of_pdf(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def queries_on(document: Document) -> Iterator[dict[str, str]]:
    """Return the queries that a document offers: links to itself, choices of its filters, the next page of the API."""
    if isinstance(document.data, dict):
        yield from _queries_of_api(document)
    elif document.page is not None and not document.query:
        yield from _queries_of_links(document.path, document.page)
        yield from _queries_of_forms(document.page)


def _queries_of_links(path: str, page: Markup) -> Iterator[dict[str, str]]:
    for link in page.every("a"):
        target = urlsplit(urljoin(path, link.attributes.get("href", "")))
        if target.path == path and target.query:
            yield dict(parse_qsl(target.query))


def _queries_of_forms(page: Markup) -> Iterator[dict[str, str]]:
    for form in page.every("form"):
        if form.attributes.get("method", "get").lower() == "get":
            for select in form.every("select"):
                values = (option.attributes.get("value") for option in select.every("option"))
                yield from ({select.attributes["name"]: value} for value in values if value)


def _queries_of_api(document: Document) -> Iterator[dict[str, str]]:
    """Return the next page, and a filter for each value of each field, and each code that a field may have."""
    if following := document.data.get("next"):
        yield dict(parse_qsl(urlsplit(following).query))
    if document.query or "results" not in document.data:
        return
    codes = {"status": list(ValueStatus), "rating": list(RatingCode)}
    for name in {name for row in document.data["results"] for name in row}:
        seen = {str(row[name]) for row in document.data["results"] if row.get(name) is not None}
        yield from ({name: value} for value in sorted(seen | set(codes.get(name, []))))
        yield from ({"ordering": order} for order in (name, f"-{name}"))


def _rows_of(content: bytes) -> Iterator[tuple[str, ...]]:
    for sheet in load_workbook(io.BytesIO(content), read_only=True):
        for row in sheet.iter_rows(values_only=True):
            yield tuple("" if value is None else str(value) for value in row)
