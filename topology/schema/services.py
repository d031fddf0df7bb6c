"""What the province runs: services, their traffic and workloads, zones and flows."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from topology.schema.base import Amount, Count, Id, InterfaceName, Level, Name, Record, ServiceClass, Share, SiteClass
from topology.schema.geography import Growth

LAST_PORT = 65535


def expand_ports(ports: object) -> object:
    """Return the list with every range `first-last` written out; what is no range is left to the model.

    Raises
    ------
    ValueError
        A range that runs backwards or past the last port.

    """
    if not isinstance(ports, list):
        return ports
    single: list[object] = []
    for port in ports:
        first, dash, last = str(port).partition("-")
        if not (isinstance(port, str) and dash and first.isdecimal() and last.isdecimal()):
            single.append(port)
            continue
        if len(port) > 11 or not 1 <= int(first) <= int(last) <= LAST_PORT:
            message = f"a range of ports between 1 and {LAST_PORT}, the smaller first"
            raise ValueError(message)
        single += range(int(first), int(last) + 1)
    return tuple(single)


Ports = Annotated[
    tuple[Annotated[int, Field(ge=1, le=LAST_PORT)], ...],
    BeforeValidator(expand_ports),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": LAST_PORT},
                    {"type": "string", "pattern": "^[0-9]{1,5}-[0-9]{1,5}$"},
                ]
            },
        }
    ),
]


class Traffic(Record):
    """Busy-hour traffic between the core and every site of some classes."""

    id: Id
    """Unique within the service."""
    service_class: ServiceClass
    """Differentiated-services class."""
    site_classes: tuple[SiteClass, ...] = Field(min_length=1)
    """Which sites."""
    sites: tuple[Id, ...] = ()
    """Only these of them; empty means all."""
    per: Literal["site", "official", "workstation", "endpoint", "thousand-people"]
    """What the rates are multiplied by."""
    down_mbps: Amount
    """Core to site, Mbit/s per unit."""
    up_mbps: Amount
    """Site to core, Mbit/s per unit."""
    concurrency: Share
    """Share of the units active in the busy hour."""


class Sizing(Record):
    """How a machine's size follows from the demands; the formulas are in docs/models/appliances.md."""

    kind: Literal[
        "firewall",
        "mail-gateway",
        "log-store",
        "conference",
        "backup",
        "antivirus",
        "mirror",
        "web",
        "integration",
        "waf",
        "load-balancer",
    ]
    """Which formula."""
    parameters: dict[str, Amount]
    """Exactly those that docs/models/appliances.md lists for the kind; an unknown or missing one is an error."""


class Beside(Record):
    """Another workload that this one stands together with, in normal operation and while a loss lasts."""

    workload: Id
    """Which."""
    within: Literal["host", "rack", "room"]
    """Each machine stands in the same host, rack or room as one of its machines."""


class Apart(Record):
    """Another workload that this one stands far from, as a copy of data does from what it is a copy of."""

    workload: Id
    """Which."""
    least_km: Amount
    """Least distance between their sites, straight, km."""


class Workload(Record):
    """A machine or group of equal machines that a service needs (`services.yaml`)."""

    id: Id
    """Machines are named `<id>-1 …` unless `machines` names them."""
    role: Id
    """Kind of machine: decides the Ansible role."""
    form: Literal["vm", "appliance"]
    """On a host, or in a rack by itself."""
    zone: Id
    """Security zone."""
    replicas: int = Field(ge=1, le=64)
    """How many machines."""
    spare: int = Field(ge=0, le=63, default=0)
    """How many of its machines may be down without the service stopping."""
    machines: tuple[Id, ...] = ()
    """Names, when they are not numbered."""
    spread: Literal["none", "host", "rack"]
    """Replicas stand on different hosts or racks."""
    beside: tuple[Beside, ...] = ()
    """Workloads that its machines stand together with."""
    sites: tuple[Id, ...] = ()
    """Sites with a room where its machines may stand, all at one of them; empty means the core."""
    apart: tuple[Apart, ...] = ()
    """Workloads that its machines stand far from."""
    address_offset: int = Field(ge=2, le=239)
    """Host number of the first machine in the zone's /24; the others follow. Given once and kept for ever.
    1 is the gateway, 2 and 3 are the firewalls, in every zone."""
    vcpu: Amount
    """Virtual processors of each."""
    memory_gib: Amount
    """GiB of each."""
    disk_gib: Amount
    """GiB of each."""
    iops: Amount
    """Input and output operations a second of each."""
    network_mbps: Amount
    """Busy-hour Mbit/s of each."""
    height_u: int = Field(ge=0, le=48, default=0)
    """Rack units of an appliance."""
    power_w: Amount | None = None
    """Watts of an appliance."""
    weight_kg: Amount | None = None
    """Weight of an appliance."""
    ports: int = Field(ge=0, le=64, default=2)
    """Switch ports of an appliance: one to each switch of the rack."""
    price_vnd: Count | None = None
    """Price of an appliance."""
    licence: Id | None = None
    """Workloads of one licence stay on as few hosts as the licence covers."""
    sizing: Sizing | None = None
    """When given, the numbers above are the smallest allowed and the formula may raise them."""


class Service(Record):
    """Something the province offers or runs (`services.yaml`)."""

    id: Id
    """Short id."""
    name: Name
    """For reports."""
    level: Level
    """Security level."""
    growth: Growth
    """Yearly growth of its demands and workloads."""
    traffic: tuple[Traffic, ...] = ()
    """Its traffic on the dedicated network."""
    workloads: tuple[Workload, ...] = ()
    """Its machines."""
    integrates: tuple[Id, ...] = ()
    """Services it talks to through the integration platform."""
    facts: tuple[Id, ...] = ()
    """Facts of `facts.yaml` that it was sized from."""


class Zone(Record):
    """A security zone (`zones.yaml`), Circular 12/2022/TT-BTTTT annexes I–V part II.1."""

    id: InterfaceName
    """Also the name of the interface that stands in it."""
    name: Name
    """For reports."""
    kind: Literal[
        "internal", "edge", "dmz", "server", "database", "management", "wireless", "backup", "wan", "sync", "site"
    ]
    """What the regulation calls it; `wan` carries the dedicated network, `sync` joins the firewalls,
    `site` lies behind the wan."""
    vlan: int = Field(ge=2, le=4094)
    """802.1Q id."""
    vrf: Literal["tslcd", "internet", "mgmt"]
    """Routing instance; they meet only at the firewall."""
    address_slot: int = Field(ge=0, le=15)
    """Which /24 of the core block; for a `site` zone which part of each site's block (0–4); for the `wan` zone which
    /20 of the province (13–15)."""
    function: Literal["lan", "vc", "voice", "mgmt"] | None = None
    """For a `site` zone: which network of each site."""
    separation: Literal["logical", "physical"] = "logical"
    """Level 4 asks for physical separation."""


class Flow(Record):
    """An allowed flow (`flows.yaml`); everything else is refused."""

    id: Id
    """Named in the rule's comment and in the test report."""
    source: InterfaceName
    """Zone."""
    destination: InterfaceName
    """Zone."""
    roles: tuple[Id, ...] = ()
    """Machines' roles in the destination zone; empty means the whole zone."""
    source_roles: tuple[Id, ...] = ()
    """Machines' roles in the source zone; empty means the whole zone."""
    protocol: Literal["tcp", "udp", "icmp"]
    """Transport."""
    ports: Ports = ()
    """Destination ports, single or as a range `10000-10199`; empty only for icmp."""
    purpose: str = Field(min_length=3)
    """Why it is allowed."""
    max_connections: int | None = Field(default=None, ge=1)
    """Limit of concurrent connections per source."""


class RoomCost(Record):
    """What a small server room costs as long as it runs (`small_data_centres.yaml`, `running`)."""

    server_power_w: Amount
    """Watts of one server."""
    pue: Amount
    """Power usage effectiveness of the room, at least 1."""
    upkeep_vnd_per_year: Count
    """Support of one server and its yearly share of a replacement."""
    room_vnd_per_year: Count
    """The room itself: air conditioning, batteries, supervision."""
    move_vnd: Count
    """Work and licences to move one server, once."""


class SmallDataCentre(Record):
    """One of the small server rooms that may move into the data centre (`small_data_centres.yaml`)."""

    id: Id
    """Short id."""
    owner: str
    """Agency."""
    site: Id
    """Department site where it stands."""
    servers_min: Count
    """Smallest stated number of servers."""
    servers_max: Count
    """Largest stated number of servers."""
    vm: Workload
    """What one server becomes when it moves."""
    running_min: int = Field(ge=0, default=0)
    """Servers that run at any time: no more than the others are switched over in one window."""
    running: RoomCost | None = None
    """What the room costs as it is; without it nothing says whether moving pays, and the servers move."""


class Moving(Record):
    """How servers of small data centres move (`small_data_centres.yaml`, `moving`)."""

    window_hours: Amount
    """Length of a maintenance window."""
    windows_per_week: int = Field(ge=1, le=14)
    """Maintenance windows a week."""
    weeks_max: int = Field(ge=1, le=104)
    """All moves end within these weeks."""
    switched_per_window: int = Field(ge=1, le=64)
    """Servers, over all rooms, that the staff can switch over in one window."""
    used_share: Share
    """Share of a disk that is copied."""
    busy_share: Share
    """Load of the lines during a window, as a share of the busy hour's."""
    staging_share: Share
    """Space that the copy takes on the new host beside the new disk until the switch, as a share of the disk."""


class Conference(Record):
    """A videoconference tree (`videoconference.yaml`)."""

    id: Id
    """Short id."""
    name: Name
    """For reports."""
    root: Id
    """Site at the top."""
    members: tuple[SiteClass, ...]
    """Classes of sites that take part."""
    endpoint_mbps: dict[SiteClass, Amount]
    """Rate of one endpoint each way, Mbit/s."""
    cascade: Literal["allowed", "required", "no"]
    """Whether district bridges may stand between."""
    bridge_capacity: Count
    """Endpoints that one bridge serves."""
    concurrent: bool
    """Meets in the same hour as the other concurrent trees; else in an hour of its own."""
    cascade_mbps: Amount | None = None
    """Rate of the stream between two bridges of the tree each way; without it the tree has the core's alone."""


class Bridge(Record):
    """A bridge as a box of its own, away from the data centre (`videoconference.yaml`, `bridge`)."""

    places: tuple[Literal["department", "district"], ...] = Field(min_length=1)
    """Classes of sites that may hold it; the core's bridges are machines of the data centre."""
    price_vnd: Count
    """Purchase."""
    support_vnd_per_year: Count
    """Support contract."""
    power_w: Amount
    """Watts, cooling included."""
