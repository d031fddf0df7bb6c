r"""Workloads that stand together: each machine in a host, rack or room of one of the other's, while a loss lasts too.

    Σ_{s∈D\F} (n[a,s] + e[a,s,F])  ≤  N_a · Σ_{s∈D\F} (n[b,s] + e[b,s,F])                                (beside)

for every host, rack or room D, and for F = ∅ (then e = 0) and every loss F that is survived
n[g,s]  machines of group g on host s       e[g,s,F]  machines of g started again on s when F is lost
N_a     machines of a; a stands beside b
A machine that was not hit does not move: where its neighbour was, the neighbour starts again near it. So a loss that is
part of a worse one is a state of its own as soon as any workload stands beside another.
Inter-pod affinity of a topology domain: Kubernetes; `keep together` rules of DRS: VMware vSphere.
"""

from collections.abc import Callable, Mapping, Sequence

from ortools.sat.python import cp_model

from planner.datacentre.hardware import Hardware, Slot
from planner.datacentre.workloads import Group

Vars = Mapping[tuple[str, str], cp_model.IntVar]


def domains(hardware: Hardware, slots: Sequence[Slot], within: str) -> list[list[str]]:
    """Return the hosts of each host, rack or room, in order."""
    name: Callable[[Slot], str] = {
        "host": lambda slot: slot.id,
        "rack": lambda slot: slot.rack,
        "room": lambda slot: hardware.rooms[slot.rack].id,
    }[within]
    found: dict[str, list[str]] = {}
    for slot in slots:
        found.setdefault(name(slot), []).append(slot.id)
    return list(found.values())


def add(
    cp: cp_model.CpModel, hardware: Hardware, groups: Sequence[Group], slots: Sequence[Slot], machines: Sequence[Vars]
) -> None:
    """Add the inequality for one state: hosts that are left, and the machines that run there, evicted ones too."""
    for group in groups:
        for other, within in group.beside:
            for domain in domains(hardware, slots, within):
                here = set(domain)
                own, near = (
                    [var for running in machines for (g, s), var in running.items() if g == name and s in here]
                    for name in (group.id, other)
                )
                if own:
                    cp.add(sum(own) <= group.count * sum(near))


def together(groups: Sequence[Group], name: str, within: str = "host") -> list[Group]:
    """Return a group and all that it must stand in one host with, however far."""
    by_id = {group.id: group for group in groups}
    found: list[Group] = []
    waiting = [name]
    while waiting:
        group = by_id.get(waiting.pop(0))
        if group is not None and group not in found:
            found.append(group)
            waiting += [other for other, where in group.beside if where == within]
    return found
