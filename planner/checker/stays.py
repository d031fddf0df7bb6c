"""Counts again what stays where an earlier plan had it, from the two plans alone."""

from collections.abc import Iterator

from planner.checker.violation import Violation
from planner.plan import LineStays, Plan, SiteDecision
from topology.model import Network


def verify_stays(plan: Plan, network: Network, previous: Plan | None) -> tuple[int, list[Violation]]:
    """Return the number of checks made and all violations."""
    if plan.stays is None:
        return 0, list(_stays(plan, previous))
    told = plan.stays.lines
    checked = plan.stays.machines + (told.lines if told else 0)
    return checked, [*_stays(plan, previous), *_lines(plan, network, told, previous)]


def _stays(plan: Plan, previous: Plan | None) -> Iterator[Violation]:
    told = plan.stays
    if told is None:
        if previous is not None:
            yield Violation("stays", "all", "an earlier plan was given and nothing is said of it")
        return
    now = {machine.id: machine for machine in plan.machines}
    for move in told.moves:
        there = now.get(move.machine)
        if there is None or (there.host, there.rack) != (move.to_host, move.to_rack):
            yield Violation("stays", move.machine, "does not stand where its move leads")
        if (move.from_host, move.from_rack) == (move.to_host, move.to_rack):
            yield Violation("stays", move.machine, "is said to move and stays")
    if (
        told.stay != told.machines - len({move.machine for move in told.moves})
        or not told.stay <= told.most <= told.machines
    ):
        yield Violation("stays", "all", f"{told.stay} of {told.machines} stay, {len(told.moves)} move")
    if previous is None:
        return
    if told.digest != previous.digest:
        yield Violation("stays", told.digest[:12], "is not the earlier plan")
    moves = {move.machine: move for move in told.moves}
    count = same = 0
    for old in previous.machines:
        new = now.get(old.id)
        if new is None or not (old.host or old.bottom_u is not None) or not (new.host or new.bottom_u is not None):
            continue
        count += 1
        stays = (old.host, old.rack) == (new.host, new.rack)
        same += stays
        told_of = moves.get(old.id)
        wrong = told_of is not None and (told_of.from_host, told_of.from_rack) != (old.host, old.rack)
        if stays == (told_of is not None) or wrong:
            yield Violation("stays", old.id, "stays or moves otherwise than the plan says")
    if (count, same) != (told.machines, told.stay):
        yield Violation("stays", "all", f"{same} of {count} stay, not {told.stay} of {told.machines}")


def _lines(plan: Plan, network: Network, told: LineStays | None, previous: Plan | None) -> Iterator[Violation]:
    """Count lines, points and carriers; without the earlier plan what is said must still fit this one."""
    if told is None:
        yield Violation("stays", "lines", "nothing is said of the lines")
        return
    now = {link.id: link for link in plan.network.links}
    points = {point.id for point in plan.network.concentration_points}
    gone, new = set(told.ended) & now.keys(), (set(told.begun) | set(told.resized)) - now.keys()
    for name in sorted(gone | new):
        yield Violation("stays", name, "ends and is leased" if name in gone else "is said to be leased and is not")
    if set(told.closed) & points or not set(told.opened) <= points:
        yield Violation("stays", "points", "are not those that were opened and closed")
    if (told.stay, told.points_stay) != (told.lines - len(told.ended), told.points - len(told.closed)) or not (
        told.stay <= told.offered <= told.lines
    ):
        yield Violation("stays", "lines", f"{told.stay} of {told.lines} stay, {len(told.ended)} end")
    if previous is None:
        return
    old = {link.id: link for link in previous.network.links}
    open_before = {point.id for point in previous.network.concentration_points}
    sites = {site.id: site for site in plan.network.sites}
    both = [(site, sites[site.id]) for site in previous.network.sites if site.id in sites]
    found = {
        "lines": len(old),
        "stay": sum(name in now for name in old),
        "offered": len({link.id for link in network.links if link.id in old}),
        "whole": len(both) == len(sites) == len(previous.network.sites) and all(_same(*pair) for pair in both),
        "resized": {name for name, link in old.items() if name in now and now[name].modules != link.modules},
        "ended": {name for name in old if name not in now},
        "begun": {name for name in now if name not in old},
        "points": len(open_before),
        "points_stay": len(open_before & points),
        "closed": open_before - points,
        "opened": points - open_before,
        "recarried": {s.id for was, s in both if _carriers(was, previous) != _carriers(s, plan)},
    }
    for name, value in found.items():
        said = getattr(told, name)
        if (set(said) != value or len(said) != len(value)) if isinstance(value, set) else said != value:
            yield Violation("stays", f"lines.{name}", "is not what the two plans say")


def _same(one: SiteDecision, other: SiteDecision) -> bool:
    first, second = ([None if r is None else r.links for r in (site.primary, site.backup)] for site in (one, other))
    return first == second


def _carriers(site: SiteDecision, plan: Plan) -> tuple[str, ...]:
    own = [route.links[0] for route in (site.primary, site.backup) if route is not None and route.links]
    return tuple(next(link.carrier for link in plan.network.links if link.id == name) for name in own)
