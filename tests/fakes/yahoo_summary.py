"""What the loopback Yahoo answers of a company: quoteSummary with its modules, and the ways in which it fails.

    yahoo.set_summary("BABA", "financialData", {"targetMeanPrice": 185.41})
    yahoo.set_summary("BABA", "recommendationTrend", '{"quoteSummary"')   # a text is the whole answer, as it is
    yahoo.set_summary("BABA", "calendarEvents", None)                     # no such module of this stock

A stock of which nothing was ever set is unknown: 404.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.yahoo_chart import DOWN, HTML, Fault, Reply, Request

SUMMARY = "/v10/finance/quoteSummary/"
Content = Mapping[str, Any] | str


class Summaries:
    """What is known of each stock, by the names of Yahoo's modules."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Content]] = {}
        self._faults: dict[str, Fault] = {}

    def set(self, symbol: str, module: str, content: Content | None) -> None:
        known = self._of.setdefault(symbol, {})
        known.pop(module, None)
        if content is not None:
            known[module] = content

    def fail_with(self, fault: Fault, module: str) -> None:
        self._faults[module] = fault

    def recover(self) -> None:
        self._faults.clear()

    def fault(self, request: Request) -> Fault | None:
        """What is wrong with any of the modules asked for."""
        return next((self._faults[one] for one in _modules(request) if one in self._faults), None)

    def answer(self, request: Request, fault: Fault | None) -> Reply:
        if fault in ("html", "down"):
            return Reply(body=HTML if fault == "html" else DOWN)
        if fault == "empty":
            return _reply([])
        if request.params.get("crumb") != "crumb":
            return _error(401, "Unauthorized", "Invalid Crumb")
        symbol = request.path.removeprefix(SUMMARY)
        if symbol not in self._of:
            return _error(404, "Not Found", f"Quote not found for symbol: {symbol}")
        found = {one: self._of[symbol][one] for one in _modules(request) if one in self._of[symbol]}
        if not found:
            asked = request.params["modules"]
            return _error(404, "Not Found", f"No fundamentals data found for any of the summaryTypes={asked}")
        text = next((content for content in found.values() if isinstance(content, str)), None)
        return _reply([found]) if text is None else Reply(body=text)


def _modules(request: Request) -> list[str]:
    return request.params.get("modules", "").split(",")


def _reply(result: list[Any]) -> Reply:
    body = json.dumps({"quoteSummary": {"result": result, "error": None}})
    return Reply(body=body, headers={"Content-Type": "application/json;charset=utf-8"})


def _error(status: int, code: str, description: str) -> Reply:
    error = {"code": code, "description": description}
    return Reply(status, json.dumps({"quoteSummary": {"result": None, "error": error}}))
