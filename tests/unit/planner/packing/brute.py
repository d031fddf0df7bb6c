"""The fewest hosts by trying everything: small cases only."""

from functools import cache


def fewest(needs: list[list[int]], counts: list[int], offer: list[int], apart: list[int]) -> int:
    """Try every host for every replica, equal hosts once; deepen until it works."""
    replicas = [w for w, n in enumerate(counts) for _ in range(n)]
    hosts = 0
    while not fits(replicas, hosts, needs, offer, apart):
        hosts += 1
    return hosts


def fits(replicas: list[int], hosts: int, needs: list[list[int]], offer: list[int], apart: list[int]) -> bool:
    """Whether the replicas fit on so many hosts."""

    @cache
    def place(number: int, state: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]) -> bool:
        if number == len(replicas):
            return True
        workload = replicas[number]
        for at in range(len(state)):
            free, on = state[at]
            if state[at] in state[:at] or on.count(workload) >= apart[workload]:
                continue
            left = tuple(have - need for have, need in zip(free, needs[workload], strict=True))
            if min(left) >= 0:
                after = (*state[:at], (left, (*on, workload)), *state[at + 1 :])
                if place(number + 1, tuple(sorted(after))):
                    return True
        return False

    return place(0, tuple((tuple(offer), ()) for _ in range(hosts)))


def patterns(needs: list[list[int]], most: list[int], offer: list[int]) -> list[tuple[int, ...]]:
    """Return every filling of one host, the empty one too."""
    if not needs:
        return [()]
    found = []
    for times in range(most[0] + 1):
        left = [have - times * need for have, need in zip(offer, needs[0], strict=True)]
        if min(left) < 0:
            break
        found += [(times, *rest) for rest in patterns(needs[1:], most[1:], left)]
    return found
