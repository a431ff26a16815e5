"""The HTTP side of the loopback Telegram: keep-alive, one thread a connection, scripted ends."""

import json
import socket
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram_form import Files, read_form
from tests.fakes.telegram_rules import RefusedError, Scripted, unauthorized

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, telegram: "FakeTelegram", port: int, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.telegram = telegram
        self._tls = tls
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self._tls:  # the handshake happens in the connection's own thread
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End every open connection, as a server that dies."""
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave in the middle are what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        telegram = self.server.telegram
        _, token, method = self.path.split("/", 2)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        params, files = read_form(self.headers.get("Content-Type", ""), body)
        telegram.note_call(method, params)
        if token != f"bot{telegram.token}":
            self._answer(unauthorized())
        elif scripted := telegram.next_script(method, params):
            if scripted.accepts:
                self._perform(method, params, files)
            self._meet(scripted)
        else:
            self._answer(self._perform(method, params, files))
            telegram.note_answer(method)

    do_GET = do_POST  # noqa: N815  (the name is http.server's)

    def _perform(self, method: str, params: dict[str, str], files: Files) -> Scripted:
        try:
            result = self.server.telegram.perform(method, params, files)
        except RefusedError as refused:
            return refused.response
        return Scripted(200, json.dumps({"ok": True, "result": result}).encode())

    def _meet(self, scripted: Scripted) -> None:
        if scripted.ends == "answer":
            self._answer(scripted)
            return
        telegram = self.server.telegram
        if scripted.ends == "hang":
            with telegram.changed:
                telegram.changed.wait_for(lambda: telegram.closing)
        elif scripted.ends == "reset":  # an unread close with no time to linger sends RST
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
        self.close_connection = True

    def _answer(self, response: Scripted) -> None:
        head = f"HTTP/1.1 {response.status} -\r\nContent-Type: application/json\r\n"
        length = f"Content-Length: {len(response.body)}\r\n\r\n"
        self.wfile.write((head + length).encode() + response.body)

    def log_message(self, *_: object) -> None:
        """Standard error is for the program under test."""
