"""What an alert on a line should tell of a session whose every price is known: rule 4, written a second time."""

from collections.abc import Iterator, Mapping

Minute = tuple[float, ...]
"""The prices of a minute in the order in which they were made: one; the open and the close; or there and back."""

Told = tuple[float, str, int]
"""Line, direction, and the minute since the opening."""


def changes(line: float, minutes: Mapping[int, Minute]) -> Iterator[tuple[int, str | None]]:
    """The minutes at which an alert on the line changes, with the direction where it tells: rule 4, written anew."""
    band, above, armed = line / 100, None, True
    for place in sorted(minutes):
        for price in minutes[place]:
            if above is None:
                above, armed = price >= line, price != line
                continue
            beyond = price >= round(line + band, 6) if price > line else price <= round(line - band, 6)
            reached = (price <= line if above else price >= line) if armed else beyond and (price > line) != above
            if reached:
                above, armed = not above, beyond
                yield place, "up" if above else "down"
            elif beyond and not armed:
                armed = True
                yield place, None


def crossings(minutes: Mapping[int, Minute], line: float) -> list[Told]:
    return [(line, direction, place) for place, direction in changes(line, minutes) if direction]
