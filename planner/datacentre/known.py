"""Placements that were found before: the same machines on the same rooms and models are placed once.

What is looked up is everything a placement reads: rooms, models, hosts that are there, the rules of placement, money,
the first year, what runs, the machines, and the limits that decide how far the search goes. What the clock cut short,
and what has no placement, is asked again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from planner.datacentre.hardware import Hardware
from planner.datacentre.search import MOST_ROUNDS, Placed, place
from planner.datacentre.workloads import Group
from planner.limits import Limits, Report, Watch


@dataclass
class Known:
    """Placements by the fingerprint of what they were made from."""

    placements: dict[str, Placed] = field(default_factory=dict)
    asked: int = 0
    """Placements asked for."""

    def place(
        self,
        hardware: Hardware,
        groups: Sequence[Group],
        limits: Limits,
        report: Report,
        watch: Watch | None = None,
        rounds: int = MOST_ROUNDS,
    ) -> Placed:
        """Return what `planner.datacentre.search.place` returns, and raise what it raises."""
        watch = watch or Watch(limits)
        key = fingerprint(hardware, groups, watch.limits, rounds)
        self.asked += 1
        held = self.placements.get(key)
        if held is None:
            held = place(hardware, groups, limits, report, watch, rounds)
            if not (held.cut_short or watch.limits.should_stop()):
                self.placements[key] = held
        return held


def fingerprint(hardware: Hardware, groups: Sequence[Group], limits: Limits, rounds: int) -> str:
    """Return SHA-256 over all that a placement is made from."""
    records = hardware.records
    made_from = (
        records.province.plan_year,
        records.province.core,
        records.placement,
        records.money,
        records.rooms,
        records.host_models,
        records.existing_hosts,
        records.services,
        records.small_data_centres,
        tuple(groups),
        (limits.seed, limits.effort, rounds),
    )
    return hashlib.sha256(repr(made_from).encode()).hexdigest()
