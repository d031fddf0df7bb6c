"""Compiled annealing, process by process: a million exchanges and more are tried every second.

A step moves one process, or swaps two, or passes one on: p goes from a to b, q from b to c, and r from c to a or nobody
at all. c is often where q was at the start: a process that is away holds transient resources twice, so that what comes
must often send home what is there. A machine's cost is Σ_k w_k max(0, x_k): x is use above safety, and t A_a - A_b of
each balance. While the search is on, capacity is soft:

    Δ = Σ_m [c_m + π_m](after) - [c_m + π_m](before) + moves + μ ΔM ≤ -T ln u,    π_m = Σ_r λ_mr max(0, U_mr - C_mr)

and so are dependencies: M counts processes by services that they miss in their neighbourhood, so that those that depend
on each other can follow one another. λ and μ grow where something is exceeded or missing, else they shrink. Conflict
and spread stay hard. All sums but π are whole and below 2^53, so that floating point is exact.

Kirkpatrick, Gelatt, Vecchi (1983); capacity that gives way: Glover (1977); weights that learn: Morris (1993); random
numbers: xorshift128+, Vigna (2017).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from planner.reassignment.books import BEST, COST, FULL, LACK, MISSING, MOST, Books, Given
from planner.reassignment.problem import Floats

Random = NDArray[np.uint64]


def jit[F: Callable[..., object]](function: F) -> F:
    """Compile when it is first called, without Python's lock; keep the code where there is a place for it.

    Sums are whole: their order may change, to add four at once.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "nsz"}}
    try:
        compiled: F = njit(cache=True, **options)(function)
    except RuntimeError:  # neither beside this file nor in the user's home: numba says so when it decorates
        compiled = njit(**options)(function)
    return compiled


@jit
def draw(state: Random) -> Any:  # noqa: ANN401 - 64 bits without sign, here and in compiled code
    """Return 32 random bits."""
    a, b = state[0], state[1]
    state[0] = b
    a ^= a << np.uint64(23)
    a ^= a >> np.uint64(17)
    a ^= b ^ (b >> np.uint64(26))
    state[1] = a
    return (a + b) >> np.uint64(32)


@jit
def below(state: Random, count: int) -> Any:  # noqa: ANN401
    """Return a whole number from 0 up to count."""
    return np.int64((draw(state) * np.uint64(count)) >> np.uint64(32))


@jit
def threshold(state: Random, temperature: float) -> Any:  # noqa: ANN401
    """Return how much dearer a step may be: exponential, mean T; to compare with it is to accept with exp(-Δ/T)."""
    return -temperature * np.log((np.float64(draw(state)) + 0.5) / 4294967296.0)


@jit
def load(given: Given, books: Books, m: int, out: int, into: int) -> Any:  # noqa: ANN401
    """Return c + π of a machine once a process has left and one has come."""
    above, room, lack = books.above[m], books.room[m], books.lack[m]
    total = 0.0
    for k in range(given.weight.shape[0]):
        total += given.weight[k] * max(above[k] - given.need[out, k] + given.need[into, k], 0.0)
    i, j = 2 * out + (given.start[out] == m), 2 * into + (given.start[into] == m)
    for r in range(room.shape[0]):
        total -= lack[r] * min(room[r] + given.hold[i, r] - given.hold[j, r], 0.0)
    return total


@jit
def settle(given: Given, books: Books, m: int) -> None:
    """Bring the cost of a machine up to date."""
    cost = 0.0
    for k in range(given.weight.shape[0]):
        cost += given.weight[k] * max(books.above[m, k], 0.0)
    books.whole[COST] += cost - books.cost[m]
    least, lack = 0.0, 0.0
    for r in range(books.room.shape[1]):
        short = min(books.room[m, r], 0.0)
        least = min(least, short)
        lack -= books.lack[m, r] * short
    books.cost[m], books.total[m] = cost, cost + lack
    full = least < 0.0
    books.whole[FULL] += np.float64(full) - np.float64(books.full[m])
    books.full[m] = full


@jit
def count_moved(given: Given, books: Books, p: int, a: int, b: int) -> None:
    """Count moved processes of the service of p, which goes from a to b."""
    home, s, most = given.start[p], given.service[p], books.whole[MOST]
    n = books.moved[s]
    if home == a:
        books.moved[s] = n + 1
        books.tally[n] -= 1
        books.tally[n + 1] += 1
        books.whole[MOST] = max(most, np.float64(n + 1))
    elif home == b:
        books.moved[s] = n - 1
        books.tally[n] -= 1
        books.tally[n - 1] += 1
        if n == most and books.tally[n] == 0:
            books.whole[MOST] = np.float64(n - 1)


@jit
def count_service(given: Given, books: Books, s: int, a: int, b: int) -> None:
    """Count a process of s that goes from a to b."""
    row = given.row[s]
    if row > 0:
        books.taken[row, a] -= 1
        books.taken[row, b] += 1
    if given.special[s]:
        left, reached = given.location[a], given.location[b]
        if left != reached:
            books.at[s, left] -= 1
            books.reached[s] += np.int64(books.at[s, reached] == 0) - np.int64(books.at[s, left] == 0)
            books.at[s, reached] += 1
        books.present[s, given.place[a]] -= 1
        books.present[s, given.place[b]] += 1


@jit
def missing(given: Given, books: Books, s: int, n: int) -> Any:  # noqa: ANN401
    """Count the processes in a neighbourhood, by services that they miss there, among those that s has to do with."""
    here, total = books.present[s, n], np.int64(0)
    if here > 0:
        for i in range(given.needs_at[s], given.needs_at[s + 1]):
            total += here * (books.present[given.needs[i], n] == 0)
    else:
        for i in range(given.needed_at[s], given.needed_at[s + 1]):
            total += books.present[given.needed_by[i], n]
    return total


@jit
def both(given: Given, books: Books, s: int, a: int, b: int) -> Any:  # noqa: ANN401
    """Count those of the neighbourhoods of two machines; nothing where they are the same."""
    n, o = given.place[a], given.place[b]
    return np.int64(0) if n == o else missing(given, books, s, n) + missing(given, books, s, o)


@jit
def sound(given: Given, books: Books, moves: int) -> bool:
    """Whether the services of a step, already counted, are where they may be."""
    for i in range(moves):
        s, b = given.service[books.who[i]], books.stop[i + 1]
        if given.row[s] > 0 and books.taken[given.row[s], b] > 1:
            return False
        if given.special[s] and books.reached[s] < given.spread[s]:
            return False
    return True


@jit
def carry(given: Given, books: Books, p: int, a: int, b: int) -> None:
    """Move a process in the sums of two machines."""
    books.machine[p] = b
    i, j = 2 * p + (given.start[p] == a), 2 * p + (given.start[p] == b)
    for r in range(books.room.shape[1]):
        books.room[a, r] += given.hold[i, r]
        books.room[b, r] -= given.hold[j, r]
    for k in range(given.weight.shape[0]):
        books.above[a, k] -= given.need[p, k]
        books.above[b, k] += given.need[p, k]


@jit
def step(given: Given, books: Books, moves: int, cling: float, limit: float) -> bool:
    """Make a step whose price is at most the limit; return whether it was made."""
    who, stop = books.who, books.stop
    fares, away = 0.0, np.int64(0)
    budget = limit + given.service_weight * moves
    for i in range(moves):
        p, a, b = who[i], stop[i], stop[i + 1]
        home = given.start[p]
        turn = np.int64(home == a) - np.int64(home == b)
        away += turn
        fares += given.price[p] * turn + given.machine_weight * (given.far[home, b] - given.far[home, a])
        budget += books.total[b]
    price, credit = books.whole[LACK], 0.0
    if books.whole[MISSING] > 0.0:
        for i in range(moves):
            s = given.service[who[i]]
            if given.special[s]:
                credit += price * both(given, books, s, stop[i], stop[i + 1])
    budget += credit
    closed = stop[0] == stop[moves]
    nobody = given.need.shape[0] - 1
    if not closed:
        budget += books.total[stop[0]]
    budget -= fares + cling * away
    for i in range(moves):
        follows = who[i + 1] if i + 1 < moves else who[0] if closed else nobody
        budget -= load(given, books, stop[i + 1], follows, who[i])
        if budget < 0.0:
            return False
    if not closed:
        budget -= load(given, books, stop[0], who[0], nobody)
        if budget < 0.0:
            return False
    most = books.whole[MOST]
    for i in range(moves):
        count_moved(given, books, who[i], stop[i], stop[i + 1])
    more = given.service_weight * (books.whole[MOST] - most)
    budget -= given.service_weight * moves + more
    good, lacks = budget >= 0.0, np.int64(0)
    if good:
        for i in range(moves):
            s, a, b = given.service[who[i]], stop[i], stop[i + 1]
            lacks -= both(given, books, s, a, b) if given.special[s] else 0
            count_service(given, books, s, a, b)
            lacks += both(given, books, s, a, b) if given.special[s] else 0
        good = budget - credit >= price * lacks and sound(given, books, moves)
        if not good:
            for i in range(moves):
                count_service(given, books, given.service[who[i]], stop[i + 1], stop[i])
    if not good:
        for i in range(moves - 1, -1, -1):
            count_moved(given, books, who[i], stop[i + 1], stop[i])
        return False
    for i in range(moves):
        carry(given, books, who[i], stop[i], stop[i + 1])
    for i in range(moves + 1 - closed):
        settle(given, books, stop[i])
    books.whole[COST] += fares + more
    books.whole[MISSING] += lacks
    return True


@jit
def weigh(given: Given, books: Books, unit: Floats, up: float, down: float, least: float, most: float) -> None:
    """Let λ and μ grow by `up` where something is exceeded or missing, else shrink, within `least` and `most` units.

    The last unit is that of μ.
    """
    one = books.whole[LACK] * (up if books.whole[MISSING] > 0.0 else down)
    books.whole[LACK] = min(max(one, least * unit[-1]), most * unit[-1])
    for m in range(len(books.total)):
        for r in range(len(unit) - 1):
            one = books.lack[m, r] * (up if books.room[m, r] < 0.0 else down)
            books.lack[m, r] = min(max(one, least * unit[r]), most * unit[r])
        settle(given, books, m)


@jit
def anneal(
    given: Given, books: Books, temperature: float, cling: float, steps: int, shifts: float, swaps: float, passes: float
) -> int:
    """Try steps, so large shares of them moves, swaps, passes, the rest rings of three; return how many were made."""
    random, who, stop, machine = books.random, books.who, books.stop, books.machine
    processes, machines = len(machine) - 1, len(books.total)
    made = 0
    cuts = (
        np.uint64(shifts * 4294967296.0),
        np.uint64((shifts + swaps) * 4294967296.0),
        np.uint64((shifts + swaps + passes) * 4294967296.0),
    )
    for _ in range(steps):
        p = below(random, processes)
        a = machine[p]
        limit = threshold(random, temperature)
        kind = draw(random)
        who[0], stop[0] = p, a
        if kind < cuts[0]:
            b = given.start[p] if kind & np.uint64(7) == 0 else below(random, machines)
            if a == b:
                continue
            stop[1], moves = b, 1
        else:
            q = below(random, processes)
            b = machine[q]
            if a == b:
                continue
            who[1], stop[1], moves = q, b, 2
            if kind < cuts[1]:
                stop[2] = a
            elif kind < cuts[2]:
                c = given.start[q]
                if c == b or kind & np.uint64(3) == 0:
                    c = below(random, machines)
                if c == b:
                    continue
                stop[2] = c
            else:
                r = below(random, processes)
                c = machine[r]
                if c in (a, b):
                    continue
                who[2], stop[2], stop[3], moves = r, c, a, 3
        if step(given, books, moves, cling, limit):
            made += 1
            if books.whole[FULL] + books.whole[MISSING] == 0.0 and books.whole[COST] < books.whole[BEST]:
                books.whole[BEST] = books.whole[COST]
                books.best[:] = machine
    return made
