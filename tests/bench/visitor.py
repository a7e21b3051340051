"""A person's browser as far as the server can tell: cookies, the forms' token, one request after the other."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.bench.stacks import PASSWORD

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took from connecting to the last byte."""

    status: int
    body: str
    location: str
    ms: float


class Visitor:
    """One signed-in person at one stack. Every request is a new connection, so that no server process is favoured."""

    def __init__(self, address: str, email: str) -> None:
        place = urlsplit(address)
        self._host, self._port = place.hostname or "", place.port
        self._cookies: dict[str, str] = {}
        page = self.get("/accounts/login/")
        answer = self.post("/accounts/login/", page, login=email, password=PASSWORD)
        assert answer.status == 302, f"{email} could not sign in: {answer.status}"

    def get(self, path: str, **headers: str) -> Answer:
        return self._request("GET", path, headers)

    def post(self, path: str, page: Answer, **fields: object) -> Answer:
        """Send a form with the token of the page it stands on."""
        token = TOKEN.search(page.body)
        assert token, f"no form on the page before {path}: {page.status}"
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields})
        return self._request("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        start = time.perf_counter()
        connection = HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.request(method, path, body, {**headers, "Cookie": cookie, "Connection": "close"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        ms = (time.perf_counter() - start) * 1000
        for each in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(each).items():
                self._cookies[name] = morsel.value
        return Answer(response.status, content.decode(errors="replace"), response.headers.get("Location", ""), ms)
