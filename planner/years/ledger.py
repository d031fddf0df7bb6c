"""From what is bought to the books: purchases with reasons, and the money of each year in whole đồng.

    depreciation of a year = Σ price / life   over hosts and appliances in their life        (straight line)
    value in the books     = Σ price · (1 - years used / life)                               at the end of the year

Lines are leased and racks belong to the room: neither is depreciated here.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from planner.datacentre.sizing import RESOURCES
from planner.growth import Band
from planner.plan import BandPlan, Buy, YearMoney
from planner.years.chosen import Chosen, Upgrade
from planner.years.fleet import Key, Site
from planner.years.needs import Needs
from planner.years.prices import Prices
from topology.model import CandidateLink
from topology.order import natural_key
from topology.schema.base import counted

Reason = Literal["plan", "growth", "replacement"]


@dataclass(frozen=True, slots=True)
class Books:
    """What the books of one band are made from."""

    site: Site
    prices: Prices
    links: dict[str, CandidateLink]
    upgrades: tuple[Upgrade, ...]

    def band(self, band: Band, weight: float, chosen: Chosen, needs: Needs, alone_vnd: int) -> BandPlan:
        """Return the purchases and the money of a band."""
        buys = tuple(sorted(self._buys(chosen), key=_order))
        money = tuple(self._money(y, chosen, buys) for y in range(self.site.years))
        value = sum(one.present_value_vnd for one in money)
        return BandPlan(
            band=band,
            weight=weight,
            buys=buys,
            money=money,
            use=self._use(chosen, needs),
            present_value_vnd=value,
            alone_vnd=min(alone_vnd, value),
            regret_vnd=max(0, value - alone_vnd),
        )

    def total(self, chosen: Chosen) -> int:
        """Present value of everything bought in a band."""
        buys = tuple(sorted(self._buys(chosen), key=_order))
        return sum(self._money(y, chosen, buys).present_value_vnd for y in range(self.site.years))

    def alive(self, chosen: Chosen, y: int) -> Counter[Key]:
        """Return the hosts of a year."""
        found: Counter[Key] = Counter()
        for key, count in self.site.planned.items():
            if y < self.site.models[key[1]].life_years.value:
                found[key] += count
        for (pool, model, rack, year), count in self.site.kept.items():
            if year == y:
                found[pool, model, rack] += count
        for (key, bought), count in chosen.hosts.items():
            if bought <= y < bought + self.site.models[key[1]].life_years.value:
                found[key] += count
        return found

    def _retired(self, chosen: Chosen, y: int, pool: str) -> int:
        """Hosts of a pool whose life ended at the start of a year."""
        before, bought = self.alive(chosen, y - 1), Counter({k: n for (k, t), n in chosen.hosts.items() if t == y})
        now = self.alive(chosen, y)
        return sum(max(0, n + bought[key] - now[key]) for key, n in before.items() if key[0] == pool)

    def _buys(self, chosen: Chosen) -> list[Buy]:
        first = self.site.records.province.plan_year
        models = self.site.models
        found = [
            Buy(year=first, kind="host", what=key[1], where=key[2], pool=key[0], count=count,
                one_off_vnd=count * models[key[1]].price_vnd.value, reason="plan")
            for key, count in self.site.planned.items()
        ]  # fmt: skip
        for y in range(self.site.years):
            bought = sorted((key, n) for (key, t), n in chosen.hosts.items() if t == y)
            over = {pool: self._retired(chosen, y, pool) if y else 0 for pool in self.site.pools}
            for key, count in bought:
                replaces = over[key[0]] > 0
                over[key[0]] -= count
                price = count * models[key[1]].price_vnd.value
                found.append(Buy(year=first + y, kind="host", what=key[1], where=key[2], pool=key[0], count=count,
                                 one_off_vnd=price, reason="replacement" if replaces else "growth"))  # fmt: skip
        return found + self._other_buys(chosen, first)

    def _other_buys(self, chosen: Chosen, first: int) -> list[Buy]:
        found: list[Buy] = []
        life = self.prices.box_life
        boxes = Counter((name, machine.rack or "") for machine, name in self.prices.boxes)
        added: list[tuple[int, str, str, int, Reason]] = [
            (0, name, rack, n, "plan") for (name, rack), n in boxes.items()
        ]
        added += [(y, name, rack, n, "growth") for (name, rack, y), n in chosen.boxes.items()]
        found += [
            Buy(year=first + t, kind="appliance", what=name, where=rack, count=count,
                one_off_vnd=count * self.prices.box(name), reason="replacement" if t > y else reason)
            for y, name, rack, count, reason in added
            for t in range(y, self.site.years, life)
        ]  # fmt: skip
        for (space, y), count in chosen.racks.items():
            room = self.site.rooms[self.site.spaces[space].room]
            found.append(Buy(year=first + y, kind="rack", what=room.id, where=space, count=count,
                             one_off_vnd=count * counted(room.rack_price_vnd), reason="growth"))  # fmt: skip
        for upgrade in self.upgrades:
            path, before = chosen.paths[upgrade.link], upgrade.planned
            for y, option in enumerate(path.options):
                if option != before:
                    modules = self.links[upgrade.link].modules
                    found.append(
                        Buy(year=first + y, kind="link", what=upgrade.link, where="", one_off_vnd=path.one_off_vnd[y],
                            modules={m.id: n for m, n in zip(modules, option, strict=True) if n}, reason="growth")
                    )  # fmt: skip
                before = option
        return found

    def _money(self, y: int, chosen: Chosen, buys: tuple[Buy, ...]) -> YearMoney:
        prices, year = self.prices, self.site.records.province.plan_year + y
        hosts = self.alive(chosen, y)
        boxes = Counter((name, machine.rack or "") for machine, name in prices.boxes)
        for (name, rack, bought), count in chosen.boxes.items():
            boxes[name, rack] += count if bought <= y else 0
        support = sum(n * prices.host_support(key[1]) for key, n in hosts.items())
        support += sum(n * prices.box_support(name) for (name, _), n in boxes.items())
        energy = sum(n * prices.host_energy(key[1], key[2]) for key, n in hosts.items())
        energy += sum(n * prices.box_energy(name, rack) for (name, rack), n in boxes.items())
        lease = prices.links_monthly + sum(chosen.paths[one.link].monthly_vnd[y] for one in self.upgrades)
        paid = sum(buy.one_off_vnd for buy in buys if buy.year == year and buy.kind != "link")
        paid += sum(chosen.paths[one.link].one_off_vnd[y] for one in self.upgrades) + (
            prices.links_once if y == 0 else 0
        )
        worn, left = self._depreciation(y, buys)
        worth = prices.worth
        return YearMoney(
            year=year,
            budget_vnd=prices.budget(y),
            purchases_vnd=paid,
            over_vnd=max(0, paid - prices.budget(y)),
            lease_vnd=12 * lease,
            support_vnd=12 * support,
            energy_vnd=12 * energy,
            depreciation_vnd=round(worn),
            book_vnd=round(left),
            present_value_vnd=round(worth.start[y] * paid + worth.months[y] * (lease + support + energy)),
        )

    def _depreciation(self, y: int, buys: tuple[Buy, ...]) -> tuple[float, float]:
        """Return what is written off in a year, and what is left at its end."""
        first = self.site.records.province.plan_year
        owned = [
            (buy.year - first, buy.one_off_vnd, self._life(buy)) for buy in buys if buy.kind in ("host", "appliance")
        ]
        owned += [
            (self.site.hardware.age(host), model.price_vnd.value, model.life_years.value)
            for host in self.site.records.existing_hosts
            for model in (self.site.models[host.model],)
            if self.site.hardware.age(host) + model.life_years.value > 0
        ]
        here = [(bought, price, life) for bought, price, life in owned if bought <= y < bought + life]
        worn = sum(price / life for _, price, life in here)
        return worn, sum(price * (1 - (y + 1 - bought) / life) for bought, price, life in here)

    def _life(self, buy: Buy) -> int:
        return self.site.models[buy.what].life_years.value if buy.kind == "host" else self.prices.box_life

    def _use(self, chosen: Chosen, needs: Needs) -> dict[str, tuple[float, ...]]:
        """Resource → share in use of the fullest pool after the worst survived loss, at the end of each year."""
        found: dict[str, list[float]] = {resource: [] for resource in RESOURCES}
        for y in range(self.site.years):
            alive = self.alive(chosen, y)
            for k, resource in enumerate(RESOURCES):
                found[resource].append(
                    max((self.share(alive, pool, k, needs.pools[pool][y][k]) for pool in self.site.pools), default=0.0)
                )
        return {resource: tuple(round(share, 4) for share in shares) for resource, shares in found.items()}

    def share(self, alive: Counter[Key], pool: str, k: int, need: float) -> float:
        """Share of a pool's resource in use after the worst survived loss."""
        if not need:
            return 0.0
        left = self.left(alive, pool, k)
        return need / left if left else 1.0

    def left(self, alive: Counter[Key], pool: str, k: int) -> float:
        """Return what is left of a pool's resource after the worst survived loss."""
        offers = {key: n * self.site.offer(key[1])[k] for key, n in alive.items() if key[0] == pool and n}
        total, lost = sum(offers.values()), 0.0
        for racks in self.site.losses():
            lost = max(lost, sum(offer for key, offer in offers.items() if key[2] in racks))
        if self.site.single_host():
            lost = max([lost, *(self.site.offer(key[1])[k] for key in offers)])
        return total - lost


def _order(buy: Buy) -> tuple[int, tuple[tuple[int, int, str], ...], tuple[tuple[int, int, str], ...], str, str]:
    return buy.year, natural_key(buy.kind), natural_key(buy.what), buy.where, buy.reason
