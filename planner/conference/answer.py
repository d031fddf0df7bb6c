"""The videoconference part of a plan: bridges, homes, trees side by side, who loses the meeting."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from planner.conference.bridging import Bridging, box_cost, spare_bridges
from planner.conference.model import Steps
from planner.datacentre.answer import DataCentreAnswer
from planner.plan import BridgePlace, BridgingOption, Conference, Cost, MeetingLoss, TreeLoad, Why
from planner.plan import Network as Decided
from topology import conference
from topology.candidates import short
from topology.conference import Group
from topology.demands import hosted
from topology.model import FLAT, Hosting, Network
from topology.order import natural
from topology.schema.base import ServiceClass
from topology.schema.services import Conference as Tree

REALTIME: tuple[ServiceClass, ...] = ("ef", "af41")


def box_names(hosting: Hosting) -> dict[str, tuple[str, ...]]:
    """Return site → names of its bridges, those of the core left out."""
    return {
        site: tuple(f"bridge-{short(site)}-{number}" for number in range(1, count + 1))
        for site, count in hosting.boxes.items()
    }


def per_district(network: Network) -> Hosting | None:
    """Return the hosting with the communes of each district at a bridge of that district; None where none may."""
    records = network.records
    homes = {
        group.id: district
        for group in conference.groups(records)
        if group.communes and (district := group.id.split(":")[1]) in conference.places(records, group)
    }
    return Hosting(homes=homes, moved=network.hosting.moved) if homes else None


def conference_part(
    network: Network,
    decided: Decided,
    datacentre: DataCentreAnswer,
    bridging: Bridging,
    steps: Mapping[str, Steps],
    houses: Mapping[int, int],
) -> Conference | None:
    """Put the part together; nothing is decided here.

    Parameters
    ----------
    network
        With the hosting decided.
    houses
        Bridges at the core → present value of the data centre that has them, where it is known.

    """  # fmt: skip
    records = network.records
    if not records.conferences:
        return None
    known = conference.groups(records)
    hours = conference.hours(records)
    district = per_district(network)
    return Conference(
        homes=dict(network.hosting.homes),
        bridges=_places(network, datacentre, known),
        may_hold=tuple(natural({p for group in known for p in conference.places(records, group)} - {network.core})),
        hours=hours,
        places={hour: len({s for g in known if g.tree in trees for s in g.sites}) for hour, trees in hours.items()},
        trees=tuple(_tree(network, tree, known, district) for tree in records.conferences),
        options=_options(network, bridging, district, steps, houses),
        losses=_losses(network, decided, datacentre, known),
        fullest=decided.sweep.highest[0] if decided.sweep.highest else None,
        realtime=_realtime(network, decided),
    )


def core_machines(datacentre: DataCentreAnswer) -> tuple[str, ...]:
    """Return the bridges among the machines of the data centre."""
    return tuple(natural(name for name, s in datacentre.standing.items() if s.group.role == "conference"))


def core_mbps(network: Network, hosting: Hosting, trees: Sequence[str]) -> float:
    """Return what the core's bridges pass each way: Σ rates of the endpoints there + Σ streams of other bridges."""
    records, core = network.records, network.core
    known = [group for group in conference.groups(records) if group.tree in trees]
    rate = {tree.id: tree.cascade_mbps.value for tree in records.conferences if tree.cascade_mbps}
    found = sum(len(g.sites) * g.mbps for g in known if hosting.homes.get(g.id, core) == core)
    found += sum(
        rate[tree] * len(away) for tree, away in conference.legs(records, hosting.homes, known).items() if away
    )
    return round(found, 3)


def _places(network: Network, datacentre: DataCentreAnswer, known: Sequence[Group]) -> tuple[BridgePlace, ...]:
    records, core, hosting = network.records, network.core, network.hosting
    names = {core: core_machines(datacentre)} | box_names(hosting)
    each = box_cost(records)
    found = []
    for site in natural(names):
        served = tuple(group.id for group in known if hosting.homes.get(group.id, core) == site)
        count = 0 if site == core else len(names[site])
        found.append(
            BridgePlace(
                site=site,
                machines=names[site],
                groups=served,
                seats={seat.hour: seat.seats for seat in conference.seats(records, hosting, site)},
                cost=Cost(
                    one_off_vnd=count * each.one_off_vnd,
                    monthly_vnd=count * each.monthly_vnd,
                    present_value_vnd=count * each.present_value_vnd,
                ),
                why=Why(
                    code="bridge-core" if site == core else "bridge-away",
                    facts={"machines": len(names[site]), "groups": len(served), "spare": spare_bridges(records) or 0},
                    binding=("seats", "spare"),
                ),
            )
        )
    return tuple(found)


def _tree(network: Network, held: Tree, known: Sequence[Group], district: Hosting | None) -> TreeLoad:
    tree = held.id
    own = [group for group in known if group.tree == tree]
    flat, cascade = (core_mbps(network, hosting, [tree]) for hosting in (FLAT, district or FLAT))
    by_rate: dict[float, int] = {}
    for group in own:
        by_rate[group.mbps] = by_rate.get(group.mbps, 0) + len(group.sites)
    text = " + ".join(f"{count} × {rate:g}" for rate, count in sorted(by_rate.items(), reverse=True))
    steps = [("flat", f"{text} = {flat:g} Mbit/s each way through the core's bridges")]
    if district and any(group.id in district.homes for group in own):
        legs = len(conference.legs(network.records, district.homes, own).get(tree, ()))
        rate = held.cascade_mbps.value if held.cascade_mbps else 0.0
        stay = cascade - legs * rate
        steps.append(("cascade", f"{stay:g} of endpoints at the core + {legs} bridges × {rate:g} = {cascade:g} Mbit/s"))
        for group in own:
            if home := district.homes.get(group.id):
                at, all_ = len(group.sites), len(group.sites) * group.mbps
                steps += [(group.id, f"{at} communes × {group.mbps:g} = {all_:g} Mbit/s at {home}")]
    return TreeLoad(
        tree=tree,
        name=held.name,
        endpoints=sum(len(group.sites) for group in own),
        core_mbps=core_mbps(network, network.hosting, [tree]),
        flat_mbps=flat,
        cascade_mbps=cascade,
        arithmetic=tuple(steps),
    )


def needed(network: Network, hosting: Hosting) -> Hosting:
    """Return the hosting with the fewest bridges that serve it: spares where the endpoints are."""
    spare = spare_bridges(network.records) or 0
    away = natural({*hosting.homes.values()})
    boxes = {site: _most(network, hosting, site) + spare for site in away}
    return Hosting(hosting.homes, boxes, _most(network, hosting, network.core) + spare, hosting.moved)


def _most(network: Network, hosting: Hosting, site: str) -> int:
    units = [seat.units for seat in conference.seats(network.records, hosting, site)]
    return -(-max(units, default=Fraction()) // 1)


def _options(
    network: Network,
    bridging: Bridging,
    district: Hosting | None,
    steps: Mapping[str, Steps],
    houses: Mapping[int, int],
) -> tuple[BridgingOption, ...]:
    flat = needed(network, Hosting(moved=network.hosting.moved))
    must = any(network.core not in conference.places(network.records, g) for g in conference.groups(network.records))
    found = [_option(network, "decided", network.hosting, steps, houses, possible=True)]
    found.append(_option(network, "flat", flat, steps, houses, possible=not must))
    if district:
        found.append(_option(network, "districts", needed(network, district), steps, houses, possible=True))
    return tuple(found)


def _option(
    network: Network,
    name: str,
    hosting: Hosting,
    steps: Mapping[str, Steps],
    houses: Mapping[int, int],
    *,
    possible: bool,
) -> BridgingOption:
    records = network.records
    base, then = (hosted(network, Hosting(h.homes, moved=frozenset())).demands for h in (FLAT, hosting))
    more = {site: then[site].peak_mbps - base[site].peak_mbps for site in hosting.boxes}
    lines = {
        site: next((price for limit, price in steps.get(site, ()) if extra <= limit + 1e-9), None)
        for site, extra in more.items()
    }
    count = hosting.core_bridges or 0
    return BridgingOption(
        name=name,
        possible=possible and None not in lines.values(),
        core_bridges=count,
        boxes=sum(hosting.boxes.values()),
        core_mbps={hour: core_mbps(network, hosting, trees) for hour, trees in conference.hours(records).items()},
        line_mbps=round(max(more.values(), default=0.0), 3),
        boxes_vnd=sum(hosting.boxes.values()) * box_cost(records).present_value_vnd,
        lines_vnd=sum(price or 0 for price in lines.values()),
        hosts_vnd=houses.get(count),
    )


def _losses(
    network: Network, decided: Decided, datacentre: DataCentreAnswer, known: Sequence[Group]
) -> tuple[MeetingLoss, ...]:
    """Say who is out of the meeting: after the loss of one bridge of a place, and of what cuts off a member."""
    core, hosting = network.core, network.hosting
    names = {core: core_machines(datacentre)} | box_names(hosting)
    found = []
    for site in natural(names):
        if not names[site]:
            continue
        hit = lost_of_one(network, known, site, {place: len(machines) for place, machines in names.items()})
        found.append(MeetingLoss(state=f"bridge:{names[site][0]}", moved=hit[0], lost=hit[1]))
    members = {site for group in known for site in group.sites}
    for state, sites in decided.sweep.cut_off.items():
        out = [site for site in sites if site in members]
        out += [s for g in known if hosting.homes.get(g.id) in sites for s in g.sites if s not in out]
        if out:
            found.append(MeetingLoss(state=state, moved=0, lost=tuple(natural(set(out)))))
    return tuple(found)


def lost_of_one(
    network: Network, known: Sequence[Group], site: str, count: Mapping[str, int]
) -> tuple[int, tuple[str, ...]]:
    """Return endpoints that go on at other bridges and sites that do not, when one bridge of a place fails.

    In the hour that is worst for the place. Those of the failed bridge take the seats left at the place, then free
    seats of the core; who finds none is counted from the last group of the place.
    """
    records, core, homes = network.records, network.core, network.hosting.homes
    capacity = {tree.id: tree.bridge_capacity.value for tree in records.conferences}
    found: list[tuple[int, int, tuple[str, ...]]] = []
    for hour, here, at_core in _hours(network, site):
        trees = conference.hours(records)[hour]
        served = [(g.tree, s) for g in known if g.tree in trees and homes.get(g.id, core) == site for s in g.sites]
        free = Fraction() if site == core else max(Fraction(), Fraction(count[core]) - at_core)
        missing = here - (count[site] - 1) - free
        lost: list[str] = []
        for tree, member in reversed(served):
            if missing <= 0:
                break
            lost.append(member)
            missing -= Fraction(1, capacity[tree])
        hit = min(len(served), max(capacity[tree] for tree in trees))
        found.append((len(lost), max(0, hit - len(lost)), tuple(natural(set(lost)))))
    worst = max(found, default=(0, 0, ()))
    return worst[1], worst[2]


def _hours(network: Network, site: str) -> list[tuple[str, Fraction, Fraction]]:
    """Hour → bridges' worth of seats at the place, and at the core."""
    here, core = (
        {seat.hour: seat.units for seat in conference.seats(network.records, network.hosting, place)}
        for place in (site, network.core)
    )
    return [(hour, units, core.get(hour, Fraction())) for hour, units in here.items()]


def _realtime(network: Network, decided: Decided) -> tuple[str, float] | None:
    """Return the site whose primary access gives the largest share to voice and pictures."""
    links = {link.id: link for link in decided.links}
    shares = []
    for site in decided.sites:
        classes = network.demands[site.id].by_class
        busy = max(sum(classes.get(name, (0.0, 0.0))[way] for name in REALTIME) for way in (0, 1))
        shares.append((-busy / links[site.primary.links[0]].capacity_mbps, site.id))
    return (min(shares)[1], round(-min(shares)[0], 4)) if shares else None
