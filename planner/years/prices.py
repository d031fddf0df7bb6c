"""What things cost each year: the plan's fixed payments, prices, support, electricity, budgets, depreciation."""

from collections.abc import Collection

from planner.datacentre.money import energy_vnd_per_month
from planner.money import Money
from planner.plan import Plan
from planner.years.fleet import Key, Site
from planner.years.upgrades import Worth


class Prices:
    """Prices of the records; `upgraded` are the links whose payments the paths hold."""

    def __init__(self, plan: Plan, site: Site, upgraded: Collection[str]) -> None:
        self.plan, self.site, self.policy = plan, site, site.records.money
        self.years = self.policy.horizon_years
        self.worth = worth(site)
        self.box_life = self.policy.appliance_life_years.value
        fixed = [link.cost for link in plan.network.links if link.id not in upgraded]
        fixed += [point.cost for point in plan.network.concentration_points]
        self.links_once = sum(cost.one_off_vnd for cost in fixed)
        self.links_monthly = sum(cost.monthly_vnd for cost in fixed)
        self.boxes = [(m, self._workload(m.id)) for m in plan.machines if m.form == "appliance" and m.rack]

    def _workload(self, machine: str) -> str:
        return next(group.id for group in self.site.demand.groups.values() if machine in group.names)

    def box(self, workload: str) -> int:
        """Price of one appliance."""
        return self.site.demand.groups[workload].price_vnd

    def box_support(self, workload: str) -> int:
        """Support of one appliance, a month."""
        return round(self.box(workload) * self.policy.appliance_support_share.value / 12)

    def box_energy(self, workload: str, rack: str) -> int:
        """Electricity of one appliance, a month."""
        return self.energy(self.site.demand.groups[workload].power_w, rack)

    def box_monthly(self, workload: str, rack: str) -> int:
        """Support and electricity of one appliance, a month."""
        return self.box_support(workload) + self.box_energy(workload, rack)

    def host_support(self, model: str) -> int:
        """Support of one host, a month."""
        return round(self.site.models[model].support_vnd_per_year.value / 12)

    def host_energy(self, model: str, rack: str) -> int:
        """Electricity of one host, a month."""
        return self.energy(self.site.models[model].power_w.value, rack)

    def host_monthly(self, key: Key) -> int:
        """Support and electricity of one host, a month."""
        return self.host_support(key[1]) + self.host_energy(key[1], key[2])

    def energy(self, watts: float, rack: str) -> int:
        """Electricity of a month at full load in a rack."""
        room = self.site.rooms[self.site.spaces[rack].room]
        return energy_vnd_per_month(watts, room.pue.value, self.policy.energy_vnd_per_kwh.value)

    def fixed_once(self, y: int) -> int:
        """Purchases of a year that are decided: the plan's in year 0, its appliances again when their life is over."""
        boxes = sum(self.box(name) for _, name in self.boxes) if y % self.box_life == 0 else 0
        hosts = (
            sum(self.site.models[key[1]].price_vnd.value * n for key, n in self.site.planned.items()) if y == 0 else 0
        )
        return boxes + hosts + (self.links_once if y == 0 else 0)

    @property
    def fixed_monthly(self) -> int:
        """Rent, support and electricity that are decided: links that stay, the plan's appliances."""
        return self.links_monthly + sum(self.box_monthly(name, machine.rack or "") for machine, name in self.boxes)

    def budget(self, y: int) -> int:
        """Budget for the purchases of a year."""
        return self.policy.budget_vnd(self.site.records.province.plan_year + y)


def worth(site: Site) -> Worth:
    """Return present values of đồng paid in each year."""
    policy = site.records.money
    month = Money.of(policy.discount_rate.value, 1).factor_millionths
    return Worth.of(policy.discount_rate.value, month, policy.horizon_years)
