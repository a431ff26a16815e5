"""A dead man's switch on loopback: it notes when it is asked, and answers as it is told to."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

SECRET = "5f1d9e0a-switch-secret"
"""The part of its address that only its owner knows."""


class FakeSwitch:
    """`status` of its answers, or `hangs`; `asked` are the paths of all requests, in order."""

    def __init__(self) -> None:
        self.status = 200
        self.hangs = False
        self.asked: list[str] = []
        self.changed = threading.Condition()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._answering())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/{SECRET}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int, timeout: float = 10.0) -> None:
        """Until it has been asked so often."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.asked) >= count, timeout), self.asked

    def _answering(self) -> type[BaseHTTPRequestHandler]:
        switch = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with switch.changed:
                    switch.asked.append(self.path)
                    switch.changed.notify_all()
                if switch.hangs:
                    switch._closing.wait(20)
                    return
                self.send_response(switch.status)
                if switch.status == 302:
                    switch.status = 200
                    self.send_header("Location", f"/moved/{SECRET}")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Standard error is for the program under test."""

        return Answering
