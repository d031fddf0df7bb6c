"""Sizes of what stands before the web servers: the web application firewall and the load balancer.

    λ = (O·u_o + P·u_p/1000) · q / 3600        κ = λ / m        T = λ · s        n = κ · h   (Little, 1961)

λ    requests/s in the busy hour       O, P  officials, inhabitants; u_o, u_p of them active; q requests/h of one user
κ    new connections/s, one TLS handshake each; m requests over one connection
T    traffic, Mbit/s; s KiB of one request and its answer         n  connections open at once; h seconds each is held
The replicas that are left when one is down share everything.
"""

import math
from collections.abc import Mapping

from planner.datacentre.sizing import Context, Size, say

VISITS = ("users_per_official", "users_per_thousand_people", "requests_per_user_hour")
"""Parameters of every formula that starts from requests."""


def requests(size: Size, p: Mapping[str, float], c: Context) -> float:
    """Return the requests a second in the busy hour, with their arithmetic."""
    users = c.officials * p["users_per_official"] + c.people * p["users_per_thousand_people"] / 1000
    rate = users * p["requests_per_user_hour"] / 3600
    size.step(
        "users",
        f"{say(c.officials)} officials × {say(p['users_per_official'])} + {say(c.people)} inhabitants × "
        f"{say(p['users_per_thousand_people'])} ÷ 1000 = {say(users)}",
    )
    size.step("requests", f"{say(users)} × {say(p['requests_per_user_hour'])}/h ÷ 3600 = {say(rate)}/s")
    return rate


def _through(size: Size, p: Mapping[str, float], rate: float) -> tuple[float, float]:
    """Return Mbit/s and new connections a second."""
    mbps, opened = rate * p["exchange_kib"] * 8192 / 1e6, rate / p["requests_per_connection"]
    size.step("throughput", f"{say(rate)}/s × {say(p['exchange_kib'])} KiB × 8192 ÷ 10⁶ = {say(mbps)} Mbit/s")
    size.step("handshakes", f"{say(rate)}/s ÷ {say(p['requests_per_connection'])} a connection = {say(opened)}/s")
    return mbps, opened


def waf(size: Size, p: Mapping[str, float], c: Context) -> None:
    """Compare a web application firewall's ratings with requests, traffic and TLS handshakes."""
    rate = requests(size, p, c)
    mbps, opened = _through(size, p, rate)
    for name, need in (("rated_requests", rate), ("rated_mbps", mbps), ("rated_handshakes", opened)):
        size.rate(name, need / size.left, p["load_share"], p[name])
    size.raise_to("network_mbps", 2 * mbps / size.left, f"2 × {say(mbps)} ÷ {size.left}, in and out")


def load_balancer(size: Size, p: Mapping[str, float], c: Context) -> None:
    """Handshakes, open connections and traffic of one load balancer."""
    rate = requests(size, p, c)
    mbps, opened = _through(size, p, rate)
    held = opened * p["hold_seconds"]
    size.step("connections", f"{say(opened)}/s × {say(p['hold_seconds'])} s held = {say(held)} at once")
    size.raise_to(
        "vcpu",
        math.ceil(opened / p["handshakes_per_vcpu"] / p["utilisation"] / size.left),
        f"{say(opened)}/s ÷ {say(p['handshakes_per_vcpu'])} per vCPU ÷ {say(p['utilisation'])} ÷ {size.left}",
    )
    size.raise_to(
        "memory_gib",
        p["memory_base_gib"] + held * p["kib_per_connection"] / 1024**2 / size.left,
        f"{say(p['memory_base_gib'])} + {say(held)} × {say(p['kib_per_connection'])} KiB ÷ 1024² ÷ {size.left}",
    )
    size.raise_to("network_mbps", 2 * mbps / size.left, f"2 × {say(mbps)} ÷ {size.left}, in and out")
