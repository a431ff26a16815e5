"""Small files to send."""

import struct
import zlib

from bot.core.message import File


def png(width: int = 4, height: int = 3) -> bytes:
    """A grey picture; a true PNG, of whatever size in pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    pieces = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_piece(*piece) for piece in pieces)


def _piece(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PICTURE = File("BABA-1d.png", png())
TABLE = File("bars.csv", b"at,close\n2025-10-02,189.34\n")
