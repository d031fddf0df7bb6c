"""The network as the models read it: whole kbit/s, trunks with their purchases, failure states as bit masks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor

from planner.money import Money
from planner.network.purchase import KBPS, Purchase, frontier
from topology.model import CandidateLink, FailureState, Network
from topology.schema.network import ClassPolicy

SMALLEST = 1e-9
"""Relative slack when a decimal figure becomes whole kbit/s: 0.3 Mbit/s is 300, not 301."""


def up(mbps: float) -> int:
    """Demand in kbit/s, rounded up: 0.3 Mbit/s is 300."""
    return ceil(mbps * KBPS * (1 - SMALLEST))


@dataclass(frozen=True, slots=True)
class Demand:
    """Busy-hour demand of one site, kbit/s."""

    down: int
    """Core to site."""
    up: int
    """Site to core."""
    degraded_down: int
    """What the backup must carry, core to site."""
    degraded_up: int
    """What the backup must carry, site to core."""
    realtime: int
    """Voice and videoconference, busier direction."""
    degraded_realtime: int
    """The same on the backup."""


class Candidates:
    """Everything derived once from the network."""

    def __init__(self, network: Network) -> None:
        self.network = network
        records = network.records
        self.core = network.core
        self.policy = records.network_policy
        self.money = Money.of(records.money.discount_rate.value, records.money.horizon_years)
        self.links: dict[str, CandidateLink] = {link.id: link for link in network.links}
        self.exchanges = {exchange.id: exchange for exchange in records.exchanges}
        self.sites = {site.id: site for site in records.sites if site.id in network.demands}
        self.demands = {site: self._demand(site) for site in self.sites}
        self.trunks = tuple(link for link in network.links if link.kind == "trunk")
        self.enough_kbps = ceil(sum(max(d.down, d.up) for d in self.demands.values()) / self.occupancy)
        self._fronts: dict[str, tuple[Purchase, ...]] = {}

    @property
    def occupancy(self) -> float:
        """Largest allowed load as a share of capacity."""
        return self.policy.max_occupancy.value

    def class_policy(self, site: str) -> ClassPolicy:
        """Return what the site's class is promised."""
        return self.network.records.classes[self.sites[site].site_class]

    def front(self, link: str) -> tuple[Purchase, ...]:
        """Return the undominated purchases of one link."""
        if link not in self._fronts:
            self._fronts[link] = frontier(self.links[link], self.money, self.enough_kbps)
        return self._fronts[link]

    def usable(self, capacity_kbps: int) -> int:
        """Return the load, whole kbit/s, that a capacity may carry."""
        return floor(self.occupancy * capacity_kbps * (1 + SMALLEST))

    def opening_vnd(self, exchange: str) -> int:
        """Present value of equipping an exchange as a concentration point."""
        record = self.exchanges[exchange]
        return self.money.present_value(record.concentration_one_off_vnd, record.concentration_monthly_vnd)

    @cached_property
    def survived_kinds(self) -> frozenset[str]:
        """Kinds of failure that some class with sites must survive."""
        return frozenset(kind for site in self.sites for kind in self.class_policy(site).survive)

    @cached_property
    def survived_states(self) -> tuple[FailureState, ...]:
        """States in which the loads must be within limits."""
        return tuple(state for state in self.network.states if state.kind in self.survived_kinds)

    @cached_property
    def _states(self) -> Mapping[str, FailureState]:
        return {state.id: state for state in self.network.states}

    def state(self, state: str) -> FailureState:
        """Return the state with this id."""
        return self._states[state]

    @cached_property
    def groups(self) -> tuple[FailureState, ...]:
        """Survived states that can hit two links: a single link's failure is covered by link-disjointness."""
        return tuple(s for s in self.survived_states if len(s.links) > 1 or s.exchanges or s.kind != "link")

    @cached_property
    def _masks(self) -> tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]]:
        links: dict[str, int] = {}
        nodes: dict[str, int] = {}
        kinds: dict[str, int] = {}
        for index, state in enumerate(self.groups):
            bit = 1 << index
            kinds[state.kind] = kinds.get(state.kind, 0) | bit
            for link in state.links:
                links[link] = links.get(link, 0) | bit
            for node in state.exchanges:
                nodes[node] = nodes.get(node, 0) | bit
        return links, nodes, kinds

    def link_mask(self, link: str) -> int:
        """Bit set of the groups that take the link down."""
        return self._masks[0].get(link, 0)

    def node_mask(self, exchange: str) -> int:
        """Bit set of the groups that take the exchange down."""
        return self._masks[1].get(exchange, 0)

    def kind_mask(self, kinds: Iterable[str]) -> int:
        """Bit set of all groups of these kinds."""
        mask = 0
        for kind in kinds:
            mask |= self._masks[2].get(kind, 0)
        return mask

    def group_names(self, mask: int) -> list[str]:
        """Ids of the groups in a bit set."""
        return [state.id for index, state in enumerate(self.groups) if mask >> index & 1]

    def _demand(self, site: str) -> Demand:
        demand = self.network.demands[site]
        share = self.class_policy(site).degraded_share.value
        realtime = max(sum(demand.by_class.get(c, (0.0, 0.0))[way] for c in ("ef", "af41")) for way in (0, 1))
        return Demand(
            down=up(demand.down_mbps),
            up=up(demand.up_mbps),
            degraded_down=up(demand.down_mbps * share),
            degraded_up=up(demand.up_mbps * share),
            realtime=up(realtime),
            degraded_realtime=up(realtime * share),
        )
