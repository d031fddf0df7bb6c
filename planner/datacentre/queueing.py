"""The M/M/c queue: Poisson arrivals, exponential service, c equal servers (Erlang 1917; Kleinrock 1975, §3.5)."""


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


def mean_wait(servers: int, load: float, service_s: float) -> float:
    """Mean wait before service, seconds: C(c, a) · t / (c - a).

    >>> round(mean_wait(2, 1.0, 3.0), 6)
    1.0
    """
    return erlang_c(servers, load) * service_s / (servers - load)


def fewest_servers(load: float, service_s: float, wait_s: float) -> int:
    """Smallest number of servers whose mean wait is at most `wait_s` (> 0).

    The mean wait falls strictly with each server, so the first that fits is the smallest.

    >>> fewest_servers(1.0, 3.0, 1.0), fewest_servers(0.0, 3.0, 1.0)
    (2, 1)
    """
    servers = int(load) + 1
    while mean_wait(servers, load, service_s) > wait_s:
        servers += 1
    return servers
