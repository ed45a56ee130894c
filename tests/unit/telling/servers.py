"""Real servers that take what an alert sends: HTTP and SMTP on the loopback address.

Belongs here: receiving, and answering as told. Does not belong here: what is expected of a message.
"""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@dataclass
class Received:
    """What came in; `port` is where the server listens."""

    port: int = 0
    bodies: list[Any] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/secret-path"


@contextmanager
def webhook(status: int = 200) -> Iterator[Received]:
    received = Received()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    received.port = server.server_port
    with _serving(server):
        yield received


@contextmanager
def mail_server(refuses: bool = False) -> Iterator[Received]:
    """Enough of RFC 5321 to take one message a connection."""
    received = Received()

    class Mail(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 local")
            while line := self.rfile.readline().decode().strip():
                word = line.split(" ")[0].upper()
                if word == "DATA":
                    self._say("354 go on")
                    lines = []
                    while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                        lines.append(text)
                    received.bodies.append("\n".join(lines))
                self._say("221 bye" if word == "QUIT" else "554 no" if refuses and word == "MAIL" else "250 ok")
                if word == "QUIT":
                    return

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server = socketserver.TCPServer(("127.0.0.1", 0), Mail)
    received.port = server.server_address[1]
    with _serving(server):
        yield received


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
