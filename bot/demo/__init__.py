"""The session that `targetwatch demo` replays: real figures, carried as data and never edited.

BABA in New York on 2 and 3 October 2025, five-minute bars of the regular session, unadjusted, in
USD. Where they come from is in SOURCES.md beside this file.
"""

from pathlib import Path

BARS = Path(__file__).with_name("baba-5m-2025-10-02--03.csv")
