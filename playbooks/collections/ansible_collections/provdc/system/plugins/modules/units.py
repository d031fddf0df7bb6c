#!/usr/bin/python
"""A set of systemd units, brought into their state."""

from __future__ import annotations

DOCUMENTATION = r"""
module: units
short_description: Enable and start a set of systemd units, restart those older than their files
version_added: 0.1.0
description:
  - A unit is restarted when one of its files is younger than its last start. Nothing needs to be remembered between
    writing a file and restarting its unit, so an interrupted run is finished by the next one.
  - Waits until every unit is active and fails with the end of its journal otherwise.
options:
  started:
    description: Units that must be enabled and active.
    type: list
    elements: str
    default: []
  stopped:
    description: Units that must be disabled and inactive; a unit that does not exist is.
    type: list
    elements: str
    default: []
  files:
    description: Configuration files; those with a C(unit), or a list of them, belong to it.
    type: list
    elements: dict
    default: []
  changed_paths:
    description: In check mode, the files that would have been written.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds for a unit to become active.
    type: int
    default: 60
attributes:
  check_mode:
    support: full
    description: Tells which units would be enabled, started, restarted or stopped.
  diff_mode:
    support: none
    description: The states are in the return value.
author:
  - provdc
"""

EXAMPLES = r"""
- name: Keep time
  provdc.system.units:
    started: [chrony.service]
    files:
      - path: /etc/chrony/chrony.conf
        unit: chrony.service
"""

RETURN = r"""
actions:
  description: What was or would be done, in order.
  returned: always
  type: list
  elements: str
"""

import calendar
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

PROPERTIES = "Id,LoadState,ActiveState,UnitFileState,ActiveEnterTimestamp,NeedDaemonReload,Type"
ENABLED = ("enabled", "static", "alias", "generated", "indirect", "enabled-runtime")
States = dict[str, dict[str, str]]


def show(module: AnsibleModule, units: list[str]) -> States:
    """Return unit → its properties, asked in one call."""
    if not units:
        return {}
    code, out, err = module.run_command(
        ["systemctl", "show", "--no-pager", "--timestamp=us+utc", f"--property={PROPERTIES}", *units]
    )
    if code:
        module.fail_json(msg=f"systemctl show: {err.strip()}")
    blocks = [dict(line.partition("=")[::2] for line in block.splitlines()) for block in out.strip().split("\n\n")]
    return dict(zip(units, blocks, strict=True))


def seconds(stamp: str) -> float:
    """Return the seconds since 1970 of systemd's timestamp, 0 for a unit that never was active."""
    words = stamp.split()
    if len(words) < 3:
        return 0.0
    clock, _, fraction = words[2].partition(".")
    parsed = time.strptime(f"{words[1]} {clock}", "%Y-%m-%d %H:%M:%S")
    return calendar.timegm(parsed) + float(f"0.{fraction or 0}")


def units_of(entry: dict[str, Any]) -> list[str]:
    """Return the units that a file belongs to."""
    unit = entry.get("unit") or []
    return [unit] if isinstance(unit, str) else list(unit)


def newest(paths: list[str]) -> float:
    """Return the youngest modification time of the files that are there."""
    return max((path.stat().st_mtime for path in map(Path, paths) if path.exists()), default=0.0)


def decide(asked: dict[str, Any], found: States, check_mode: bool) -> list[tuple[str, str]]:
    """Return the systemctl verbs to run: (verb, unit)."""
    actions = []
    for unit in asked["stopped"]:
        state = found[unit]
        if state["LoadState"] == "not-found":
            continue
        if state["UnitFileState"] not in ("disabled", "masked", "static", ""):
            actions.append(("disable", unit))
        if state["ActiveState"] not in ("inactive", "failed"):
            actions.append(("stop", unit))
    for unit in asked["started"]:
        state = found[unit]
        paths = [entry["path"] for entry in asked["files"] if unit in units_of(entry)]
        younger = newest(paths) > seconds(state["ActiveEnterTimestamp"])
        if check_mode and set(paths) & set(asked["changed_paths"]):
            younger = True
        if state["UnitFileState"] not in ENABLED:
            actions.append(("enable", unit))
        if state["ActiveState"] not in ("active", "reloading") or younger:
            actions.append(("restart", unit))
    return actions


def wait(module: AnsibleModule, units: list[str], limit: float) -> None:
    """Wait until all units are active, else fail with what the journal says."""
    deadline = time.monotonic() + limit
    while True:
        found = show(module, units)
        bad = sorted(unit for unit, state in found.items() if state["ActiveState"] != "active")
        if not bad:
            return
        hopeless = [unit for unit in bad if found[unit]["ActiveState"] in ("failed", "inactive")]
        if hopeless or time.monotonic() > deadline:
            said = []
            for unit in hopeless or bad:
                _code, out, _err = module.run_command(["journalctl", "--no-pager", "-o", "cat", "-n", "12", "-u", unit])
                said.append(f"{unit} is {found[unit]['ActiveState']}: {out.strip()}")
            module.fail_json(msg="\n".join(said))
        time.sleep(0.2)


def act(module: AnsibleModule, actions: list[tuple[str, str]], found: States) -> None:
    """Run the verbs and wait for health."""
    if actions or any(state["NeedDaemonReload"] == "yes" for state in found.values()):
        module.run_command(["systemctl", "daemon-reload"], check_rc=True)
    for verb, unit in actions:
        code, out, err = module.run_command(["systemctl", verb, unit])
        if code and verb != "restart":  # why a start failed is told by wait(), from the journal
            module.fail_json(msg=f"systemctl {verb} {unit}: {(err or out).strip()}")
    if actions:
        wait(module, module.params["started"], module.params["timeout"])


def main() -> None:
    """Ask once, act where needed, wait for health."""
    module = AnsibleModule(
        argument_spec={
            "started": {"type": "list", "elements": "str", "default": []},
            "stopped": {"type": "list", "elements": "str", "default": []},
            "files": {"type": "list", "elements": "dict", "default": []},
            "changed_paths": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "int", "default": 60},
        },
        supports_check_mode=True,
    )
    found = show(module, module.params["started"] + module.params["stopped"])
    actions = decide(module.params, found, module.check_mode)
    if not module.check_mode:
        act(module, actions, found)
    module.exit_json(changed=bool(actions), actions=[f"{verb} {unit}" for verb, unit in actions])


if __name__ == "__main__":
    main()
