"""targetwatch: a Telegram bot, and the daemon behind it, that watches a stock against its analysts.

The map of the house. What comes in, a price or an analyst's word, passes each room once:

    feeds/ ─► jobs/watch ─► core ─► store ─► jobs/deliver ─► chats/
    feeds/yahoo_research ─► jobs/research ─► jobs/analysts ─► core ─► store
    chats/ ─► jobs/listen ─► commands/ ─► core ⇄ store ─► reply

- `core/`      the rules, pure. Of prices: `market`, `days`, `course`, `screen`, `joint`, `splits`; of alerts:
               `alerts`, `crossing` (the rule), `rest` (the index), `metrics/` one file a metric, `attribution` (what
               moved an upside), `replay`; of analysts: `levels`, `analysts` (targets, ratings), `firms` (spellings),
               `revisions`, `units` (currency, share), `company` (dates), `news`, `report`; of words in: `language`
               and `reading/`; of words out: `wording/`; of pictures: `chart/`
- `store/`     the only SQL: history, levels, analysts, alerts, outbox, chats; migrations in `schema`
- `feeds/`     where prices come from: `yahoo`, `recorded`, `simulated`, behind the `Feed` protocol; and analysts'
               words: `yahoo_research`, behind `Research`, with its child process `yahoo_analysts`
- `chats/`     where people are reached: `telegram_chat`, `terminal_chat`, behind the `Chat` protocol
- `charts/`    a picture of bars, levels and alerts; `sheet` alone knows matplotlib
- `exchange`   which session of which exchange a moment lies in
- `jobs/`      what runs by itself: `watch` (poll) with `splits`, `held`, `late`, `silence`, `judge` and its
               `attribution`, `deliver` (outbox), `listen` (commands), `days`, `closes`, `upkeep` (copies,
               retention); `research` (when) and `analysts` (what follows) with `consensus`, `company` (dates),
               `scale` (splits), `heard` (since when) and `revise`; `records` and `standing` say what is judged,
               `report` and `backtest` look back
- `commands/`  what a chat can ask: one file a command
- `settings/`  TOML and environment → typed settings, every mistake at once
- `demo/`      a real session replayed through the same rooms
- `past/`      `backtest` and `export`, the program's look back
- `app`        builds all of it, starts it, stops it; `parts` are those that the settings name, `rota` is its plan
               of what runs when, `recovery` what is done about a database that cannot be used
- `liveness/`  whether the daemon lives: `watchdog` begins anew what is stuck, `limits` holds feed and chat to it,
               `sentry` watches the event loop itself; `health` judges it all at every heartbeat, `checkup` reads
               that from outside; `systemd` is told, and `ping` asks the address that raises the alarm when it is
               asked no more
- `cli`        the program around it: `entry` to its commands, `doctor`, `restore`, `logs`, and `threads` that no
               stop waits for

Where a new thing goes, one file and one name in one tuple: a metric in `core/metrics/`, a command
in `commands/`, a source in `feeds/`, a messenger in `chats/`. `core` imports nothing but the
standard library; only `app`, `cli`, `past` and `demo` import everything. `tests/test_house.py` holds this.
"""

__version__ = "0.1.0"
