"""A loopback Yahoo Finance for the unmodified yfinance: a CONNECT proxy with TLS of a private CA.

It answers for *.yahoo.com and refuses every other host, so that no test reaches the network. A
program is led to it by `environment` alone, which must be set before the program imports
curl_cffi (a child process) or before the feed opens its session (a test in this process).
"""

import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import trustme

from tests.fakes.yahoo_chart import CHART, Fault, Listing, Reply, Request, Row, chart, refusal, side, split, trade
from tests.fakes.yahoo_summary import SUMMARY, Content, Summaries

Where = Literal["chart", "days", "summary", "side", "everywhere"]

_REACH: dict[Where, tuple[str, ...]] = {
    "chart": ("chart", "days"),
    "everywhere": ("chart", "days", "summary", "side"),
}

_HOSTS = ("fc", "query1.finance", "query2.finance", "finance", "guce", "consent")


class FakeYahoo:
    """Runs from `with` to its end; may be scripted from any thread meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """`clock` is Yahoo's own, which decides what "1d" and "the last 30 days" are."""
        self.requests: list[Request] = []
        self.connections: list[str] = []
        self.clock = clock
        self._lock = threading.Condition()
        self._listings: dict[str, Listing] = {}
        self._summaries = Summaries()
        self._faults: dict[str, Fault] = {}
        self._fault_headers: dict[str, str] = {}
        self._change: Callable[[str], str] = str
        self._moved_on = threading.Event()

    def __enter__(self) -> "FakeYahoo":
        self._folder = tempfile.TemporaryDirectory(prefix="fake-yahoo-")
        authority = trustme.CA()
        self._ca_file = Path(self._folder.name) / "ca.pem"
        authority.cert_pem.write_to_path(str(self._ca_file))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*(f"{name}.yahoo.com" for name in _HOSTS)).configure_cert(self.tls)
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.recover()
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()

    @property
    def environment(self) -> dict[str, str]:
        """What leads a program here for Yahoo and nowhere else but 127.0.0.1."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy)
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        # curl_cffi prefers REQUESTS_CA_BUNDLE, which a machine may have set, to the other two.
        bundles = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
        return proxies | direct | dict.fromkeys(bundles, str(self._ca_file))

    @property
    def charts(self) -> list[Request]:
        """The requests that asked for minutes or a time zone, in order."""
        with self._lock:
            return [asked for asked in self.requests if asked.path.startswith(CHART) and not asked.is_for_days]

    @property
    def day_charts(self) -> list[Request]:
        """The requests that asked for days, in order."""
        with self._lock:
            return [asked for asked in self.requests if asked.is_for_days]

    @property
    def summaries(self) -> list[Request]:
        """The requests that asked of a company, in order."""
        with self._lock:
            return [asked for asked in self.requests if asked.path.startswith(SUMMARY)]

    def wait_for_charts(self, count: int, timeout_s: float = 10) -> bool:
        """Block until prices have been asked for so often in all; False if that did not happen."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.charts) >= count, timeout_s)

    def wait_for_day_charts(self, count: int, timeout_s: float = 10) -> bool:
        """The same of days."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.day_charts) >= count, timeout_s)

    def wait_for_summaries(self, count: int, timeout_s: float = 10) -> bool:
        """The same of companies."""
        with self._lock:
            return self._lock.wait_for(lambda: len(self.summaries) >= count, timeout_s)

    def set_bars(self, symbol: str, rows: Sequence[Row]) -> None:
        with self._lock:
            self._listing(symbol).rows = list(rows)

    def set_days(self, symbol: str, rows: Sequence[Row], **events: Any) -> None:
        """What it gives for interval=1d; `events` as Yahoo words them, such as splits={…}."""
        with self._lock:
            self._listing(symbol).days = list(rows)
            self._listing(symbol).events = events

    def split(self, symbol: str, opens_at: int, numerator: int, denominator: int, *, is_listed: bool = True) -> None:
        """Put the prices from before the day of this opening on the new scale; list the split, or not yet."""
        with self._lock:
            split(self._listing(symbol), opens_at, numerator, denominator, is_listed=is_listed)

    def listed(self, symbol: str) -> bool:
        """Whether it lists any split of the stock."""
        with self._lock:
            return bool(self._listing(symbol).events.get("splits"))

    def set_meta(self, symbol: str, /, **changes: Any) -> None:
        """Say something else of the stock; a value of None leaves the name out."""
        with self._lock:
            self._listing(symbol).meta.update(changes)

    def set_adjustment(self, symbol: str, factor: float) -> None:
        """Give adjusted closes that differ from the closes by this factor."""
        with self._lock:
            self._listing(symbol).adjusted_by = factor

    def set_answer(self, symbol: str, answer: Mapping[str, Any]) -> None:
        """Answer for this stock with just this JSON, such as a recorded one."""
        with self._lock:
            self._listing(symbol).answer = answer

    def set_summary(self, symbol: str, module: str, content: Content | None) -> None:
        """What quoteSummary says of the stock under this name; a text is the whole answer, None takes it away."""
        with self._lock:
            self._summaries.set(symbol, module, content)

    def push_price(self, symbol: str, price: float, at: int | None = None) -> None:
        """A trade, folded into its minute; `at` is the fake's clock unless given."""
        moment = int(self.clock()) if at is None else at
        with self._lock:
            trade(self._listing(symbol).rows, moment, price)

    def fail_with(
        self, fault: Fault, *, where: Where = "chart", retry_after: str | None = None, module: str | None = None
    ) -> None:
        """Answer like this until `recover`: all prices, days alone, all of companies or one `module` of it,
        all beside them (cookie, crumb), or everything."""
        with self._lock:
            if module is None:
                self._faults |= dict.fromkeys(_REACH.get(where, (where,)), fault)
            else:
                self._summaries.fail_with(fault, module)
            self._fault_headers = {"Retry-After": retry_after} if retry_after else {}
            self._moved_on.clear()

    def spoil(self, change: Callable[[str], str]) -> None:
        """Change the text of every answer with prices until `recover`."""
        with self._lock:
            self._change = change

    def recover(self) -> None:
        """Answer as it should be; requests left hanging are cut."""
        with self._lock:
            self._faults.clear()
            self._summaries.recover()
            self._change = str
            self._moved_on.set()

    @property
    def shakes_hands(self) -> bool:
        """Whether connections can be made at all."""
        return "tls" not in self._faults.values()

    def _listing(self, symbol: str) -> Listing:
        return self._listings.setdefault(symbol, Listing())

    def answer(self, request: Request) -> Reply | None:
        """The reply, or None where the connection is to be cut; hangs if told so."""
        with self._lock:
            self.requests.append(request)
            self._lock.notify_all()
            is_chart, is_summary = request.path.startswith(CHART), request.path.startswith(SUMMARY)
            place = "days" if request.is_for_days else "chart" if is_chart else "summary" if is_summary else "side"
            fault = self._faults.get(place) or (self._summaries.fault(request) if is_summary else None)
            headers = self._fault_headers
        if fault == "hang":
            self._moved_on.wait()
        if fault in ("hang", "drop", "tls"):
            return None
        if fault == "consent" and (is_chart or is_summary):
            return Reply(302, headers={"Location": "https://consent.yahoo.com/v2/collectConsent?sessionId=1"})
        if isinstance(fault, int):
            return refusal(fault, headers)
        with self._lock:
            if is_chart:
                reply = chart(request, self._listings, fault, self.clock())
                return replace(reply, body=self._change(reply.body))
            return self._summaries.answer(request, fault) if is_summary else side(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, yahoo: FakeYahoo) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.yahoo = yahoo

    def handle_error(self, *_: object) -> None:
        """A client that went away at its deadline is no news."""


class _Exchange(BaseHTTPRequestHandler):
    """One connection: CONNECT, the TLS handshake, then requests as long as the client likes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server
    host = ""

    def do_CONNECT(self) -> None:
        self.host = self.path.partition(":")[0]
        if not self.host.endswith(".yahoo.com"):
            self.send_error(502)
            return
        self.server.yahoo.connections.append(self.host)
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if not self.server.yahoo.shakes_hands:
            self.wfile.write(b"no handshake")
            self.close_connection = True
            return
        self.request = self.connection = self.server.yahoo.tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        reply = self.server.yahoo.answer(Request(self.host, url.path, dict(parse_qsl(url.query))))
        if reply is None:
            self.close_connection = True
            return
        body = reply.body.encode()
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """What the header Date says: the fake's clock."""
        return super().date_time_string(self.server.yahoo.clock() if timestamp is None else timestamp)

    do_POST = do_GET  # noqa: N815 - the name http.server asks for

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""
