"""Why there is no placement: which resource of which rack or room, which rule, and the least that has to give."""

import dataclasses
import math
from collections.abc import Sequence

from ortools.sat.python import cp_model

from planner import cpsat
from planner.datacentre import minimal
from planner.datacentre.affinity import together
from planner.datacentre.bounds import holds, needs, offered
from planner.datacentre.hardware import Hardware
from planner.datacentre.hosts import Hosts, Model, Purchase
from planner.datacentre.racks import TENTHS
from planner.datacentre.sizing import RESOURCES
from planner.datacentre.workloads import Group
from planner.errors import PlanningError, Problem, where
from planner.limits import Watch
from topology.model import Position
from topology.order import natural

WORK = 10.0
PARTS_PER_MILLION = 10**6
CODES = {"licences": "E-PLAN-415", "beside": "E-PLAN-419", "apart": "E-PLAN-416", "survive": "E-PLAN-417"}
SAID = {
    "licences": "the machines fit, but not on the hosts that the licences cover",
    "beside": "the machines fit, but not beside those they stand together with, in every survived state",
    "apart": "the machines fit, but their replicas cannot stand apart",
    "survive": "the machines fit, but not after every loss of placement.survive",
}
HINTS = {
    "licences": "Cover one host more.",
    "beside": "Keep them together within: rack or room instead of host, or add replicas of those they stand beside.",
    "apart": "Ask for spread: host instead of rack, or for fewer replicas.",
    "survive": "Add a rack, or take the largest loss from placement.survive.",
}
GIVEN_UP = {
    "licences": "the limit of licence '{id}'",
    "beside": "that '{id}' stands beside another",
    "apart": "that replicas of '{id}' stand apart",
    "survive": "to survive the loss of a {id}",
}


def refuse_hopeless(hardware: Hardware, groups: Sequence[Group]) -> None:
    """Refuse what no purchase can mend, all of it at once.

    Raises
    ------
    PlanningError
        E-PLAN-411 a machine larger than every host, 412 one rack that may be lost, 414 a feed that carries all,
        415 a licence that covers too few hosts, 419 machines of one host that are too large together.

    """
    vms = [group for group in groups if group.form == "vm"]
    problems = [problem for group in vms for problem in _too_large(hardware, group)]
    if not problems:
        problems = [problem for group in vms if group.beside for problem in _never_together(hardware, vms, group)]
    problems += _everything_lost(hardware, vms)
    problems += [
        problem for licence in sorted(hardware.policy.licences) for problem in _licence(hardware, vms, licence)
    ]
    if problems:
        raise PlanningError(tuple(problems))


def _too_large(hardware: Hardware, group: Group) -> list[Problem]:
    offers = hardware.offers
    if any(holds(needs(group), offered(offer), alone=True) for offer in offers.values()):
        return []
    place = where(hardware.records, f"workload/{group.id}")
    if not offers:
        return [
            Problem("E-PLAN-411", f"workload '{group.id}' needs a host: there is no host model.", "Add one.", place)
        ]
    nearest = min(offers, key=lambda m: (sum(_lacks(group, offers[m]).values()), m))
    lacks = _lacks(group, offers[nearest])
    text = ", ".join(
        f"{r} {group.need[RESOURCES.index(r)]:g} of {offers[nearest][RESOURCES.index(r)]:g}" for r in lacks
    )
    hint = f"Nearest is '{nearest}'. Make the machines smaller and more, or add a model with " + " and ".join(
        f"{r} of {group.need[RESOURCES.index(r)]:g} after reserves" for r in lacks
    )
    exact = where(hardware.records, f"workload/{group.id}/{next(iter(lacks))}") or place
    return [Problem("E-PLAN-411", f"no host model can hold one machine of '{group.id}': {text}.", f"{hint}.", exact)]


def _never_together(hardware: Hardware, vms: Sequence[Group], group: Group) -> list[Problem]:
    """Refuse machines of one host that are more than every host, or stand apart in more hosts than the others."""
    place = where(hardware.records, f"workload/{group.id}/beside")
    for other in vms:
        if group.spread != "none" and (other.id, "host") in group.beside and other.count < group.count:
            text = f"{group.count} machines of '{group.id}' stand apart, and {other.count} of '{other.id}' beside them."
            return [Problem("E-PLAN-419", text, f"Make '{other.id}' {group.count} machines.", place)]
    members = together(vms, group.id)
    need = [sum(needs(member)[k] for member in members) for k in range(len(RESOURCES))]
    if any(
        all(have >= want for have, want in zip(offered(offer), need, strict=True)) for offer in hardware.offers.values()
    ):
        return []
    names = ", ".join(f"'{member.id}'" for member in members)
    text = f"no host model can hold one machine of each of {names}, which stand in one host."
    hint = "Make them smaller, add a larger model, or keep them together within: rack."
    return [Problem("E-PLAN-419", text, hint, place)]


def _lacks(group: Group, offer: Sequence[float]) -> dict[str, float]:
    """Resource → how far the need is above the offer, relative."""
    return {
        resource: need / max(have, 1e-9) - 1
        for resource, need, have in zip(RESOURCES, group.need, offer, strict=True)
        if need > have + 1e-9
    }


def _everything_lost(hardware: Hardware, vms: Sequence[Group]) -> list[Problem]:
    """Refuse losses that take every rack of a site where machines run."""
    problems = []
    used = [set(hardware.racks_at(site)) for site in natural({"", *(group.site for group in vms)})]
    for state, racks in hardware.losses.items():
        if not any(here and here <= racks for here in used):
            continue
        kind, _, name = state.partition(":")
        place = where(hardware.records, f"policy/placement/survive/{kind}", "policy/placement/survive")
        if kind == "rack":
            text = f"the loss of '{name}' is to be survived, and it is the only rack{_away(hardware, racks)}."
            hint = "Add a rack to facility.yaml, or take 'rack' from placement.survive."
            problems.append(Problem("E-PLAN-412", text, hint, place))
        else:
            at = _away(hardware, racks)
            text = f"the loss of feed '{name}' is to be survived, and every rack{at} hangs on it alone."
            hint = "Add a second feed to the room, or take 'feed' from placement.survive."
            problems.append(Problem("E-PLAN-414", text, hint, place))
    return problems


def _away(hardware: Hardware, racks: frozenset[str]) -> str:
    """Return where racks are, unless that is the core."""
    sites = natural({hardware.rooms[rack].site for rack in racks} - {hardware.records.province.core})
    return f" at {', '.join(sites)}" if sites else ""


def _licence(hardware: Hardware, vms: Sequence[Group], licence: str) -> list[Problem]:
    """Ask a licence to cover as many hosts as replicas stand apart, and those that may be lost.

    Where J losses share all racks, of H hosts on average H / J are lost: H - H / J ≥ replicas apart.
    """
    members = [group for group in vms if group.licence == licence]
    spare = 1 if {"host", "rack"} & set(hardware.policy.survive) else 0
    apart = max((group.count if group.spread != "none" else 1 for group in members), default=0)
    losses = _losses_of_all(hardware, {group.site or hardware.records.province.core for group in members})
    if losses > 1:
        spare = max(spare, math.ceil(apart / (losses - 1)))
    covered = hardware.policy.licences[licence]
    if not members or covered >= apart + spare:
        return []
    names = ", ".join(f"'{group.id}'" for group in members)
    text = f"licence '{licence}' of {names} covers {covered} hosts; {apart} stand apart and {spare} may be lost."
    place = where(hardware.records, f"policy/placement/licences/{licence}", "policy/placement/licences")
    return [Problem("E-PLAN-415", text, f"Cover {apart + spare} hosts.", place)]


def _losses_of_all(hardware: Hardware, sites: set[str]) -> int:
    """Return how many losses take each rack of a site once; 0 where some rack is in none of them, or in several."""
    racks = {name for name in hardware.racks if hardware.rooms[name].site in sites}
    losses = [here for lost in hardware.worst_losses.values() if (here := lost & racks)]
    return len(losses) if len(sites) == 1 and sorted(rack for lost in losses for rack in lost) == sorted(racks) else 0


def explain(
    hardware: Hardware,
    groups: Sequence[Group],
    hosts: Hosts,
    last: Purchase | None,
    watch: Watch,
    price: minimal.Price | None = None,
) -> PlanningError:
    """Say why no purchase holds the machines: rules when leaving them out helps, else what racks and rooms lack."""
    if last is not None:
        found = minimal.conflict(hardware, groups, last.slots, watch)
        if found is not None:
            return PlanningError((rules_problem(hardware, groups, found, price),))
    short = _short(hosts, watch)
    if not short:
        text = "no placement was found within the limits, and none was proved impossible."
        return PlanningError((Problem("E-PLAN-402", text, "Give it more time: --time-limit."),))
    given_up = _instead(hardware, groups, watch)
    alternative = f" Or give up to survive the loss of one {given_up}." if given_up else ""
    return PlanningError(tuple(dataclasses.replace(problem, hint=problem.hint + alternative) for problem in short))


def rules_problem(
    hardware: Hardware, groups: Sequence[Group], found: minimal.Rules, price: minimal.Price | None
) -> Problem:
    """Name the rules in conflict, each with its record, and the cheapest one to give up."""
    family = found.rules[0].family
    named = ", ".join(_rule_named(hardware, groups, rule) for rule in found.rules)
    text = f"{SAID[family]}: {named}."
    text += " Without any one of them they fit." if found.minimal else " Fewer of them may conflict already."
    way = minimal.cheapest_way_out(hardware, groups, found, price) if price is not None else None
    hint = HINTS[family]
    if way is not None:
        rule, vnd = way
        words = GIVEN_UP[rule.family].format(id=rule.id)
        hint = f"Cheapest rule to give up, alone: {words}; that data centre costs {vnd:,} VND. Or else: {hint}"
    return Problem(CODES[family], text, hint, _rule_place(hardware, found.rules[0]))


def _rule_named(hardware: Hardware, groups: Sequence[Group], rule: minimal.Rule) -> str:
    if rule.family == "apart":
        spread = next(group.spread for group in groups if group.id == rule.id)
        words = f"replicas of '{rule.id}' apart by {spread}"
    elif rule.family == "beside":
        beside = next(group.beside for group in groups if group.id == rule.id)
        words = f"'{rule.id}' beside {', '.join(f'{other} ({within})' for other, within in beside)}"
    elif rule.family == "licences":
        words = f"licence '{rule.id}' on {hardware.policy.licences[rule.id]} hosts"
    else:
        words = f"survive {rule.id}"
    place = _rule_place(hardware, rule)
    return f"{words} ({place})" if place else words


def _rule_place(hardware: Hardware, rule: minimal.Rule) -> Position | None:
    paths = {
        "apart": (f"workload/{rule.id}/spread", f"workload/{rule.id}"),
        "beside": (f"workload/{rule.id}/beside", f"workload/{rule.id}"),
        "licences": (f"policy/placement/licences/{rule.id}", "policy/placement/licences"),
        "survive": (f"policy/placement/survive/{rule.id}", "policy/placement/survive"),
    }
    return where(hardware.records, *paths[rule.family])


def _short(hosts: Hosts, watch: Watch) -> list[Problem]:
    """Stretch the limits of racks and rooms as little as possible, each in proportion to its size."""
    model = Model(hosts, elastic=True)
    model.cp.minimize(sum(slack * round(PARTS_PER_MILLION / max(limit.limit, 1)) for limit, slack in model.slack))
    solver, status = cpsat.run(model.cp, watch, WORK)
    if status not in cpsat.FEASIBLE:
        return []
    least = "" if status == cp_model.OPTIMAL else " at most"
    problems = []
    for limit, slack in model.slack:
        more = solver.value(slack) / TENTHS
        if more:
            text = f"{limit.owner} has too little: {limit.what} {limit.limit:g}, {limit.limit + more:g} needed{least}."
            hint = f"Cheapest relaxation: raise {limit.field.rpartition('/')[2]} by {more:g}, or add a rack."
            place = where(hosts.hardware.records, limit.field, limit.field.rpartition("/")[0])
            problems.append(Problem("E-PLAN-401", text, hint, place))
    return problems


def _instead(hardware: Hardware, groups: Sequence[Group], watch: Watch) -> str | None:
    """Return the kind of loss without which the machines could be bought for, if one alone is enough."""
    for kind in hardware.policy.survive:
        rest = tuple(other for other in hardware.policy.survive if other != kind)
        policy = hardware.policy.model_copy(update={"survive": rest})
        eased = Hardware(dataclasses.replace(hardware.records, placement=policy))
        if cpsat.run(Model(Hosts(eased, groups)).cp, watch, WORK)[1] in cpsat.FEASIBLE:
            return kind
    return None
