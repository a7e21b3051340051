"""Firefox without a window, driven over its own protocol (Marionette) with the standard library alone."""

import base64
import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.embedded import processes
from tests.journeys.stack import until

SECONDS = 120  # Generous: the machine may be busy with other things.
PREFERENCES = {
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "gfx.downloadable_fonts.enabled": False,  # It prints variable fonts as shapes, whose text nobody could read back.
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """One window of Firefox."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((processes.LOOPBACK, port), timeout=SECONDS)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._read()  # It says first who it is.
        self._call("WebDriver:NewSession", capabilities={"alwaysMatch": {"pageLoadStrategy": "normal"}})

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def go(self, address: str) -> None:
        self._call("WebDriver:Navigate", url=address)

    def forget(self) -> None:
        """Forget who is signed in."""
        self._call("WebDriver:DeleteAllCookies")

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page and return what it returns."""
        return self._call("WebDriver:ExecuteScript", script=script, args=list(arguments))["value"]

    def printed(self) -> bytes:
        """Return the page as Firefox prints it, as a PDF, in the size and with the margins that the page asks for."""
        return base64.b64decode(self._call("WebDriver:Print", shrinkToFit=True)["value"])

    def _call(self, command: str, **parameters: object) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        kind, number, error, result = self._read()
        assert (kind, number) == (1, self._number)
        assert error is None, f"{command}: {error}"
        return result

    def _read(self) -> Any:
        length = b""
        while (digit := self._stream.read(1)) != b":":
            assert digit, "Firefox closed the connection"
            length += digit
        return json.loads(self._stream.read(int(length)))


@contextmanager
def firefox_window(program: str, folder: Path) -> Iterator[Firefox]:
    """Start Firefox with a new profile in ``folder`` and end it afterwards."""
    port = processes.free_port()
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in (PREFERENCES | {"marionette.port": port}).items()
    ]
    (folder / "user.js").write_text("\n".join(lines))
    with (folder / "firefox.log").open("wb") as log:
        command = [program, "--headless", "--marionette", "--no-remote", "--profile", folder]
        process = processes.start(command, output=log, new_session=True)
    try:
        until(lambda: process.poll() is not None or not processes.is_free(port), "Firefox to start", seconds=SECONDS)
        window = Firefox(port)
        try:
            yield window
        finally:
            window.close()
    finally:
        processes.end(process, signal.SIGTERM)
