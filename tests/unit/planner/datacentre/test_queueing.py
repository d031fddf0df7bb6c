"""Erlang C against the textbook's sum, and against a simulated queue."""

import math
import random

import ciw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.datacentre.queueing import erlang_c, fewest_servers, mean_wait


def textbook(servers: int, load: float) -> float:
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


@settings(derandomize=True)
@given(servers=st.integers(1, 60), share=st.floats(0.01, 0.99))
def test_the_recursion_equals_the_sum(servers: int, share: float) -> None:
    assert erlang_c(servers, servers * share) == pytest.approx(textbook(servers, servers * share), rel=1e-9)


def simulated_wait(servers: int, rate: float, service_s: float, arrivals: int, seed: int) -> float:
    """Kiefer and Wolfowitz: keep the work that each server still has; an arrival takes the least."""
    draw = random.Random(seed)
    work, waited = [0.0] * servers, 0.0
    for _ in range(arrivals):
        work.sort()
        waited += work[0]
        work[0] += draw.expovariate(1 / service_s)
        gone = draw.expovariate(rate)
        work = [max(0.0, left - gone) for left in work]
    return waited / arrivals


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (3, 2.4), (8, 6.0)])
def test_the_mean_wait_is_that_of_a_simulated_queue(servers: int, load: float) -> None:
    service_s = 2.0
    simulated = simulated_wait(servers, load / service_s, service_s, 150_000, seed=servers)
    assert mean_wait(servers, load, service_s) == pytest.approx(simulated, rel=0.06)


@settings(derandomize=True, deadline=None)
@given(load=st.floats(0, 80), wait_s=st.floats(0.001, 10))
def test_the_fewest_servers_are_enough_and_one_less_is_not(load: float, wait_s: float) -> None:
    servers = fewest_servers(load, 1.5, wait_s)
    assert mean_wait(servers, load, 1.5) <= wait_s
    if servers - 1 > load:
        assert mean_wait(servers - 1, load, 1.5) > wait_s


def mean_wait_by_ciw(servers: int, load: float, service: ciw.dists.Distribution, arrivals: int) -> float:
    """Mean wait of a queue simulated by ciw (seeded), the first tenth left out; mean service time 1 s."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=load)],
        service_distributions=[service],
        number_of_servers=[servers],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(arrivals, method="Finish")
    records = sorted(simulation.get_all_records(), key=lambda record: record.arrival_date)[arrivals // 10 :]
    return math.fsum(record.waiting_time for record in records) / len(records)


def gamma(variation: float) -> ciw.dists.Distribution:
    return ciw.dists.Gamma(shape=1 / variation**2, scale=variation**2)


@pytest.mark.parametrize(
    ("servers", "load", "variation", "service", "within"),
    [
        (4, 2.8, 1.0, ciw.dists.Exponential(rate=1.0), 0.08),
        (1, 0.7, 0.0, ciw.dists.Deterministic(value=1.0), 0.08),
        (4, 2.8, 0.0, ciw.dists.Deterministic(value=1.0), 0.15),
        (4, 2.8, 1.25, gamma(1.25), 0.15),
    ],
    ids=["M/M/4", "M/D/1", "M/D/4", "M/G/4"],
)
def test_the_mean_wait_is_that_of_ciw(
    servers: int, load: float, variation: float, service: ciw.dists.Distribution, within: float
) -> None:
    """Exact for exponential times and for one server; an approximation that is good to some per cent elsewhere."""
    simulated = mean_wait_by_ciw(servers, load, service, 20_000)
    assert mean_wait(servers, load, 1.0, variation) == pytest.approx(simulated, rel=within)
