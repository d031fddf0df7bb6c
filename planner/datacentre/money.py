"""What hosts and appliances cost over the horizon: purchase and replacement, support, electricity."""

from decimal import ROUND_HALF_UP, Decimal

from planner.money import Money
from planner.plan import Cost
from topology.schema.facility import HostModel, MoneyPolicy, Room

HOURS_PER_MONTH = 8760 / 12


def purchase_years(first_year: int, life_years: int, horizon_years: int) -> tuple[int, ...]:
    """Years, counted from 0, in which something with this life is bought inside the horizon.

    What is overdue is bought in year 0.

    >>> purchase_years(0, 5, 5), purchase_years(2, 3, 7), purchase_years(-4, 5, 5)
    ((0,), (2, 5), (0,))
    """
    return tuple(range(max(0, first_year), horizon_years, life_years))


def discounted(amount_vnd: int, year: int, rate: float) -> int:
    """Present value of one payment at the start of a year counted from 0.

    >>> discounted(121, 2, 0.1)
    100
    """
    value = Decimal(amount_vnd) / (1 + Decimal(str(rate))) ** year
    return int(value.to_integral_value(ROUND_HALF_UP))


def energy_vnd_per_month(power_w: float, pue: float, vnd_per_kwh: float) -> int:
    """Electricity of one month at full load, cooling included (PUE), rounded to whole VND.

    >>> energy_vnd_per_month(1000, 1.5, 2000)
    2190000
    """
    return round(power_w / 1000 * pue * HOURS_PER_MONTH * vnd_per_kwh)


def host_cost(model: HostModel, room: Room, policy: MoneyPolicy, bought: int | None = None) -> Cost:
    """Cost of one host over the horizon.

    Parameters
    ----------
    bought
        Year of purchase counted from the first year of the plan (0 or negative) of a host that is there already;
        None for a new one. It is replaced by its like when its life ends inside the horizon.

    """
    money = Money.of(policy.discount_rate.value, policy.horizon_years)
    first = 0 if bought is None else bought + model.life_years.value
    years = purchase_years(first, model.life_years.value, policy.horizon_years)
    price = model.price_vnd.value
    monthly = round(model.support_vnd_per_year.value / 12) + energy_vnd_per_month(
        model.power_w.value, room.pue.value, policy.energy_vnd_per_kwh.value
    )
    return Cost(
        one_off_vnd=price if bought is None else 0,
        monthly_vnd=monthly,
        present_value_vnd=sum(discounted(price, year, policy.discount_rate.value) for year in years)
        + money.present_value(0, monthly),
    )


def appliance_cost(price_vnd: int, power_w: float, room: Room, policy: MoneyPolicy) -> Cost:
    """Cost of one appliance over the horizon: it outlives it."""
    money = Money.of(policy.discount_rate.value, policy.horizon_years)
    return money.cost(price_vnd, energy_vnd_per_month(power_w, room.pue.value, policy.energy_vnd_per_kwh.value))
