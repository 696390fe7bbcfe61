"""A ticket platform that reads nothing: it notes when a version came, and answers 204.

A thread of its own over blocking sockets, so that it answers while the peers' wire waits for something
else.
"""

from __future__ import annotations

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_INCIDENT = re.compile(rb'"incident": ?"([0-9a-f]+)"')


class Platform:
    """acknowledged: incident -> CLOCK_REALTIME nanoseconds at which its first version's 204 was sent."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        seen = self.acknowledged

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                found = _INCIDENT.search(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(204)
                self.end_headers()
                if found:
                    seen.setdefault(found[1].decode(), time.time_ns())

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
