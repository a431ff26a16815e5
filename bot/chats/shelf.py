"""A folder for the files of a messenger that can only print: keeps the newest, forgets the rest.

Never touches a file it did not write, and never overwrites one with something else.
"""

import re
from hashlib import sha256
from pathlib import Path

from bot.core.message import File

_MOST = 20
_OURS = re.compile(r".+-[0-9a-f]{12}(\.\w+)?")


class Shelf:
    """The newest twenty files put into `folder`, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file: File) -> Path:
        """Where the file now lies, under its name and the first digits of what it holds.

        Raises OSError where it cannot be written.
        """
        name, digest = Path(re.sub(r"[^\w.-]", "_", file.name)), sha256(file.content).hexdigest()
        path = self._folder / f"{name.stem}-{digest[:12]}{name.suffix}"
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        self._forget_old()
        return path

    def _forget_old(self) -> None:
        ours = [path for path in self._folder.iterdir() if _OURS.fullmatch(path.name)]
        for path in sorted(ours, key=lambda path: path.stat().st_mtime_ns)[:-_MOST]:
            path.unlink(missing_ok=True)
