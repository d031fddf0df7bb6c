"""`python -m tests.benchmarks FAMILY DIR [--time-limit S] [--only NAME] [--json FILE]`; or COMPARISON; or `all`.

Every instance is solved in a process of its own: its memory is its own, and one that dies does not take the others.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from planner.plan_io import write_atomic
from tests.benchmarks import families, peers
from tests.benchmarks.family import Case, Row
from tests.benchmarks.process import measured

HEADER = f"{'instance':<28} {'model':<8} {'status':<11} {'objective':>16} {'bound':>16} {'gap':>8} {'s':>8} {'MiB':>6}"

INTERRUPTED = 130
"""Exit code, as of a shell."""


def main() -> int:
    """Run a family or a comparison; 0 when every row was checked."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("what", choices=sorted((*families.NAMES, *peers.NAMES, "all")))
    parser.add_argument("folder", type=Path, nargs="?", help="folder of instance files of the family")
    parser.add_argument("--time-limit", type=float, default=300.0, metavar="S", help="seconds for one instance")
    parser.add_argument("--only", metavar="NAME", help="this instance alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows here")
    parser.add_argument("--survivability", choices=("N", "U"), help="sndlib: the model when there is no index")
    args = parser.parse_args()
    if args.what == "all":
        return max(peers.comparison(name)() for name in peers.NAMES)
    if args.what in peers.NAMES:
        return peers.comparison(args.what)()
    if args.folder is None or not args.folder.is_dir():
        parser.error(f"family {args.what} wants a folder of instance files")
    cases = families.family(args.what).cases(args.folder, args.survivability)
    cases = [case for case in cases if args.only in (None, case.instance)]
    if not cases:
        parser.error(f"no instance of {args.what} in {args.folder}" + (f" named {args.only}" if args.only else ""))
    try:
        return run(args.what, cases, args.time_limit, args.json)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: the rows so far are whole\n")
        return INTERRUPTED


def run(name: str, cases: list[Case], time_limit_s: float, file: Path | None) -> int:
    """Solve the cases one after the other, each row shown and written at once; 0 when all are checked."""
    rows: list[Row] = []
    sys.stdout.write(HEADER + "   best known\n")
    for case in cases:
        row, peak_mib, wrong = measured(name, case, time_limit_s)
        rows.append(row)
        if wrong:
            sys.stderr.write(f"{wrong}\n")
        sys.stdout.write(f"{line(row)} {peak_mib:>6.0f}   {case.best_known}\n")
        sys.stdout.flush()
        if file:
            write_atomic(file, json.dumps([asdict(row) for row in rows], indent=1).encode())
    return 0 if all(row.checked for row in rows) else 2


def line(row: Row) -> str:
    """Return a row as one line."""
    objective, bound = (f"{value:16.2f}" if value is not None else f"{'-':>16}" for value in (row.objective, row.bound))
    gap = f"{row.gap:8.3%}" if row.gap is not None else f"{'-':>8}"
    state = row.status if row.checked else f"{row.status} (!)"
    return f"{row.instance:<28} {row.model[:8]:<8} {state:<11} {objective} {bound} {gap} {row.seconds:8.1f}"


if __name__ == "__main__":
    sys.exit(main())
