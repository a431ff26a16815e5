"""The requests of the research: few, none in vain, and every one counted. Loaded in the child process alone."""

from collections.abc import Callable
from typing import Any

from curl_cffi.requests import Response
from curl_cffi.requests.exceptions import RequestException, Timeout
from yfinance.exceptions import YFRateLimitError

from bot.feeds import FaultKind
from bot.feeds.yahoo_wire import TOO_MANY, HurriedSession

_CRUMB = "/v1/test/getcrumb"
_NOT_LET_IN = (401, 403)
_ILL = (FaultKind.RATE_LIMITED, FaultKind.TIMEOUT, FaultKind.UNREACHABLE, FaultKind.UNKNOWN_SYMBOL)


class NotSentError(Exception):
    """A request that was left out. Of no sort that yfinance would try again after."""


class SparingSession(HurriedSession):
    """Sends no more requests than it may, and none of those that yfinance repeats in vain.

    yfinance answers every status from 400 on with a new crumb and another try, three requests for
    one; a new crumb cures only that Yahoo did not let in the old one.
    """

    wanted = "/v10/finance/quoteSummary/"

    def __init__(self, most_requests: int, tell: Callable[[int], None]) -> None:
        """`tell` is called before each request, with how many it makes."""
        super().__init__(impersonate="chrome")
        self.text = ""
        self._left = most_requests
        self._sent = 0
        self._tell = tell
        self._crumb: Response | None = None
        self._is_limited = False
        self._cut_off: FaultKind | None = None  # why there is no crumb to be had

    def begin(self) -> None:
        """Another part is asked for from here on; without a crumb, if there was none to be had for the one before."""
        if self._sent and self._crumb is None and self._cut_off is None:
            self._cut_off = FaultKind.SERVER_ERROR
        self.status, self.text = 0, ""

    def request(self, *args: Any, **options: Any) -> Response:
        is_wanted, is_crumb = self.wanted in options["url"], _CRUMB in options["url"]
        if self._is_limited or (self.status >= 400 and self.status not in _NOT_LET_IN):
            raise NotSentError
        if is_crumb and self._crumb is not None and self.status not in _NOT_LET_IN:
            return self._crumb  # yfinance forgets it with every strategy
        if not is_wanted and self._cut_off is not None:
            raise Timeout("no crumb to be had")
        try:
            response = self._send(*args, **options)
        except RequestException as error:
            if not is_wanted:
                self._cut_off = _transport_fault(error)
            raise
        if is_crumb and response.status_code == 200:
            self._crumb = response
        return response

    def fault(self, error: Exception) -> FaultKind:
        """What an exception means, raised where a part was asked for: the first that applies."""
        rules = (
            (self._is_limited or isinstance(error, YFRateLimitError), FaultKind.RATE_LIMITED),
            (self.status in _NOT_LET_IN, self._cut_off or FaultKind.SERVER_ERROR),
            (self.status == 404, FaultKind.UNKNOWN_SYMBOL),
            (self.status >= 400, FaultKind.SERVER_ERROR),
            (isinstance(error, RequestException), _transport_fault(error)),
            (isinstance(error, NotSentError), FaultKind.RATE_LIMITED),  # by ourselves
        )
        return next((kind for applies, kind in rules if applies), FaultKind.UNREADABLE)

    def is_ill(self, kind: FaultKind) -> bool:
        """Whether every other part would fail alike: it is no fault of the part's own."""
        is_page = self.text.lstrip().startswith("<")  # the consent form, "be right back"
        return kind in _ILL or self.status in _NOT_LET_IN or (is_page and self.status == 200)

    def _send(self, *args: Any, **options: Any) -> Response:
        if self._left <= 0:
            raise NotSentError
        self._count(1)
        response = super().request(*args, **{**options, "max_redirects": self._left})
        self._count(response.redirect_count)
        self._is_limited |= response.status_code in TOO_MANY
        self.text = response.text
        return response

    def _count(self, requests: int) -> None:
        self._left -= requests
        self._sent += requests
        self._tell(self._sent)


def _transport_fault(error: Exception) -> FaultKind:
    return FaultKind.TIMEOUT if isinstance(error, Timeout) else FaultKind.UNREACHABLE
