"""Act like a person's browser: cookies, the CSRF token, one request after another."""

import re
import secrets
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
    """An answer, with its time from connecting to the last byte."""

    status: int
    body: str
    location: str
    ms: float
    content: bytes = b""


class Visitor:
    """One signed-in person at one stack. Every request is a new connection, so that all server processes are used."""

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
        """Send a form with the token of its page."""
        token = TOKEN.search(page.body)
        assert token, f"the page before {path} has no form: {page.status}"
        body = urlencode({"csrfmiddlewaretoken": token[1], **fields})
        return self._request("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, body)

    def send_file(self, path: str, page: Answer, *, name: str, content: bytes) -> Answer:
        """Send a form with a file, with the token of its page."""
        token = TOKEN.search(page.body)
        assert token, f"the page before {path} has no form: {page.status}"
        field, piece = 'Content-Disposition: form-data; name="{}"', f"piece-{secrets.token_hex(8)}"
        body = "\r\n".join(
            [
                f"--{piece}",
                field.format("csrfmiddlewaretoken"),
                "",
                token[1],
                f"--{piece}",
                f'{field.format("file")}; filename="{name}"',
                "",
                "",
            ]
        ).encode()
        body += content + f"\r\n--{piece}--\r\n".encode()
        return self._request("POST", path, {"Content-Type": f"multipart/form-data; boundary={piece}"}, body)

    def _request(self, method: str, path: str, headers: Mapping[str, str], body: str | bytes | None = None) -> Answer:
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
        for cookie in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(cookie).items():
                self._cookies[name] = morsel.value
        text, location = content.decode(errors="replace"), response.headers.get("Location", "")
        return Answer(response.status, text, location, ms, content)
