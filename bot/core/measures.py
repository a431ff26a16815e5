"""What metrics of one unit have in common: how they are shown, how wide their bands are, what they need."""

from bot.core.formula import money, percent_above, percentage


class _Measure:
    """What holds for a metric that says nothing else."""

    starts_afresh = False
    is_standing = False

    def follows(self, argument: str) -> str | None:
        return None

    def reach_s(self, argument: str) -> int:
        return 0


class InMoney(_Measure):
    """An amount of the stock's currency: distances and bands are percent of the threshold."""

    in_money = True

    def band(self, threshold: float, rearm_pct: float) -> float:
        """`rearm_pct` percent of the threshold: 1 at 192 is 1.92."""
        return round(threshold * rearm_pct / 100, 6)

    def show(self, value: float) -> str:
        """Two decimals, and more only where the value has them: 192.00, 0.0123."""
        return money(value)

    def distance(self, value: float, threshold: float) -> float:
        return percent_above(threshold, value)


class InPoints(_Measure):
    """A percentage, or an index: distances and bands are points, 1 percent being one point."""

    in_money = False

    def band(self, threshold: float, rearm_pct: float) -> float:
        return rearm_pct

    def show(self, value: float) -> str:
        """With its sign: +5 %, −2.5 %, 0 %."""
        return percentage(value)

    def distance(self, value: float, threshold: float) -> float:
        return threshold - value
