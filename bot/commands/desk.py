"""What every command is handed, and the few sentences several of them share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from bot.core.alerts import Alert
from bot.core.chart import Chart
from bot.core.chart.ladder import Ladder
from bot.core.clock import Place
from bot.core.language import Vocabulary, Wish
from bot.core.levels import Level
from bot.core.market import Hours, Quote, Session, Stock
from bot.core.message import Button, File, Message, clipped, enumerated, fitted
from bot.core.metrics.price import money
from bot.core.report import Report
from bot.core.wording.phrases import aged, session_words
from bot.core.wording.view import View
from bot.jobs.records import present_values
from bot.store import Store
from bot.store.history import FeedHealth

LEVELS = Button("Levels", "/levels")
CHART = Button("Chart", "/chart")
ALERTS = Button("Alerts", "/alerts")
RESUME = Button("Resume", "/resume")


@dataclass(frozen=True, slots=True)
class Request:
    """One command as it reached us: who, where, what follows the command word, when (epoch seconds UTC)."""

    chat_id: int
    user_id: int | None
    arguments: str
    now: int


@dataclass(frozen=True, slots=True)
class Desk:
    """The house as a command sees it.

    `defaults` are the configured alerts of each symbol; `next_poll` tells when a symbol is looked
    at next (epoch seconds UTC), None where no poll is planned; `replan` is called by a command that has
    changed which stocks are watched. `stocks` and `hours` are those of the moment; `zone` is the time
    zone of the chat that is answered, None where it has chosen none. `draw` and `draw_ladder` take long: only
    a message's `attach` calls them. `reports` are the configured ones by symbol.
    """

    store: Store
    stocks: Mapping[str, Stock]
    hours: Mapping[str, Hours]
    defaults: Mapping[str, Sequence[str]]
    sessions: frozenset[Session]
    rearm_pct: float
    max_alerts: int
    version: str
    started_at: int
    draw: Callable[[Chart], File]
    draw_ladder: Callable[[Ladder], File]
    next_poll: Callable[[str], int | None] = lambda symbol: None
    replan: Callable[[], None] = lambda: None
    zone: str | None = None
    reports: Mapping[str, Report] = field(default_factory=dict)

    def vocabulary(self, now: int = 0) -> Vocabulary:
        """The words that alerts can be made of at this moment; dates and times are those the chat goes by."""
        quotes = {symbol: self.quote(symbol) for symbol in self.stocks}
        prices = {symbol: quote.price for symbol, quote in quotes.items() if quote is not None}
        levels = {symbol: self.levels(symbol) for symbol in self.stocks}
        return Vocabulary(levels, prices, now, self.home, self.rearm_pct)

    def value(self, wish: Alert | Wish, now: int) -> float | None:
        """Where the metric of an alert was last seen, or None."""
        if wish.symbol not in self.hours:  # not watched any more
            return None
        hours, key, regular_only = self.hours[wish.symbol], wish.metric, wish.policy.regular_only
        return present_values(self.store, wish.symbol, hours, [key], now, regular_only=regular_only).get(key)

    def values(self, alerts: Iterable[Alert], now: int) -> dict[int, float]:
        """Where the metric of each alert was last seen, by the alert's id; all of a stock are taken together."""
        found: dict[int, float] = {}
        alike = defaultdict(list)
        for alert in alerts:
            alike[alert.symbol, alert.policy.regular_only].append(alert)
        for (symbol, regular_only), those in alike.items():
            if symbol in self.hours:
                keys = {alert.metric for alert in those}
                known = present_values(self.store, symbol, self.hours[symbol], keys, now, regular_only=regular_only)
                found |= {alert.id: known[alert.metric] for alert in those if alert.metric in known}
        return found

    def levels(self, symbol: str) -> tuple[Level, ...]:
        return self.store.levels.present(symbol)

    def quote(self, symbol: str) -> Quote | None:
        return self.store.history.last_quote(symbol)

    def exchange(self, symbol: str) -> Place:
        """Where the stock trades."""
        return Place(self.hours[symbol].zone)

    def place(self, symbol: str) -> Place:
        """By whose clocks the chat is told times of the stock: its own, else the exchange's."""
        return self.exchange(symbol) if self.zone is None else Place(self.zone)

    @property
    def home(self) -> Place:
        """By whose clocks the chat goes: its own, else those where the first stock trades."""
        return self.place(next(iter(self.stocks))) if self.stocks else Place(self.zone or "UTC")

    def view(self, symbol: str | None, now: int) -> View:
        """What an unasked message about the symbol is worded with; by the clocks of home where it is about none."""
        if symbol is None or symbol not in self.stocks:
            return View(now, self.home, (), None)
        return View(now, self.place(symbol), self.levels(symbol), self.quote(symbol))

    def of_each(self, arguments: str, about: Callable[[str], str], name: str) -> Message:
        """What a command says of the stock named in `arguments`, or of every stock in turn."""
        chosen = self.chosen(arguments)
        if isinstance(chosen, Message):
            return chosen
        rest = f"… and more stocks; name one: /{name} {escape(chosen[-1])}"
        return Message(fitted([about(symbol) for symbol in chosen], rest, between="\n\n"))

    def chosen(self, arguments: str) -> tuple[str, ...] | Message:
        """The stocks a command is about: the one named, or all."""
        wanted = arguments.strip().upper().removeprefix("$")
        if not wanted:
            return tuple(self.stocks)
        if wanted in self.stocks:
            return (wanted,)
        watched = escape(enumerated(list(self.stocks), most=30))
        return Message(f"{escape(clipped(arguments)) or 'That'} is not watched. Watched: {watched}.")

    def price_line(self, symbol: str, now: int) -> str:
        """BABA 158.20 · 15:59 New York, regular session · Yahoo, 20 s old — or that no price is known."""
        quote = self.quote(symbol)
        if quote is None:
            return f"<b>{escape(symbol)}</b> · no price yet{_excuse(self.store.history.feed(symbol))}"
        time = f"{self.place(symbol).recent(quote.at, now)}, {session_words(quote.session)}"
        age = aged(quote.source, now - quote.at)
        return f"<b>{escape(symbol)} {money(quote.price)}</b> · {time} · {age}"


def _excuse(feed: FeedHealth) -> str:
    if feed.fault:
        return f" (last try: {escape(feed.fault)})"
    return "; the source had none so far" if feed.polled_at else "; the first look is under way"


def ask(question: str, command: str) -> Message:
    """A question whose Yes is a command."""
    return Message(question, ((Button("Yes", command), Button("No", "/cancel")),))


def numbered(numbers: Sequence[int]) -> str:
    """#1, #2 and #3: alerts of one chat."""
    return enumerated([f"#{one}" for one in numbers], most=20)


def called(desk: Desk, request: Request, text: str, example: str) -> Alert | Message:
    """The chat's living alert of this number, or what to type instead: "/why 7 explains alert #7"."""
    wanted = number(text)
    if wanted is None:
        return Message(f"Which one? {example}; /alerts lists yours.", ((ALERTS,),))
    alert = desk.store.alerts.numbered(request.chat_id, wanted)
    if alert is None:
        return Message(f"There is no alert #{wanted} (any more). /alerts lists yours.", ((ALERTS,),))
    return alert


def number(arguments: str) -> int | None:
    """The alert number in "7" or "#7", or None."""
    text = arguments.strip().lstrip("#")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
