"""The M/M/c queue: Poisson arrivals, exponential service, c equal servers (Erlang 1917; Kleinrock 1975, §3.5).

And M/G/c, whose service times vary otherwise: its mean wait is nearly that of M/M/c times (1 + v²) / 2, v the standard
deviation of the service time over its mean (Lee and Longton 1959; Allen, *Probability, Statistics, and Queueing
Theory*, 1990, §5.3). Exact for one server (Pollaczek and Khinchine) and for v = 1.
"""


def erlang_c(servers: int, load: float) -> float:
    """Probability that an arrival waits.

    Computed by Erlang B's recursion B(k) = aB(k-1) / (k + aB(k-1)), stable for any size, then
    C = B / (1 - (a/c)(1 - B)).

    Parameters
    ----------
    servers
        c, at least 1.
    load
        a = arrival rate × mean service time, Erlang, 0 ≤ a < c.

    >>> round(erlang_c(1, 0.5), 6)
    0.5
    >>> round(erlang_c(2, 1.0), 6)
    0.333333
    """
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1 - load / servers * (1 - blocked))


def mean_wait(servers: int, load: float, service_s: float, variation: float = 1.0) -> float:
    """Mean wait before service, seconds: C(c, a) · t / (c - a) · (1 + v²) / 2.

    >>> round(mean_wait(2, 1.0, 3.0), 6), round(mean_wait(2, 1.0, 3.0, 0.0), 6)
    (1.0, 0.5)
    """
    return erlang_c(servers, load) * service_s / (servers - load) * (1 + variation**2) / 2


def fewest_servers(load: float, service_s: float, wait_s: float, variation: float = 1.0) -> int:
    """Smallest number of servers whose mean wait is at most `wait_s` (> 0).

    The mean wait falls strictly with each server, so the first that fits is the smallest.

    >>> fewest_servers(1.0, 3.0, 1.0), fewest_servers(0.0, 3.0, 1.0)
    (2, 1)
    """
    servers = int(load) + 1
    while mean_wait(servers, load, service_s, variation) > wait_s:
        servers += 1
    return servers
