"""The dead man's switch: a service that raises the alarm when it is no longer asked.

Owns asking its address. Never delays, never raises, and never lets the address, which may hold a
secret, into the log; when to ask is said elsewhere.
"""

import asyncio
import logging
import ssl

import httpx

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
"""How long in seconds all of one request may take."""

_ASKS_FOR_PATIENCE = 429
_PATIENCE_S = 60


async def ask_once(address: str, trusted: ssl.SSLContext, timeout_s: float = TIMEOUT_S) -> int:
    """The status that the address answers with; raises what httpx raises, or TimeoutError.

    The body is left unread, however long it is.
    """
    client = httpx.AsyncClient(verify=trusted, timeout=timeout_s, follow_redirects=True)
    async with asyncio.timeout(timeout_s), client, client.stream("GET", address) as response:
        return response.status_code


class Ping:
    """Asks one address, once at a time. Proxies come from the environment as httpx reads it."""

    def __init__(self, address: str, trusted: ssl.SSLContext, timeout_s: float = TIMEOUT_S) -> None:
        self._address = address
        self._trusted = trusted
        self._timeout_s = timeout_s
        self.under_way: asyncio.Task[None] | None = None
        self._not_before = 0
        self._asked_at = 0
        self._is_failing = False

    def ask(self, now: int, gap_s: int = 0) -> None:
        """Begin a request, unless one is under way or was begun less than `gap_s` seconds ago."""
        if self.under_way is not None and not self.under_way.done():
            return
        # A clock set back ends the wait: it might last for days.
        if 0 <= now - self._asked_at < gap_s or 0 < self._not_before - now <= _PATIENCE_S:
            return
        self._asked_at = now
        self.under_way = asyncio.create_task(self._ask(now))

    def stop(self) -> None:
        """End what is under way."""
        if self.under_way is not None:
            self.under_way.cancel()

    async def _ask(self, now: int) -> None:
        try:
            status = await ask_once(self._address, self._trusted, self._timeout_s)
        except Exception as error:  # noqa: BLE001  (whatever goes wrong here, the daemon's own work goes on)
            self._note(type(error).__name__)
            return
        if status == _ASKS_FOR_PATIENCE:
            self._not_before = now + _PATIENCE_S
        else:
            self._note(None if status < 400 else f"status {status}")

    def _note(self, fault: str | None) -> None:
        """A line when it begins to fail and one when that is over: a night without it would fill the log."""
        if fault is not None and not self._is_failing:
            log.warning("ping failed cause=%s; asked again as usual", fault)
        elif fault is None and self._is_failing:
            log.info("ping is back")
        self._is_failing = fault is not None
