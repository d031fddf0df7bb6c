"""Which rules keep machines from standing on hosts that have room for them: a minimal set, by deletion.

    C ⊆ { replicas of g apart } ∪ { g beside others } ∪ { survive k } ∪ { licence L on H_L hosts }
    no placement on these hosts keeps C;   one was found for C without c, for every c in C          (rules)

Each test is the exact placement (`placement`) proved infeasible or filled (Chinneck 2008, §6.2: deletion filter); what
could not be decided within its work stays in, and it is said that the set may not be minimal.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from planner import cpsat
from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.placement import FAMILIES, Placement
from planner.datacentre.workloads import Group
from planner.limits import Watch

WORK = 4.0
Price = Callable[[Hardware, Sequence[Group]], int | None]
"""Present value of a data centre; None if no placement was found."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that can be given up."""

    family: str
    """One of `FAMILIES`."""
    id: str
    """Workload, kind of loss, licence."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What cannot stand together on the hosts."""

    rules: tuple[Rule, ...]
    minimal: bool
    """Whether leaving out any one was seen to help."""


def rules(hardware: Hardware, groups: Sequence[Group]) -> tuple[Rule, ...]:
    """List the rules that the machines have to keep."""
    vms = [group for group in groups if group.form == "vm"]
    found: dict[str, Sequence[str]] = {
        "licences": sorted(hardware.policy.licences),
        "beside": sorted(group.id for group in vms if group.beside),
        "apart": sorted(group.id for group in vms if group.spread != "none" and group.count > 1),
        "survive": list(hardware.policy.survive),
    }
    return tuple(Rule(family, name) for family in FAMILIES for name in found[family])


def without(hardware: Hardware, groups: Sequence[Group], gone: Iterable[Rule]) -> tuple[Hardware, tuple[Group, ...]]:
    """Give up rules."""
    out = {(rule.family, rule.id) for rule in gone}
    policy = hardware.policy
    eased = policy.model_copy(
        update={
            "survive": tuple(kind for kind in policy.survive if ("survive", kind) not in out),
            "licences": {name: n for name, n in policy.licences.items() if ("licences", name) not in out},
        }
    )
    apart = (dataclasses.replace(group, spread="none") if ("apart", group.id) in out else group for group in groups)
    machines = tuple(dataclasses.replace(group, beside=()) if ("beside", group.id) in out else group for group in apart)
    return Hardware(dataclasses.replace(hardware.records, placement=eased)), machines


def conflict(hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], watch: Watch) -> Rules | None:
    """Return the minimal rules in conflict on these hosts; None if giving up all does not help, or is unknown."""
    every = rules(hardware, groups)

    def fits(kept: Sequence[Rule]) -> bool | None:
        eased, machines = without(hardware, groups, [rule for rule in every if rule not in kept])
        status = cpsat.run(Placement(eased, machines, slots).cp, watch, WORK)[1]
        return True if status in cpsat.FEASIBLE else False if status == cp_model.INFEASIBLE else None

    if not fits(()) or fits(every) is not False:
        return None
    kept, minimal = list(every), True
    for family in FAMILIES:
        rest = [rule for rule in kept if rule.family != family]
        if len(rest) < len(kept) and fits(rest) is False:
            kept = rest
    for rule in tuple(kept):
        rest = [other for other in kept if other != rule]
        told = fits(rest)
        if told is None:
            minimal = False
        elif not told:
            kept = rest
    return Rules(tuple(kept), minimal)


def cheapest_way_out(
    hardware: Hardware, groups: Sequence[Group], found: Rules, price: Price
) -> tuple[Rule, int] | None:
    """Return the rule that alone, given up, leaves the cheapest data centre, with its price; None if none is enough."""
    priced = []
    for place, rule in enumerate(found.rules):
        vnd = price(*without(hardware, groups, [rule]))
        if vnd is not None:
            priced.append((vnd, place, rule))
    if not priced:
        return None
    vnd, _, rule = min(priced, key=lambda item: item[:2])
    return rule, vnd
