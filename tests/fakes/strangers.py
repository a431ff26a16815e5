"""Updates of every odd shape: what strangers, forgers and broken clients may send, drawn by chance."""

from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any

from tests.fakes.desk import GROUP, ME, OTHER, STRANGER

Json = dict[str, Any]

CHANNEL = -1008
ELSEWHERE = -555
"""A group that is not served."""

NASTY = (
    "", " ", "/", "//", "/@", "\x00", "\x1b[31m", "\u202eevoba", "\ud83d", "🐂" * 50, "a\u0301" * 300, "x" * 4096,
    "y" * 20_000, "<b>", "&", "</b><script>", "' or 1=1 --", "%s%n{0}", "/start", "/start " + "z" * 64, "/delete 1",
    "/delete all yes", "/alert above 192", "192", "BABA above consensus", "/watch NVDA", "/mute 2h", "/price\n" * 200,
    "/٧", "/delete ١", "~1", "/resume", "/timezone ../../etc/passwd", "\n" * 500, "/START\u00a0abcdefghjk",
)  # fmt: skip
_JUNK: tuple[object, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**63, -(2**63) - 1, 10**30, "", "7", str(ME), str(GROUP), "\ud800", [],
    {}, [[]], {"id": 1}, [1, 2], "x" * 5000,
)  # fmt: skip
_UNKNOWN = (
    "edited_message", "channel_post", "edited_channel_post", "business_message", "my_chat_member", "inline_query",
    "poll", "message_reaction", "chat_join_request", "purchased_paid_media", "something_new", "update_id ",
)  # fmt: skip


def stranger(chance: Random) -> Json:
    """An update nobody is to be answered for, without its number."""
    return chance.choice(_STRANGE)(chance)


def _typed(chance: Random) -> Json:
    where = chance.choice([(STRANGER, "private"), (ELSEWHERE, "supergroup"), (ELSEWHERE, "group")])
    return {"message": _message(chance, STRANGER, *where, text=chance.choice(NASTY))}


def _guessed(chance: Random) -> Json:
    guess = "".join(chance.choices("abcdefghjkmnpqrstuvwxyz23456789", k=10))
    return {"message": _message(chance, STRANGER + chance.randrange(50), STRANGER, "private", text=f"/start {guess}")}


def _tapped(chance: Random) -> Json:
    """A forged tap: of buttons that are no one's, of other chats', under messages of other chats, in a channel."""
    chat = chance.choice([(STRANGER, "private"), (ELSEWHERE, "group"), (CHANNEL, "channel"), (ME, "private")])
    sender = OTHER if chat[0] in (ME, CHANNEL) and chance.random() < 0.5 else STRANGER
    shown = {"message_id": chance.randrange(9), "date": chance.choice([0, 1])} | {"chat": _chat(*chat)}
    return {
        "callback_query": {
            "id": str(chance.random()), "from": _user(sender), "message": shown, "chat_instance": "1",
            "data": chance.choice([*NASTY, "/delete 1", "~1", "~999999999999999999", "z" * 65, 7, None, ["/delete 1"]]),
        }
    }  # fmt: skip


def _lent(chance: Random) -> Json:
    """From somebody who is obeyed, but not their own word: passed on, through a bot, in the name of a chat."""
    where = chance.choice([(ME, "private"), (GROUP, "supergroup")])
    message = _message(chance, ME, *where, text=chance.choice(["/delete all yes", "/alert above 192"]))
    origin = {"type": "user", "date": 1, "sender_user": _user(ME)}
    as_chat = {"id": chance.choice([GROUP, CHANNEL]), "type": "channel", "title": "owner", "username": "owner"}
    marks: list[Json] = [
        {"forward_origin": origin}, {"via_bot": _user(ME)}, {"sender_chat": as_chat}, {"from": None}
    ]  # fmt: skip
    return {"message": message | chance.choice(marks)}


def _other_kind(chance: Random) -> Json:
    message = _message(chance, ME, ME, "private", text="/delete all yes")
    return {chance.choice(_UNKNOWN): chance.choice([message, {"id": "1"}, None, "/delete all yes"])}


def _broken(chance: Random) -> Json:
    """A stranger's update with parts missing, or with something else in their place."""
    update = deepcopy(chance.choice([_typed, _tapped])(chance))
    for _ in range(chance.randint(1, 3)):
        _break(chance, update)
    return update


def _break(chance: Random, node: Json) -> None:
    key = chance.choice(list(node))
    inner = node[key]
    if isinstance(inner, dict) and inner and chance.random() < 0.8:
        _break(chance, inner)
    elif chance.random() < 0.3 and len(node) > 1:
        del node[key]
    else:
        node[key] = chance.choice(_JUNK)


def _deep(chance: Random) -> Json:
    message = _message(chance, STRANGER, STRANGER, "private", text="deep")
    for _ in range(chance.choice([1] * 40 + [150])):
        message = message | {"reply_to_message": message}
    return {"message": message}


_STRANGE: tuple[Callable[[Random], Json], ...] = (
    _typed, _typed, _guessed, _tapped, _tapped, _lent, _other_kind, _broken, _broken, _broken, _deep,
)  # fmt: skip


def _message(chance: Random, user_id: int, chat_id: int, kind: str, **fields: object) -> Json:
    sent = {"message_id": chance.randrange(10**6), "date": chance.randrange(2 * 10**9)}
    return sent | {"from": _user(user_id), "chat": _chat(chat_id, kind)} | fields


def _user(user_id: int) -> Json:
    return {"id": user_id, "is_bot": False, "first_name": "owner", "username": "owner"}


def _chat(chat_id: int, kind: str) -> Json:
    return {"id": chat_id, "type": kind, "title": "owner", "username": "owner"}
