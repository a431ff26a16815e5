"""What systemd is told of the daemon: that it is ready, that it lives, that it stops.

One datagram to the socket that NOTIFY_SOCKET names (sd_notify(3), NOTES); without it nothing. The
library for it, sdnotify, is unmaintained and no longer than this.
"""

import logging
import os
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"
PATIENCE = "EXTEND_TIMEOUT_USEC=60000000"  # one more minute for a start that waits


def notify(*states: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Send these states; whether somebody was there to hear. Never waits and never raises."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            # An @ stands for the zero byte of an abstract address.
            sender.connect(address.replace("@", "\0", 1) if address.startswith("@") else address)
            sender.send("\n".join(states).encode())
    except OSError as error:
        log.debug("systemd was not told: %s", error.strerror)
        return False
    return True


def status(text: str) -> str:
    """The line that `systemctl status` shows."""
    return "STATUS=" + text.replace("\n", " ")
