"""The end of the program waits for no thread that hangs."""

import asyncio
import threading

import pytest

from bot.threads import LooseThreads


def test_a_look_up_that_hangs_holds_up_no_stop() -> None:
    released = threading.Event()

    async def end_while_one_hangs() -> str:
        asyncio.get_running_loop().set_default_executor(LooseThreads())
        asyncio.get_running_loop().run_in_executor(None, released.wait, 30)
        return "stopped"

    assert asyncio.run(end_while_one_hangs()) == "stopped"
    hanging = [thread for thread in threading.enumerate() if thread.name == "loose"]
    released.set()
    assert [thread.daemon for thread in hanging] == [True]


async def test_a_task_gives_its_result_or_its_error() -> None:
    asyncio.get_running_loop().set_default_executor(LooseThreads())
    assert await asyncio.to_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(divmod, 7, 0)
