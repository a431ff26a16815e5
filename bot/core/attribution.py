"""Why an upside moved: how many points of it the price did, and how many the target."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a moment (epoch seconds UTC): a stock's price, and a firm's target for it.

    Both > 0 and on the share's scale of today; None where they are not known.
    """

    at: int
    price: float | None
    target: float | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the price and the target did to an upside since `since` (epoch seconds UTC), each in points.

    None where that is not known.
    """

    since: int
    price: float | None
    target: float | None


def attribution(before: Known, after: Known) -> Attribution:
    """What came from where between two moments; a target that stood still did nothing, whatever the price was."""
    if before.target is None or after.target is None:
        return Attribution(before.at, None, None)
    if before.price is None or after.price is None:
        return Attribution(before.at, None, 0.0 if before.target == after.target else None)
    price, target = parts(before.price, before.target, after.price, after.target)
    return Attribution(before.at, float(price), float(target))


def parts(price0: float, target0: float, price1: float, target1: float) -> tuple[Fraction, Fraction]:
    """The points of an upside's change that came from the price, and those from the target: exactly all of it.

    Which of the two is said to have moved first would shift some from one to the other; this is the
    mean of both orders, by which neither is preferred (the Shapley value: L. S. Shapley, "A Value for
    n-Person Games", 1953). What did not move has 0; the way back has the signs turned. All > 0.
    """
    price0_, target0_, price1_, target1_ = map(Fraction, (price0, target0, price1, target1))
    by_price = (target0_ + target1_) / 2 * (1 / price1_ - 1 / price0_)
    by_target = (target1_ - target0_) * (1 / price0_ + 1 / price1_) / 2
    return by_price * 100, by_target * 100
