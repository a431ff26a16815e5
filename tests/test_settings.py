"""Settings: the shipped file, what goes over what, and every mistake at once."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path

import pytest

from bot.core.market import Session
from bot.core.report import Report
from bot.settings import ConfigurationError, Settings, load, shipped_config, warnings
from bot.settings.shape import Alerts, Health, Schedule, Screen, Storage, Telegram, Watch

TOKEN = "123456789:ABCdefGHIjklMNOpqrSTUvwxYZ_0123456789"
LEVEL = 'firm = "consensus", kind = "consensus", price = 192, as_of = 2025-12-06, source = "a report"'

REPORT, DAY = '[watch.X.report]\ntitle = "A"', "as_of = 2025-12-06"

Load = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Load:
    """Loads a configuration file with this text, under these variables."""

    def _read(text: str, environ: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ or {})

    return _read


@pytest.fixture
def mistakes(read: Load) -> Callable[..., str]:
    """What is said about such a configuration, which must be refused."""

    def _mistakes(text: str, environ: Mapping[str, str] | None = None) -> str:
        with pytest.raises(ConfigurationError) as refused:
            read(text, environ)
        return str(refused.value)

    return _mistakes


# The shipped file


def test_an_empty_file_means_the_same_as_the_shipped_one(read):
    assert read("").model_dump() == load(Path(str(shipped_config())), {}).model_dump()


@pytest.mark.parametrize("section", [Telegram, Storage, Schedule, Screen, Alerts])
def test_the_shipped_file_writes_every_key_with_the_default_it_has_anyway(section):
    written = tomllib.loads(shipped_config().read_text(encoding="utf-8"))[section.__name__.lower()]
    keys = {field.alias or name for name, field in section.model_fields.items() if field.default is not None}
    assert keys == set(written)
    assert section(**written) == section()


def test_keys_without_a_default_are_in_the_shipped_file_as_comments():
    text = shipped_config().read_text(encoding="utf-8")
    sections = (Telegram, Storage, Schedule, Health)
    fields = [(name, field) for section in sections for name, field in section.model_fields.items()]
    unset = [field.alias or name for name, field in fields if field.default is None and name != "token"]
    assert [key for key in unset if f"\n# {key} = " not in text] == []
    assert "TELEGRAM_TOKEN_FILE" in text


def test_analysts_are_asked_at_a_time_of_the_day(read):
    assert [read(text).schedule.research_time for text in ("", '[schedule]\nresearch_at = "07:05"')] == [
        time(8, 30), time(7, 5),
    ]  # fmt: skip


def test_the_shipped_stock_is_written_with_every_key_a_stock_may_have():
    stocks = tomllib.loads(shipped_config().read_text(encoding="utf-8"))["watch"]
    assert set(stocks["BABA"]) == set(Watch.model_fields)


def test_the_shipped_levels_are_the_four_of_the_report(read):
    levels = [(level.firm, level.kind, level.rating, level.price) for level in read("").levels]
    assert levels == [
        ("consensus", "consensus", None, 192.0),
        ("Bernstein SocGen Group", "price target", "Outperform", 190.0),
        ("JPMorgan Chase", "price target", None, 230.0),
        ("Morningstar", "fair value", None, 258.0),
    ]
    assert {level.as_of for level in read("").levels} == {date(2025, 12, 6)}


def test_the_shipped_report_makes_the_two_claims_that_can_be_computed(read):
    title = "Alibaba's Strategic Pivot to AI Fuels a Remarkable Stock Recovery"
    assert read("").reports == {"BABA": Report(title, date(2025, 12, 6), 86.4, 20.0)}


def test_a_report_may_make_one_claim_or_be_left_out(read):
    one = '[watch.X.report]\ntitle = "A"\nas_of = "2026-01-02"\nupside_pct = -3.5\n[watch.Y]'
    assert read(one).reports == {"X": Report("A", date(2026, 1, 2), None, -3.5)}


def test_a_configured_level_is_in_the_currency_of_its_stock(read):
    (level,) = read(f'[watch.X]\ncurrency = "HKD"\nlevels = [{{ {LEVEL} }}]').levels
    assert level.currency == "HKD"


# Where settings come from


def test_without_any_file_the_shipped_defaults_apply_and_say_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert settings.is_shipped
    assert settings.source == "the shipped defaults"
    assert settings.stocks[0].name == "Alibaba"


def test_the_usual_file_of_the_working_directory_is_taken(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/targetwatch.toml").write_text("[schedule]\npoll_seconds = 45\n")
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert (settings.schedule.poll_seconds, settings.is_shipped) == (45, False)


def test_a_file_handed_in_goes_before_the_one_the_environment_names(tmp_path):
    (one := tmp_path / "one.toml").write_text("[schedule]\npoll_seconds = 41\n")
    (two := tmp_path / "two.toml").write_text("[schedule]\npoll_seconds = 42\n")
    named = {"TARGETWATCH_CONFIG": str(two)}
    assert load(None, named).schedule.poll_seconds == 42
    assert load(one, named).schedule.poll_seconds == 41


def test_a_file_that_names_stocks_watches_these_alone(read):
    assert list(read("[watch.nvda]").watch) == ["NVDA"]


@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("SCHEDULE__POLL_SECONDS", "60", lambda s: s.schedule.poll_seconds == 60),
        ("SCHEDULE__SESSIONS", '["always"]', lambda s: s.schedule.watched == frozenset(Session)),
        ("TELEGRAM__CHATS", "[1, -1001234567890]", lambda s: s.telegram.chats == (1, -1001234567890)),
        ("TELEGRAM__OWNER", "7", lambda s: s.telegram.owner == 7),
        ("SCREEN__STALE_AFTER", "90s", lambda s: s.screen.stale_after_s == 90),
        ("STORAGE__PATH", "/data/x.db", lambda s: s.storage.path == Path("/data/x.db")),
        ("STORAGE", '{"path": "y.db"}', lambda s: s.storage.path == Path("y.db")),
        ("WATCH__BABA__ALERTS", '["above 192"]', lambda s: s.watch["BABA"].alerts == ("above 192",)),
        ("WATCH__BABA__ALERTS", '["above 192"]', lambda s: len(s.watch["BABA"].levels) == 4),
        ("WATCH__BABA__REPORT", '{"upside_pct": 21}', lambda s: s.reports["BABA"].upside_pct == 21),
        ("WATCH__NVDA", '{"name": "Nvidia"}', lambda s: list(s.watch) == ["BABA", "NVDA"]),
        ("WATCH__BTC-USD__EXCHANGE", "always", lambda s: s.watch["BTC-USD"].exchange == "always"),
        ("WATCH", '{"baba": {"name": "Ali"}}', lambda s: s.stocks[0].name == "Ali"),
        ("TELEGRAM__OWNER", "", lambda s: s.telegram.owner is None),
    ],
)
def test_a_variable_goes_over_the_key_it_names_and_leaves_the_others(read, name, value, seen):
    assert seen(read("[schedule]\npoll_seconds = 20", {f"TARGETWATCH_{name}": value}))


def test_a_deeper_variable_goes_over_a_wider_one(read):
    environ = {
        "TARGETWATCH_SCHEDULE__POLL_SECONDS": "50",
        "TARGETWATCH_SCHEDULE": '{"poll_seconds": 40, "sessions": ["pre"]}',
    }
    schedule = read("", environ).schedule
    assert (schedule.poll_seconds, schedule.sessions) == (50, ("pre",))


def test_a_setting_can_be_asked_where_it_was_made(read):
    settings = read("", {"TARGETWATCH_WATCH__BABA__ALERTS": '["above 192"]'})
    assert settings.where("watch", "BABA", "alerts", 0) == "TARGETWATCH_WATCH__BABA__ALERTS"
    assert settings.where("watch", "BABA", "levels").endswith("own.toml")


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("5m", 300), ("2h", 7200), ("400d", 34_560_000)])
def test_a_duration_is_held_in_seconds(read, text, seconds):
    assert read(f'[screen]\nstale_after = "{text}"').screen.stale_after_s == seconds


def test_settings_cannot_be_changed(read):
    with pytest.raises(ValueError, match="frozen"):
        read("").schedule.poll_seconds = 1


# The token


def test_the_token_comes_from_the_environment_and_is_never_shown(read):
    settings = read("", {"TELEGRAM_TOKEN": TOKEN})
    assert settings.telegram.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings) + str(settings) + str(settings.model_dump())


def test_the_token_comes_from_a_file_without_the_line_end(read, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    settings = read("", {"TELEGRAM_TOKEN_FILE": str(tmp_path / "token"), "TELEGRAM_TOKEN": ""})
    assert settings.telegram.token.get_secret_value() == TOKEN


@pytest.mark.parametrize("text", ["", None, "\xff"])
def test_an_absent_empty_or_unreadable_token_file_is_a_mistake(mistakes, tmp_path, text):
    if text is not None:
        (tmp_path / "token").write_bytes(text.encode("latin-1"))
    assert "TELEGRAM_TOKEN_FILE: telegram.token" in mistakes("", {"TELEGRAM_TOKEN_FILE": str(tmp_path / "token")})


@pytest.mark.parametrize(
    ("text", "environ", "said"),
    [
        ("", {"TELEGRAM_TOKEN": f'"{TOKEN}"'}, "as @BotFather gives it"),
        ("", {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_TOKEN_FILE": "x"}, "only one of the two"),
        ("", {"TELEGRAM_TOKEN_FILE": TOKEN}, "(a token, not shown)"),
        ("", {"TARGETWATCH_TELEGRAM__TOKEN": TOKEN}, "put it into TELEGRAM_TOKEN or TELEGRAM_TOKEN_FILE"),
        ("", {"TARGETWATCH_TELEGRAM": f'{{"token": "{TOKEN}"}}'}, "TARGETWATCH_TELEGRAM: telegram.token"),
        ("", {"TARGETWATCH_TELEGRAM": f'"token": "{TOKEN[:15]}"'}, "a table as JSON"),
        (f'[telegram]\ntoken = "{TOKEN}"', {}, "put it into TELEGRAM_TOKEN or TELEGRAM_TOKEN_FILE"),
        (f'[telegram]\nbot_token = "{TOKEN}"', {}, "a key that does not exist"),
        (f'[telegram]\nbase_url = "ftp://x/bot{TOKEN}"', {}, "http://"),
        (f'[telegram]\nchats = ["{TOKEN}"]', {}, "whole numbers"),
    ],
)
def test_a_token_where_it_may_not_be_is_a_mistake_that_does_not_show_it(mistakes, text, environ, said):
    message = mistakes(text, environ)
    assert said in message
    assert TOKEN[:15] not in message


# Mistakes


@pytest.mark.parametrize(
    ("text", "key", "found", "allowed"),
    [
        ("[scedule]\nx = 1", "scedule", "does not exist", "did you mean schedule?"),
        (
            "[schedule]\npoll_second = 1",
            "schedule.poll_second",
            "does not exist",
            "did you mean poll_seconds?",
        ),
        ("[schedule]\npoll_seconds = 0", "schedule.poll_seconds", "0", "seconds from 1 to 3600"),
        ("[schedule]\npoll_seconds = true", "schedule.poll_seconds", "true", "whole number"),
        ('[schedule]\npoll_seconds = "fast"', "schedule.poll_seconds", '"fast"', "whole number"),
        ('[schedule]\nsessions = ["lunch"]', "schedule.sessions (entry 1)", '"lunch"', '"regular"'),
        ("[schedule]\nsessions = []", "schedule.sessions", "[]", '"regular"'),
        ('[schedule]\nsessions = ["pre", "always"]', "schedule.sessions", '["pre", "always"]', "by itself"),
        ("[screen]\nmax_jump_pct = nan", "screen.max_jump_pct", "NaN", "percentage"),
        ('[screen]\nstale_after = "5"', "screen.stale_after", '"5"', '"5m"'),
        ('[screen]\nstale_after = "0m"', "screen.stale_after", '"0m"', '"5m"'),
        ("[alerts]\nrearm_pct = -1", "alerts.rearm_pct", "-1", "above 0"),
        ('[storage]\npath = ""', "storage.path", '""', "a file"),
        ('[telegram]\nchats = ["@me"]', "telegram.chats (entry 1)", '"@me"', "whole numbers"),
        ("[telegram]\nowner = 0", "telegram.owner", "0", "1 or more"),
        ('[telegram]\nbase_url = "api.telegram.org"', "telegram.base_url", "org", "https://"),
        ("telegram = 5", "telegram", "5", "a table"),
        ("[watch]", "watch", "{}", "at least one stock"),
        ("watch = 5", "watch", "5", "a table"),
        ("[watch]\nBABA = 5", "watch.BABA", "5", "a table"),
        ('[watch."BABA US"]', "watch.BABA US", "BABA US", "a symbol of at most 15"),
        ("[watch.0700.HK]", "watch.0700.HK", "a table in a table", '[watch."0700.HK"]'),
        ("[watch.baba]\n[watch.BABA]", "watch.BABA", "two spellings", "one table a stock"),
        ('[watch.X]\nexchange = "xetr"', "watch.X.exchange", '"xetr"', "did you mean XETR?"),
        ('[watch.X]\ncurrency = "dollars"', "watch.X.currency", '"dollars"', "such as USD"),
        ('[watch.X]\nalerts = "above 1"', "watch.X.alerts", '"above 1"', "a list of alerts"),
        ("[watch.X]\nreport = 5", "watch.X.report", "5", "a table with title, as_of"),
        ("[watch.X.report]\nas_of = 2025-12-06", "watch.X.report.title", "nothing", "the title of a report"),
        ('[watch.X.report]\ntitle = "A"', "watch.X.report.as_of", "nothing", "a day such as"),
        (f'{REPORT}\nas_of = "soon"', "watch.X.report.as_of", '"soon"', "a day such as"),
        (f"{REPORT}\n{DAY}\nupside_pct = -100", "watch.X.report.upside_pct", "-100", "above -100"),
        (f"{REPORT}\n{DAY}\nupside_pct = nan", "watch.X.report.upside_pct", "NaN", "such as 20"),
        (f'{REPORT}\n{DAY}\nyear_to_date_pct = "much"', "watch.X.report.year_to_date_pct", '"much"', "such as 86.4"),
        (f"{REPORT}\n{DAY}\nupside = 3", "watch.X.report.upside", "not exist", "did you mean upside_pct?"),
        ("[watch.X]\nlevels = [5]", "watch.X.levels (entry 1)", "5", "a table"),
        ("[watch.X]\nlevels = [{ price = 5 }]", "watch.X.levels (entry 1) firm", "nothing", "a firm"),
    ],
)
def test_a_mistake_says_file_key_what_was_found_and_what_is_allowed(mistakes, text, key, found, allowed):
    line = mistakes(text).splitlines()[0]
    head, _, rest = line.partition(": found ")
    assert head.endswith(f"own.toml: {key}")
    assert found in rest.partition("; allowed: ")[0]
    assert allowed in rest.partition("; allowed: ")[2]


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf", "-inf", '"much"', "true", "1e300"])
def test_a_price_must_be_a_positive_number(mistakes, price):
    level = LEVEL.replace("192", price)
    assert "watch.X.levels (entry 1) price: found" in mistakes(f"[watch.X]\nlevels = [{{ {level} }}]")


@pytest.mark.parametrize("day", ["20251206", "2025-12-06T10:00:00", '"soon"', '"2025-13-01"'])
def test_a_level_is_as_of_a_day(mistakes, day):
    level = LEVEL.replace("2025-12-06", day)
    assert "(entry 1) as_of: found" in mistakes(f"[watch.X]\nlevels = [{{ {level} }}]")


def test_two_levels_of_one_firm_are_a_mistake_however_they_are_spelt(mistakes):
    other = LEVEL.replace('firm = "consensus"', 'firm = " Consensus"')
    said = mistakes(f"[watch.X]\nlevels = [{{ {LEVEL} }}, {{ {other} }}]")
    assert "watch.X.levels (entry 2) firm" in said
    assert "one level a firm" in said


@pytest.mark.parametrize(
    ("stock", "currency", "said"),
    [
        (
            "shares_per_ads = 8",
            "HKD",
            'found "HKD"; allowed: USD: levels are in USD per ADS (1 ADS = 8 ordinary shares); ',
        ),
        ("shares_per_ads = 8", "HKD", "multiply a price per ordinary share by 8, divide by how many HKD one USD costs"),
        (
            "",
            "CNY",
            "levels are in USD per share, as traded; divide by how many CNY one USD costs and leave currency o",
        ),
        ('currency = "HKD"', "USD", "levels are in HKD per share, as traded; divide by"),
        ("", "dollars", 'found "dollars"; allowed: a currency in three letters such as USD'),
    ],
)
def test_a_level_in_another_currency_is_a_mistake_that_says_how_to_convert(mistakes, stock, currency, said):
    line = mistakes(f'[watch.X]\n{stock}\nlevels = [{{ {LEVEL}, currency = "{currency}" }}]')
    assert "watch.X.levels (entry 1) currency: found" in line
    assert said in line


def test_levels_are_in_the_stock_s_currency_whether_they_say_so_or_not(read):
    text = f'levels = [{{ {LEVEL} }}, {{ {LEVEL.replace("consensus", "own")}, currency = "HKD" }}]'
    assert [level.currency for level in read(f'[watch.X]\ncurrency = "HKD"\n{text}').levels] == ["HKD", "HKD"]
    assert {level.currency for level in read("").levels} == {"USD"}


@pytest.mark.parametrize("shares", ["0", "-1", "1.5", "true", '"eight"'])
def test_an_ads_is_of_whole_shares(mistakes, shares):
    assert "watch.X.shares_per_ads: found" in mistakes(f"[watch.X]\nshares_per_ads = {shares}")


def test_the_shipped_stock_is_an_ads_of_eight_shares_and_others_are_none(read):
    assert [stock.shares_per_ads for stock in (*read("").stocks, *read("[watch.X]").stocks)] == [8, 1]


def test_one_firm_may_have_a_level_on_each_stock(read):
    levels = f"levels = [{{ {LEVEL} }}]"
    assert len(read(f"[watch.X]\n{levels}\n[watch.Y]\n{levels}").levels) == 2


def test_all_mistakes_are_told_at_once_one_line_each(mistakes):
    text = f"""
        [schedule]
        sessions = ["lunch", "always"]
        [telegram]
        token = "{TOKEN}"
        [watch.X]
        shares = 3
        levels = [{{ {LEVEL} }}, {{ {LEVEL.replace("192", "-1")} }}]
    """
    said = mistakes(text, {"TARGETWATCH_ALERTS__REARM_PCT": "lots", "TELEGRAM_TOKEN": "none"})
    wrong = [line.partition(": ")[2].partition(": found")[0] for line in said.splitlines()]
    assert sorted(wrong) == [
        "alerts.rearm_pct",
        "schedule.sessions",
        "schedule.sessions (entry 1)",
        "telegram.token",
        "telegram.token",
        "watch.X.levels (entry 2) firm",
        "watch.X.levels (entry 2) price",
        "watch.X.shares",
    ]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TARGETWATCH_SCHEDULE__POLL_SECONDS", "0", "schedule.poll_seconds: found"),
        ("TARGETWATCH_SCHEDULE__SESSIONS", "regular", 'found "regular"'),
        ("TARGETWATCH_SCHEDULE__SESSIONS", "[regular]", "a list as JSON"),
        ("TARGETWATCH_SCHEDULE", "5", "a table as JSON"),
        ("TARGETWATCH_SCHEDULE_POLL_SECONDS", "5", "did you mean TARGETWATCH_SCHEDULE__POLL_SECONDS?"),
        ("TARGETWATCH_SCEDULE__POLL_SECONDS", "5", "did you mean TARGETWATCH_SCHEDULE__POLL_SECONDS?"),
        ("TARGETWATCH_SCHEDULE__POLL", "5", "did you mean poll_seconds?"),
        ("TARGETWATCH_WATCH__BABA__LEVELS", '[{"price": 0}]', "(entry 1) price: found 0;"),
        ("TARGETWATCH_WATCH__BABA__LEVELS__PRICE", "5", "does not exist"),
    ],
)
def test_a_mistake_in_a_variable_names_the_variable(mistakes, name, value, said):
    message = mistakes("", {name: value})
    assert any(line.startswith(f"{name}: ") and said in line for line in message.splitlines())


@pytest.mark.parametrize("content", [None, b"[schedule]\npoll_seconds = \n", b"\xff\xfe", "folder"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path, content):
    path = tmp_path / "own.toml"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"own\.toml: the file: found ."):
        load(path, {})


def test_bad_toml_is_told_with_its_line(mistakes):
    assert "line 2" in mistakes("[schedule]\npoll_seconds = \n")


def test_the_mistakes_of_the_environment_are_told_beside_an_unreadable_file(tmp_path):
    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path / "absent.toml", {"TARGETWATCH_SCHEDULE__POLL_SECONDS": "0"})
    assert [mistake.key for mistake in refused.value.mistakes] == ["the file", "schedule.poll_seconds"]


# Warnings


def test_the_shipped_settings_give_no_warning(read):
    assert warnings(read("")) == ()


@pytest.mark.parametrize(("every_s", "count"), [(9, 1), (10, 0)])
def test_polling_faster_than_the_source_renews_is_warned_of(read, every_s, count):
    assert len(warnings(read(f"[schedule]\npoll_seconds = {every_s}"))) == count


def test_asking_more_than_once_a_second_is_warned_of_with_the_interval_that_fits(read):
    stocks = "\n".join(f"[watch.S{n}]" for n in range(45))
    (warning,) = warnings(read(f"[schedule]\npoll_seconds = 30\n{stocks}"))
    assert "45 stocks every 30 s" in warning
    assert "poll_seconds to 45" in warning
    assert warnings(read(f"[schedule]\npoll_seconds = 45\n{stocks}")) == ()


@pytest.mark.parametrize(("exchange", "count"), [("XNYS", 0), ("NASDAQ", 0), ("XETR", 1), ("always", 1)])
def test_a_stock_that_no_watched_session_ever_reaches_is_warned_of(read, exchange, count):
    text = f'[schedule]\nsessions = ["pre"]\n[watch.X]\nexchange = "{exchange}"'
    assert len(warnings(read(text))) == count


@pytest.mark.parametrize(
    ("price", "currency", "count"),
    [(1399, "USD", 1), (577, "USD", 0), (5000, "USD", 0), (1399, "HKD", 0), (3, "USD", 0)],
)
def test_a_level_that_another_currency_would_explain_is_warned_of(read, price, currency, count):
    odd = LEVEL.replace("consensus", "own").replace("192", str(price))
    said = warnings(read(f'[watch.X]\ncurrency = "{currency}"\nlevels = [{{ {LEVEL} }}, {{ {odd} }}]'))
    assert ["among them in CNY or HKD; levels are in USD per share" in one for one in said] == [True] * count


def test_a_level_near_any_other_of_its_stock_is_not_odd(read):
    prices = {"consensus": 192, "one": 1000, "other": 1399}
    levels = (
        LEVEL.replace('"consensus", kind', f'"{firm}", kind').replace("192", str(p)) for firm, p in prices.items()
    )
    assert warnings(read(f"[watch.X]\nlevels = [{', '.join(f'{{ {one} }}' for one in levels)}]")) == ()


def test_configured_alerts_that_cannot_be_read_are_named_with_what_would_do(mistakes):
    level = '{ firm = "consensus", kind = "consensus", price = 192, as_of = 2025-12-06, source = "x" }'
    alerts = '["crosses consensus", "abvoe 192", "sideways"]'
    nearly, unreadable = mistakes(f"[watch.BABA]\nlevels = [{level}]\nalerts = {alerts}").splitlines()
    assert nearly.endswith('watch.BABA.alerts (entry 2): found "abvoe 192"; allowed: did you mean "BABA above 192.00"?')
    assert 'watch.BABA.alerts (entry 3): found "sideways"' in unreadable
    assert 'such as "above 192" or "crosses consensus" (I could not read "sideways".' in unreadable
