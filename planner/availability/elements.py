"""What fails, and how often: every element of a plan with its share of time up, from the records' figures.

    λ·r / (8760 + λ·r)      λ failures a year while up      r hours down each time

    duct d, seen by carrier c   λ = cuts_per_100km_year · L/100, r = mttr_hours of c
    carrier                     outage_hours_per_year / 8760
    exchange, mobile, site, flood, room, machine, appliance        as policy.yaml states them
    host, rack                  λ = …_failures_per_year, r = restart_minutes/60: its machines run elsewhere after that

A cut of a duct is one event; each carrier then mends its own cable. So the carriers' cables are not independent: what
is mended first is whole while the slower is not. Sorted by share down u₁ ≤ u₂ ≤ …, the cable of level j needs the
virtual elements 1 … j, of which the first is down u₁ and each further one (u_j − u_{j−1}) / (1 − u_{j−1}) of the time:
then level j is up 1 − u_j of the time, and never while a faster one is down. The virtual elements are independent.
"""

from planner.availability.structure import Element, Structure, every
from topology.model import Records

HOURS_PER_YEAR = 8760.0
LEVEL = "~"
"""Between a duct and the level of one of its virtual elements, from the second on."""


def unavailability(failures_per_year: float, hours: float) -> float:
    """Share of time down of something that fails at a rate while it is up and is whole again after a mean time.

    Examples
    --------
    >>> round(unavailability(failures_per_year=2, hours=8), 6)
    0.001823
    """
    down = failures_per_year * hours
    return down / (HOURS_PER_YEAR + down)


class Elements:
    """Elements under the records' figures; those of the plan are added as they are asked for."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.up: dict[Element, float] = {}
        """Element → share of time up."""
        policy, placement = records.network_policy, records.placement
        self._policy = {
            "exchange": policy.node_unavailability.value,
            "mobile": policy.mobile_unavailability.value,
            "site": policy.site_unavailability.value,
            "flood": policy.flood_unavailability.value,
            "machine": placement.machine_unavailability.value,
            "appliance": placement.appliance_unavailability.value,
            "room": placement.room_unavailability.value,
            "host": self._restarted(placement.host_failures_per_year.value),
            "rack": self._restarted(placement.rack_failures_per_year.value),
        }
        outage = {carrier.id: carrier.outage_hours_per_year.value for carrier in records.carriers}
        self._carrier = {carrier: min(1.0, hours / HOURS_PER_YEAR) for carrier, hours in outage.items()}
        mttr = {carrier.id: carrier.mttr_hours.value for carrier in records.carriers}
        self._zone = {duct.id: duct.flood_zone for duct in records.ducts}
        self._rate = {duct.id: duct.cuts_per_100km_year * duct.length_km / 100 for duct in records.ducts}
        self._mttr = mttr
        self._levels = {
            duct.id: sorted({unavailability(self._rate[duct.id], mttr[c]) for c in duct.carriers})
            for duct in records.ducts
        }

    def _restarted(self, failures_per_year: float) -> float:
        return unavailability(failures_per_year, self.records.placement.restart_minutes.value / 60)

    def one(self, kind: str, name: str) -> Element:
        """Return an element whose share the policy states: `exchange:…`, `site:…`, `host:…`."""
        element = f"{kind}:{name}"
        self.up[element] = 1.0 - self._policy[kind]
        return element

    def carrier(self, name: str) -> Element:
        """Return a whole carrier."""
        element = f"carrier:{name}"
        self.up[element] = 1.0 - self._carrier[name]
        return element

    def cable(self, duct: str, carrier: str) -> Structure:
        """Return a carrier's cable in a duct, and the flood zone that it runs through."""
        parts: list[Structure] = []
        before = 0.0
        mine = unavailability(self._rate[duct], self._mttr[carrier])
        for level, share in enumerate(sorted({*self._levels[duct], mine})):
            if share > mine:
                break
            element = f"duct:{duct}" + (f"{LEVEL}{level + 1}" if level else "")
            self.up[element] = 1.0 - ((share - before) / (1.0 - before) if before < 1.0 else 0.0)
            before = share
            parts.append(element)
        zone = self._zone[duct]
        if zone:
            parts.append(self.one("flood", zone))
        return every(parts)


def base(element: Element) -> Element:
    """Return the thing that a virtual element is a level of.

    >>> base("duct:duct-a-b~2")
    'duct:duct-a-b'
    """
    return element.partition(LEVEL)[0]
