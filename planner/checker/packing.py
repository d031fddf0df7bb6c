"""Checks a packing from the workloads and the hosts alone: plain sums, no arrays, no solver."""

from collections.abc import Mapping, Sequence

from planner.checker.violation import Violation


def verify_packing(
    needs: Sequence[Sequence[int]],
    counts: Sequence[int],
    offer: Sequence[int],
    apart: Sequence[int],
    hosts: Sequence[Mapping[int, int]],
) -> list[Violation]:
    """Return what a packing breaks.

    Parameters
    ----------
    needs, counts, apart
        Of each workload: need of one replica per resource, replicas, most replicas on one host.
    offer
        Of every host, per resource.
    hosts
        For each host: workload → replicas on it.

    """
    violations: list[Violation] = []
    placed = [0] * len(counts)
    for number, host in enumerate(hosts, 1):
        used = [0] * len(offer)
        for workload, replicas in host.items():
            if not 0 <= workload < len(counts) or replicas < 1:
                violations.append(Violation("host", str(number), f"{replicas} of workload {workload}"))
                continue
            if replicas > apart[workload]:
                text = f"{replicas} replicas of workload {workload}, {apart[workload]} may share a host"
                violations.append(Violation("host", str(number), text))
            placed[workload] += replicas
            used = [sum_ + replicas * need for sum_, need in zip(used, needs[workload], strict=True)]
        violations += [
            Violation("host", str(number), f"resource {k}: {have} of {most}")
            for k, (have, most) in enumerate(zip(used, offer, strict=True))
            if have > most
        ]
    violations += [
        Violation("workload", str(workload), f"{have} replicas placed of {asked}")
        for workload, (have, asked) in enumerate(zip(placed, counts, strict=True))
        if have != asked
    ]
    return violations


def fewest(needs: Sequence[Sequence[int]], counts: Sequence[int], offer: Sequence[int], apart: Sequence[int]) -> int:
    """Return hosts that anybody needs, by plain sums: a proved bound can never be below what is proved here.

    >>> fewest([[6], [5]], [2, 1], [10], [1, 1])
    2
    """
    found = [-(-count // most) for count, most in zip(counts, apart, strict=True) if count]
    for k, most in enumerate(offer):
        total = sum(need[k] * count for need, count in zip(needs, counts, strict=True))
        found.append(-(-total // most) if most else 0)
    return max(found, default=0)
