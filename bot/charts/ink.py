"""The colours of every picture, light and dark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a style: told apart by lightness and shape as well, never by red and green."""

    paper: str
    text: str
    faint: str
    grid: str
    shade: str
    price: str
    range: str
    level: str
    alert: str
    up: str
    down: str


LIGHT = Ink(
    paper="#ffffff", text="#16191d", faint="#5c6570", grid="#e1e5ea", shade="#eef1f5", price="#0b5fa5",
    range="#b5d3ec", level="#a84300", alert="#7a3d8f", up="#00795a", down="#b3261e",
)  # fmt: skip
DARK = Ink(
    paper="#11151a", text="#f2f4f6", faint="#a3adb8", grid="#2a313a", shade="#1c232c", price="#6cb8f0",
    range="#274d6b", level="#f0a13c", alert="#d9a0e8", up="#3ddbab", down="#ff8a7a",
)  # fmt: skip
