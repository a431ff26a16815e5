"""The contact to a chat lost and found again, and another program that reads beside us: facts, in epoch seconds UTC."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChatLost:
    """A chat that refuses messages for good; told to the owner."""

    chat_id: int
    at: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A chat takes messages again; `count` of them it had refused, the first was owed at `since`."""

    count: int
    since: int


@dataclass(frozen=True, slots=True)
class SecondReader:
    """Since `since` another program reads this bot's updates; told to the owner."""

    since: int


@dataclass(frozen=True, slots=True)
class ReaderGone:
    """The other program, told of before, was last met at `until`."""

    since: int
    until: int
