"""Present value of what is paid once and each month, in whole VND.

Months are paid at their end and discounted at the monthly rate that compounds to the yearly one (Brealey, Myers, Allen,
*Principles of Corporate Finance*, chapter 2: annuities).
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext

from planner.plan import Cost

SCALE = 10**6


def annuity_millionths(discount_rate: float, horizon_years: int) -> int:
    """Present value of one đồng a month over the horizon, in millionths.

    Decimal arithmetic with a fixed precision: the same on every machine.

    Examples
    --------
    >>> annuity_millionths(0.0, 5)
    60000000
    >>> annuity_millionths(0.08, 5)
    49644903
    """
    months = 12 * horizon_years
    with localcontext(prec=40):
        yearly = 1 + Decimal(str(discount_rate))
        monthly = (yearly.ln() / 12).exp()
        if monthly == 1:
            return months * SCALE
        factor = (1 - monthly**-months) / (monthly - 1)
        return int((factor * SCALE).to_integral_value())


@dataclass(frozen=True, slots=True)
class Money:
    """Turns payments into present value."""

    factor_millionths: int
    """Present value of one đồng a month over the horizon, millionths."""

    @classmethod
    def of(cls, discount_rate: float, horizon_years: int) -> "Money":
        """Take rate and horizon from the policy."""
        return cls(annuity_millionths(discount_rate, horizon_years))

    def present_value(self, one_off_vnd: int, monthly_vnd: int) -> int:
        """Present value, VND, rounded half up."""
        return one_off_vnd + (monthly_vnd * self.factor_millionths + SCALE // 2) // SCALE

    def cost(self, one_off_vnd: int, monthly_vnd: int) -> Cost:
        """All three numbers together."""
        return Cost(
            one_off_vnd=one_off_vnd,
            monthly_vnd=monthly_vnd,
            present_value_vnd=self.present_value(one_off_vnd, monthly_vnd),
        )
