"""The tables, indices and views, as migrations: appended, never edited once released.

Moments are epoch seconds UTC, prices in the stock's currency. What is read by hand in Datasette
has a view with readable times.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("targetwatch")


def unknown_migrations(db: Database) -> set[str]:
    """Migrations this database has that this version has never heard of: it is from a newer one."""
    if migrations.migrations_table not in db.table_names():
        return set()
    rows = db.execute(f"select name from {migrations.migrations_table} where migration_set = 'targetwatch'")
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    return {name for (name,) in rows} - known


@migrations()
def m001_history(db: Database) -> None:
    db.executescript("""
        create table bars (
            symbol text not null, at integer not null,
            open real not null, high real not null, low real not null, close real not null,
            volume integer not null, session text not null, width_s integer not null default 60,
            primary key (symbol, at)
        ) strict, without rowid;
        create table quotes (
            symbol text not null, at integer not null, price real not null,
            session text not null, source text not null,
            primary key (symbol, at)
        ) strict, without rowid;
        create table feeds (
            symbol text primary key, polled_at integer, good_at integer, failures integer not null default 0,
            fault text, retry_at integer, silent_since integer
        ) strict, without rowid;
    """)


@migrations()
def m002_levels(db: Database) -> None:
    db.executescript("""
        create table levels (
            id integer primary key, symbol text not null, firm text not null, kind text not null,
            rating text, price real not null, as_of text not null, source text not null,
            valid_from integer not null, valid_to integer
        ) strict;
        create unique index present_level on levels (symbol, firm) where valid_to is null;
    """)


@migrations()
def m003_chats(db: Database) -> None:
    db.executescript("""
        create table chats (
            chat_id integer primary key, kind text not null, origin text not null,
            user_id integer, joined_at integer not null, lost_at integer
        ) strict;
        create table pairings (
            id integer primary key, salt text not null, code_hash text not null,
            expires_at integer not null, wrong_tries integer not null default 0
        ) strict;
        create table facts (name text primary key, value text not null) strict, without rowid;
        create table configured (name text primary key, value text not null) strict, without rowid;
    """)


@migrations()
def m004_alerts(db: Database) -> None:
    db.executescript("""
        create table alerts (
            id integer primary key, chat_id integer not null, number integer not null,
            symbol text not null, metric text not null, way text not null, threshold real not null,
            level text, rearm_pct real not null, band real not null, once integer not null,
            origin text not null, created_at integer not null, ended_at integer, ended_by text,
            side text, armed integer not null, since integer, reason text,
            next_above real not null, next_below real not null
        ) strict;
        create unique index alert_number on alerts (chat_id, number);
        create index alert_up on alerts (symbol, metric, next_above) where ended_at is null;
        create index alert_down on alerts (symbol, metric, next_below) where ended_at is null;
        create index alert_level on alerts (symbol, level) where ended_at is null and level is not null;
        create table crossings (
            id integer primary key, alert_id integer not null references alerts (id),
            symbol text not null, metric text not null, direction text not null,
            at integer not null, value real not null, threshold real not null, session text not null,
            noticed_at integer not null
        ) strict;
        create index crossing_of_alert on crossings (alert_id, at);
    """)


@migrations()
def m005_outbox(db: Database) -> None:
    db.executescript("""
        create table outbox (
            id integer primary key, chat_id integer not null, kind text not null, facts text not null,
            created_at integer not null, not_before integer not null,
            status text not null default 'pending', attempts integer not null default 0,
            in_flight integer not null default 0, doubtful integer not null default 0,
            fault text, attempted_at integer, sent_at integer, message_id integer
        ) strict;
        create index outbox_due on outbox (chat_id, id, not_before) where status = 'pending';
        create index outbox_paid on outbox (status) where status != 'pending';
        create index outbox_message on outbox (chat_id, message_id) where message_id is not null;
    """)


@migrations()
def m006_views(db: Database) -> None:
    db.executescript("""
        create view present_levels as
            select levels.symbol, firm, kind, rating, levels.price, as_of, levels.source,
                quote.price as quote, round((levels.price / quote.price - 1) * 100, 1) as upside_pct
            from levels left join quotes as quote on quote.symbol = levels.symbol
                and quote.at = (select max(at) from quotes where symbol = levels.symbol)
            where valid_to is null order by levels.symbol, levels.price desc;
        create view fired as
            select crossings.id, datetime(crossings.at, 'unixepoch') as crossed_utc, crossings.symbol,
                crossings.direction, crossings.threshold, crossings.value, alerts.level,
                alerts.number as alert, alerts.chat_id, crossings.session,
                datetime(noticed_at, 'unixepoch') as noticed_utc
            from crossings join alerts on alerts.id = crossings.alert_id order by crossings.id desc;
        create view minutes as
            select symbol, datetime(at, 'unixepoch') as at_utc, session, open, high, low, close, volume
            from bars order by symbol, at desc;
        create view owed as
            select id, chat_id, kind, datetime(created_at, 'unixepoch') as created_utc, attempts, fault
            from outbox where status = 'pending' order by id;
    """)


@migrations()
def m007_days(db: Database) -> None:
    db.executescript("""
        create table days (
            symbol text not null, day text not null,
            open real not null, high real not null, low real not null, close real not null,
            volume integer not null,
            primary key (symbol, day)
        ) strict, without rowid;
        create table stocks (
            symbol text primary key, name text not null, exchange text not null, currency text,
            added_by integer not null, added_at integer not null, confirmed_at integer
        ) strict, without rowid;
    """)


@migrations()
def m008_delivery(db: Database) -> None:
    db.executescript("""
        alter table chats add column zone text;
        alter table chats add column quiet_from integer;
        alter table chats add column quiet_until integer;
        alter table chats add column muted_until integer;
        alter table chats add column digest integer not null default 0;
        create table buttons (id integer primary key, command text not null unique) strict;
    """)


@migrations()
def m009_conditions(db: Database) -> None:
    db.executescript("""
        alter table alerts add column upper real;
        alter table alerts add column upper_band real;
        alter table alerts add column within real;
        alter table alerts add column upper_side text;
        alter table alerts add column upper_armed integer not null default 0;
        alter table alerts add column upper_since integer;
        alter table alerts add column holds text;
        alter table alerts add column daily integer not null default 0;
        alter table alerts add column every_s integer;
        alter table alerts add column hold_s integer;
        alter table alerts add column expires_at integer;
        alter table alerts add column regular_only integer not null default 0;
        alter table alerts add column silent integer not null default 0;
        alter table alerts add column note text;
        alter table alerts add column snoozed_until integer;
        alter table alerts add column told_at integer;
        create index alert_expiry on alerts (expires_at) where ended_at is null and expires_at is not null;
    """)


@migrations()
def m010_splits(db: Database) -> None:
    db.executescript("""
        create table splits (
            symbol text not null, day text not null, numerator integer not null, denominator integer not null,
            applied_at integer not null,
            primary key (symbol, day)
        ) strict, without rowid;
    """)


@migrations()
def m011_faults(db: Database) -> None:
    db.executescript("""
        create table faults (
            hour integer not null, source text not null, kind text not null, count integer not null,
            primary key (hour, source, kind)
        ) strict, without rowid;
        create index outbox_waits on outbox (chat_id, not_before) where status = 'pending';
    """)


@migrations()
def m012_late_minutes(db: Database) -> None:
    # moved_at: the newest bar there was when the alert's state changed last
    db.executescript("""
        alter table alerts add column moved_at integer;
        update alerts set moved_at = (select max(at) from bars where bars.symbol = alerts.symbol);
    """)


@migrations()
def m013_moved_lines(db: Database) -> None:
    db.executescript("alter table alerts add column line_at integer;")


@migrations()
def m014_analysts(db: Database) -> None:
    # counts: whether a row of targets is news beside the one before that was; reminders: whether a chat wants them
    db.executescript("""
        alter table levels add column currency text;
        create table targets (
            symbol text not null, provider text not null, at integer not null,
            mean real not null, median real, low real, high real, analysts integer, counts integer not null,
            primary key (symbol, provider, at)
        ) strict, without rowid;
        create table rating_actions (
            symbol text not null, firm text not null, at integer not null, action text not null,
            rating text, rating_before text, target real, target_before real, seen_at integer not null,
            primary key (symbol, firm, at)
        ) strict, without rowid;
        create table recommendations (
            symbol text not null, at integer not null,
            strong_buy integer not null, buy integer not null, hold integer not null,
            sell integer not null, strong_sell integer not null,
            primary key (symbol, at)
        ) strict, without rowid;
        create table company_dates (
            id integer primary key, symbol text not null, kind text not null, day text not null,
            last_day text not null, is_estimate integer not null, valid_from integer not null, valid_to integer
        ) strict;
        create unique index present_date on company_dates (symbol, kind) where valid_to is null;
        create table research (
            symbol text primary key, due_at integer not null, tried_at integer not null, good_at integer,
            tries integer not null, day text not null, requests integer not null, faults text not null
        ) strict, without rowid;
        create table reminders (
            chat_id integer not null, symbol text not null, kind text not null, day text not null,
            days_left integer not null,
            primary key (chat_id, symbol, kind, day, days_left)
        ) strict, without rowid;
        alter table chats add column reminders integer not null default 1;
        create index level_of_firm on levels (symbol, firm, valid_from);
    """)
