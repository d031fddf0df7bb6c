"""The data-centre half of the plan: hosts, machines, racks."""

from typing import Literal

from planner.plan.part import Cost, Part, StateId, Why
from topology.schema.base import Id, InterfaceName, Level


class HostDecision(Part):
    """A physical server: existing or to buy."""

    id: Id
    """`host-01`."""
    model: Id
    """Host model."""
    rack: Id
    """Where it stands."""
    bottom_u: int
    """Lowest rack unit, 1 at the floor."""
    feeds: tuple[Id, ...]
    """Power paths it is plugged into."""
    existing: bool
    """Kept, not bought."""
    machines: tuple[Id, ...]
    """VMs placed on it."""
    used: dict[str, float]
    """vcpu, memory_gib, disk_gib, iops, network_mbps used."""
    usable: dict[str, float]
    """The same, usable after overcommitment and reserves."""
    height_u: int
    """Rack units."""
    power_w: float
    """Watts at full load."""
    weight_kg: float
    """Weight."""
    ports: int
    """Switch ports."""
    cost: Cost
    """Purchase, support, energy."""
    why: Why
    """Why it is there."""


class Interface(Part):
    """One leg of a machine."""

    segment: Id
    """Segment it stands in."""
    name: InterfaceName
    """Name inside the machine."""
    address: str
    """IPv4 address with prefix length, `10.17.2.11/24`."""
    gateway: str | None = None
    """Default gateway, on at most one interface."""
    virtual: tuple[str, ...] = ()
    """Addresses with prefix length that move between the members of a pair (VRRP)."""


class Machine(Part):
    """A VM, an appliance, a site gateway or a client: what Ansible can reach."""

    id: Id
    """`fw-a`, `mail-1`, `gw-05083`; the host name too."""
    fqdn: str
    """Full name."""
    role: Id
    """Kind of machine: decides playbook and components."""
    service: Id | None
    """Service it belongs to."""
    site: Id
    """Where it is."""
    zone: InterfaceName
    """Security zone of its first interface."""
    level: Level
    """Security level."""
    form: Literal["vm", "appliance", "client"]
    """How it is built."""
    host: Id | None = None
    """Physical server of a VM."""
    rack: Id | None = None
    """Rack of an appliance, or of the VM's host."""
    bottom_u: int | None = None
    """Lowest rack unit of an appliance."""
    peer: Id | None = None
    """The other member of a pair."""
    interfaces: tuple[Interface, ...]
    """Its legs; the first one names it in the inventory."""
    vcpu: float = 0
    """Virtual processors."""
    memory_gib: float = 0
    """GiB."""
    disk_gib: float = 0
    """GiB."""
    iops: float = 0
    """Operations a second."""
    network_mbps: float = 0
    """Mbit/s."""
    height_u: int = 0
    """Rack units of an appliance."""
    power_w: float = 0
    """Watts of an appliance."""
    sizing: tuple[tuple[str, str], ...] = ()
    """The arithmetic of its size, step by step: (what, formula with numbers)."""
    cost: Cost = Cost()
    """Purchase of an appliance."""
    why: Why
    """Why it is there, of this size, on this host."""


class RackUse(Part):
    """What a rack carries, all planned things included."""

    id: Id
    """Rack."""
    room: Id
    """Room."""
    height_u: int
    """Rack units."""
    used_u: int
    """Taken, reserved units included."""
    power_w: float
    """Watts of everything in it."""
    feed_limit_w: float
    """Watts that one feed carries alone at this rack."""
    cooling_w: float
    """Heat removed."""
    weight_kg: float
    """Weight of everything in it."""
    max_weight_kg: float
    """Allowed."""
    ports: int
    """Switch ports used."""
    switch_ports: int
    """Switch ports there."""


class Evacuation(Part):
    """Where machines go when something fails: the proof of N+1."""

    state: StateId
    """`host:…`, `rack:…` or `feed:…`."""
    moves: dict[Id, Id]
    """Machine → host it starts on again."""


class DataCentre(Part):
    """The data-centre half."""

    hosts: tuple[HostDecision, ...]
    """Sorted by id."""
    racks: tuple[RackUse, ...]
    """Sorted by id."""
    evacuations: tuple[Evacuation, ...]
    """One for each state that must be survived."""
    used_share: dict[str, float]
    """Resource → used share of the pool with the worst survived failure."""
