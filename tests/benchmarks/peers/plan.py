"""The whole plan of both provinces, as a user asks for it, twice: each part's figures, the same bytes, the sweep."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import topology
from planner.plan_io import read
from planner.sweep.engine import Routing, Walk, sweep

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(sys.executable).with_name("provdc")
PROVINCES = ("mini", "hoa-binh")


def main() -> int:
    """Plan and sweep; 0 when the second plan is the first to the byte."""
    same = True
    for province in PROVINCES:
        with tempfile.TemporaryDirectory() as folder:
            first, second = Path(folder) / "first", Path(folder) / "second"
            told = planned(province, first)
            planned(province, second)
            equal = (first / "plan.json").read_bytes() == (second / "plan.json").read_bytes()
            same &= equal
            sys.stdout.write(f"{province}: {'the same bytes twice' if equal else 'TWO DIFFERENT PLANS'}\n")
            for name, part in told["parts"].items():
                figures = f"{part['objective']:>18,.0f} {part['bound']:>18,.0f} {part['gap']:>8.3%}"
                sys.stdout.write(f"  {name:<14} {part['status']:<9} {figures} {part['seconds'] or 0:>7.1f} s\n")
            states, seconds = swept(province, first / "plan.json")
            sys.stdout.write(f"  sweep of {states} single failure states: {seconds:.3f} s\n")
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"largest process: {peak_mib:.0f} MiB\n")
    return 0 if same else 2


def planned(province: str, out: Path) -> dict:
    """Plan by the program itself and return what `--json` says."""
    command = [PROGRAM, "plan", "--province", province, "--out", out, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def swept(province: str, path: Path) -> tuple[int, float]:
    """Sweep the plan's paths through all single failure states; return how many states, and the best of 5 times."""
    network = topology.build(topology.load(ROOT / "inventory" / province))
    plan = read(path)
    links = {link.id: link for link in plan.network.links}

    def walk(route) -> Walk:
        forward = tuple(links[link].a == node for link, node in zip(route.links, route.nodes, strict=False))
        return Walk(route.links, forward, route.nodes[1:-1])

    routings = []
    for site in plan.network.sites:
        share = site.backup_mbps / max(site.demand_down_mbps, site.demand_up_mbps, 1e-9)
        full = (site.demand_down_mbps, site.demand_up_mbps)
        backup = walk(site.backup) if site.backup else None
        routings.append(Routing(site.id, walk(site.primary), backup, full, (share * full[0], share * full[1])))
    times = []
    for _ in range(5):
        began = time.perf_counter()
        sweep(routings, network.states)
        times.append(time.perf_counter() - began)
    return len(network.states), min(times)
