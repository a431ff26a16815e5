"""What a cut of the power would leave: the order in which a life writes, syncs and sends, as the kernel saw it."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from tests.crash.kills import furnished
from tests.crash.life import Clock, Order
from tests.crash.script import LADDER, START
from tests.fakes.nursery import ROOT
from tests.fakes.telegram import FakeTelegram

_CALL = re.compile(r'(\w+)\(\d+<([^>]*)>(?:, "(.*)")?')
# Filtered in the kernel: stopped at every call of its imports, a life would take three times as long.
_STRACE = ("strace", "-f", "--seccomp-bpf", "-y", "-s", "5000", "-e", "trace=pwrite64,fdatasync,fsync,sendto")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it goes out: what the journal had been given by then, as texts, on the disk and not yet there."""

    safe: str
    unsafe: str


def can_be_seen() -> bool:
    """Whether there is a strace that may trace."""
    return (
        which("strace") is not None
        and subprocess.run([*_STRACE, "-qq", "-o", "/dev/null", "true"], check=False).returncode == 0
    )


def sends(folder: Path) -> list[Sent]:
    """Every message of an hour's life that hears of alerts and tells them."""
    Clock(folder / "clock")
    order = Order(1, "ours", str(folder / "clock"), len(LADDER), ends_at=START + 3600)
    with FakeTelegram() as telegram:
        environment = furnished(folder, telegram) | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
        for typed in LADDER:
            telegram.type(typed.chat_id, typed.chat_id, typed.text)
        subprocess.run(
            [*_STRACE, "-o", "trace", "--", sys.executable, "-m", "tests.crash.life", order.text],
            cwd=folder, env=environment, timeout=50, check=True,
        )  # fmt: skip
    trace = folder / "trace"
    lines = trace.read_text(encoding="utf-8", errors="replace").splitlines()
    trace.unlink()  # the kernel has seen the token
    return list(_sends(lines))


def _sends(lines: Iterable[str]) -> Iterator[Sent]:
    safe, unsafe = "", ""
    for call, file, text in (found.groups("") for line in lines if (found := _CALL.search(line))):
        if call == "sendto" and "/sendMessage HTTP" in text:
            yield Sent(safe, unsafe)
        elif file.endswith("-wal"):
            safe, unsafe = (safe, unsafe + text) if call == "pwrite64" else (safe + unsafe, "")
