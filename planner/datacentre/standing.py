"""What the machines of rooms away from the core put on the lines of their sites.

    e_s = Σ_{g at s} N_g·w_g           each way, on top of what the site asks for itself                     (room)

N_g  machines of a workload      w_g  busy-hour Mbit/s of each, as sized      s  site of the room
The firewall stands at the core, so all that they exchange passes it: their users' traffic, that with other machines,
and that among themselves, which is counted too.
"""

from collections.abc import Iterable
from dataclasses import replace

from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group, expand
from topology.demands import demands, hosted
from topology.model import Hosting, Network


def settled(network: Network, hosting: Hosting) -> Network:
    """Return the network with this hosting: the machines away from the core sized, their traffic on their lines."""
    if hosting.stands:
        alone = replace(hosting, stands={}, stands_mbps={})
        groups = expand(network.records, demands(network.records, alone), hosting)
        hosting = replace(hosting, stands_mbps=stands_mbps(groups, hosting))
    return hosted(network, hosting)


def stands_mbps(groups: Iterable[Group], hosting: Hosting) -> dict[str, float]:
    """Return workload away from the core → Mbit/s of its machines, each way."""
    at = RESOURCES.index("network_mbps")
    return {group.id: round(group.count * group.need[at], 6) for group in groups if group.id in hosting.stands}
