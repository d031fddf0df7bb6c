"""Generated packings of workloads: `python -m tests.benchmarks.generate DIR [--seed S …]` writes them as JSON files.

An instance's name says all that it is made from, `vm-n2000-r6-apart-s1`: 2,000 machines, 6 resources, replicas that
stand apart, seed 1. The same name gives the same instance everywhere: only integers drawn by Python's own generator.

    {"name": …, "resources": ["vcpu", …], "host": [64, …],
     "workloads": [{"id": "w-1", "need": [4, …], "replicas": 3, "most_per_host": 1}, …]}

Machines are of twelve flavours; with six resources each also draws a class of storage, and some an accelerator. With
`apart` machines come as workloads of one to six replicas, of which a host holds one; else each stands for itself.
With two resources there are also machines as they are measured, no two alike: `own`, a flavour used by half to wholly,
in thousandths of a vCPU and MiB; `even`, 2 to 25 per cent of a host of either resource, so that both are scarce.
"""

import argparse
import json
import random
import re
import sys
from itertools import product
from pathlib import Path
from typing import Any

HOST = {"vcpu": 64, "memory_gib": 256, "disk_gib": 8000, "iops": 60_000, "network_mbps": 20_000, "accelerators": 2}
FLAVOURS = (
    (1, 2), (1, 4), (2, 4), (2, 8), (2, 16), (4, 8), (4, 16), (4, 32), (8, 16), (8, 32), (8, 64), (16, 64),
)  # fmt: skip
"""vCPU and GiB."""
SHARES = (8, 10, 8, 16, 6, 6, 16, 6, 4, 10, 4, 6)
"""How often each is drawn, per cent."""
STORAGE = ((20, 50), (80, 300), (200, 1500))
"""GiB and operations a second per vCPU."""
SIZES, RESOURCES, SEEDS = (200, 2_000, 20_000), (2, 6), (1, 2, 3)
MOST_REPLICAS = 6
MEASURED = {"vcpu_m": 64_000, "memory_mib": 262_144}
"""A host in the units of measured machines."""
NAME = re.compile(
    r"vm-n(?P<machines>\d+)-(?:r(?P<resources>[26])-(?P<how>free|apart)|r2-(?P<alone>own|even))-s(?P<seed>\d+)"
)


def names(seeds: tuple[int, ...] = SEEDS) -> list[str]:
    """Return the names of the whole family."""
    same = [f"vm-n{n}-r{r}-{how}-s{s}" for n, r, how, s in product(SIZES, RESOURCES, ("free", "apart"), seeds)]
    return same + [f"vm-n{n}-r2-{how}-s{s}" for n, how, s in product(SIZES, ("own", "even"), seeds)]


def instance(name: str) -> dict[str, Any]:
    """Return the instance of a name.

    Raises
    ------
    ValueError
        A name of another shape.

    """
    found = NAME.fullmatch(name)
    if not found:
        message = f"'{name}' is no instance's name: vm-n2000-r6-apart-s1 is one"
        raise ValueError(message)
    if found["alone"]:
        return measured(name, int(found["machines"]), even=found["alone"] == "even")
    machines, width, apart = int(found["machines"]), int(found["resources"]), found["how"] == "apart"
    draw = random.Random(name)
    workloads: list[dict[str, Any]] = []
    left = machines
    while left:
        replicas = min(left, draw.randint(1, MOST_REPLICAS)) if apart else 1
        need = list(draw.choices(FLAVOURS, SHARES)[0])
        if width == 6:
            disk, iops = draw.choice(STORAGE)
            need += [disk * need[0], iops * need[0], 100 * need[0], int(draw.random() < 0.05)]
        workloads.append({"id": f"w-{len(workloads) + 1}", "need": need, "replicas": replicas, "most_per_host": 1})
        left -= replicas
    return {"name": name, "resources": list(HOST)[:width], "host": list(HOST.values())[:width], "workloads": workloads}


def measured(name: str, machines: int, *, even: bool) -> dict[str, Any]:
    """Return machines of which no two are alike."""
    draw = random.Random(name)
    needs: dict[tuple[int, int], None] = {}
    while len(needs) < machines:
        if even:
            vcpu, memory = (draw.randint(host // 50, host // 4) for host in MEASURED.values())
        else:
            cores, gib = draw.choices(FLAVOURS, SHARES)[0]
            vcpu, memory = draw.randint(500 * cores, 1000 * cores), draw.randint(512 * gib, 1024 * gib)
        needs[vcpu, memory] = None
    workloads = [
        {"id": f"w-{k}", "need": list(need), "replicas": 1, "most_per_host": 1} for k, need in enumerate(needs, 1)
    ]
    return {"name": name, "resources": list(MEASURED), "host": list(MEASURED.values()), "workloads": workloads}


def main() -> int:
    """Write the family into a folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.generate")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, nargs="+", default=SEEDS)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in names(tuple(args.seed)):
        (args.folder / f"{name}.json").write_text(json.dumps(instance(name)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
