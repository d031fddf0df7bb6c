"""Pools of hosts: what their machines need, what the worst survived loss would take, what is left.

    reserve = C - min_k C[k]      share = (used + planned + committed) / (C - reserve)                       (hosts)

C  usable of all hosts of the pool      C[k]  of those that state k spares: hosts, racks, rooms without a second feed
Machines that share no host with the others, by law or by level, have a pool of their own.
"""

from collections.abc import Iterable, Iterator

from planner.datacentre.hardware import Hardware
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import expand, idle_pool, pool_of
from planner.ledger.entry import Claims, Limits, make, part
from planner.plan import HostDecision, LedgerEntry, Plan
from topology.model import Network
from topology.order import natural

SHARED = "shared"
NAME = "hosts"


def host_entries(plan: Plan, network: Network, committed: Network | None) -> Iterator[LedgerEntry]:
    """Give the entries of every pool, those of the shared one first."""
    hardware, records = Hardware(network.records), network.records
    limits = Limits(records.placement.warn_share.value, records.placement.full_share.value)
    machines = {machine.id: machine for machine in plan.machines}
    pools: dict[str, list[HostDecision]] = {}
    for host in plan.datacentre.hosts:
        here = {pool_of(records, m.zone, m.level, m.site) for m in (machines[name] for name in host.machines)}
        pools.setdefault(min(here, default=idle_pool(records, hardware.rooms[host.rack].site)), []).append(host)
    now, then = _needs(network), _needs(committed) if committed else {}
    for pool in sorted({*pools, *then}, key=lambda name: (name != SHARED, name)):
        hosts = pools.get(pool, [])
        lost = _losses(hardware, hosts)
        for k, resource in enumerate(RESOURCES):
            capacity = sum(host.usable[resource] for host in hosts)
            reserve = max((sum(host.usable[resource] for host in hosts if host.id in gone) for gone in lost), default=0)
            more = max(0.0, then[pool][k] - now.get(pool, (0.0,) * len(RESOURCES))[k]) if pool in then else 0.0
            claims = Claims(
                used=sum(host.used[resource] for host in hosts if host.existing),
                planned=sum(host.used[resource] for host in hosts if not host.existing),
                reserve=reserve,
                committed=more,
            )
            share = part(claims.used + claims.planned + claims.committed, capacity - reserve)
            yield make("hosts", name_of(pool), resource, capacity, claims, limits, share)


def name_of(pool: str) -> str:
    """Return the id of a pool in the ledger."""
    return NAME if pool == SHARED else f"{NAME}:{pool}"


def _needs(network: Network) -> dict[str, tuple[float, ...]]:
    """Pool → what its machines need of each resource."""
    found: dict[str, list[float]] = {}
    for group in expand(network.records, network.demands, network.hosting):
        if group.form == "vm":
            sums = found.setdefault(group.pool, [0.0] * len(RESOURCES))
            for k, need in enumerate(group.need):
                sums[k] += need * group.count
    return {pool: tuple(sums) for pool, sums in found.items()}


def _losses(hardware: Hardware, hosts: Iterable[HostDecision]) -> list[frozenset[str]]:
    """Return the sets of hosts of a pool that a survived state takes at once."""
    held = list(hosts)
    found = [frozenset(host.id for host in held if host.rack in racks) for racks in hardware.worst_losses.values()]
    found += [frozenset({host.id}) for host in held if hardware.single_host_counts(host.rack)]
    return [frozenset(natural(gone)) for gone in found if gone]
