"""What targetwatch costs, as ratios of two things measured side by side: `make bench`.

A number of milliseconds says more about a machine than about a program, so every figure divides one
measurement by another of the same run, taken in turns (A B A B), and the median of the pairs counts.
Databases lie where temporary files do: TMPDIR names another disk.

- `thresholds`  a poll among a million stored thresholds, against few and against a scan in memory
- `commits`     comparing and committing one poll, against a query and a commit per alert
- `latency`     from the bars of a feed to an accepted message, against a bare write and send
- `backtest`    a year of minutes judged, against reading them from a file
- `footprint`   how long the program takes to start, and how much memory the idle daemon holds

One file a figure, listed in `__main__`; they share `figure` and `databases`, and `latency` has its two
ways of telling in `tellings`, with `witnesses` that note the time. Never asserts a time: an aim
that is missed is said, and is no error.
"""
