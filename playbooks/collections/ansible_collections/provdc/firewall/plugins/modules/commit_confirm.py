#!/usr/bin/python
"""A packet filter, loaded with proof and taken back unless confirmed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: commit_confirm
short_description: Load an nftables rule set that returns by itself unless confirmed
version_added: 0.1.0
description:
  - V(loaded) checks the syntax, loads the rule set into an empty network namespace, proves the policy on the kernel's
    own reading of it, keeps a snapshot, starts a timer that brings the snapshot back, and loads atomically.
  - V(confirmed), called over a new connection, stops the timer and makes the rule set the one of the next start.
  - The running rule set is compared, not the file, so a rule changed by hand is found and put right.
options:
  state:
    description: Which half.
    type: str
    choices: [loaded, confirmed]
    default: loaded
  rules:
    description: The rule set, beginning with C(flush ruleset). Required for O(state=loaded).
    type: str
  path:
    description: File that the machine loads at its start.
    type: path
    default: /etc/nftables.conf
  confirm_seconds:
    description: Seconds after which an unconfirmed rule set is taken back.
    type: int
    default: 120
  names:
    description: Comments that the rules must carry, and no others.
    type: list
    elements: str
    default: []
  management:
    description: Packets of administrators that must be accepted on input.
    type: list
    elements: dict
    default: []
  refused:
    description: Packets, each with its C(hook), that must be dropped.
    type: list
    elements: dict
    default: []
attributes:
  check_mode:
    support: full
    description: Checks, proves and compares; loads nothing.
  diff_mode:
    support: full
    description: Shows the file of the next start.
author:
  - provdc
"""

EXAMPLES = r"""
- name: Load the packet filter
  provdc.firewall.commit_confirm:
    rules: "{{ lookup('ansible.builtin.template', 'etc/nftables.conf.j2') }}"
"""

RETURN = r"""
pending:
  description: Whether a confirmation is awaited.
  returned: always
  type: bool
"""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.provdc.firewall.plugins.module_utils.policy import prove

HOME = Path("/var/lib/provdc/firewall")
CANDIDATE = HOME / "candidate.nft"
SNAPSHOT = HOME / "snapshot.nft"
TIMER = "provdc-firewall-return"


def comparable(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a listing without what differs between two loads of the same rules."""
    kept = []
    for entry in entries:
        if "metainfo" in entry:
            continue
        ((kind, value),) = entry.items()
        value = {key: part for key, part in value.items() if key not in ("handle", "index")}
        if kind == "set" and "interval" not in value.get("flags", ()):
            value.pop("elem", None)  # filled by the rules at run time
        kept.append({kind: value})
    return kept


def listing(module: AnsibleModule, *command: str) -> list[dict[str, Any]]:
    """Return what a command that ends in `nft -j list ruleset` says, as a list."""
    code, out, err = module.run_command(list(command))
    if code:
        module.fail_json(msg=f"the rule set is refused: {(err or out).strip()}")
    return json.loads(out)["nftables"]


def write(path: Path, text: str) -> None:
    """Write a private file by temporary file and rename."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".provdc-")
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).rename(path)


def read(path: Path) -> str:
    """Return a file's text, empty when there is none."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def pending(module: AnsibleModule) -> bool:
    """Tell whether the timer runs."""
    code, _out, _err = module.run_command(["systemctl", "is-active", "--quiet", f"{TIMER}.timer"])
    return code == 0


def load(module: AnsibleModule) -> None:
    """Prove, snapshot, arm the timer, load."""
    rules = module.params["rules"].rstrip("\n") + "\n"
    if not any(line.strip() == "flush ruleset" for line in rules.splitlines()):
        module.fail_json(msg="the rule set must begin with `flush ruleset`, or the load would not be atomic")
    with tempfile.NamedTemporaryFile("w", suffix=".nft") as stream:
        stream.write(rules)
        stream.flush()
        apart = 'nft -f "$0" && nft -s -j list ruleset'
        wanted = listing(module, "unshare", "--net", "sh", "-c", apart, stream.name)
    wrong = prove(wanted, module.params["names"], module.params["management"], module.params["refused"])
    if wrong:
        module.fail_json(msg="the rule set is refused before it is loaded: " + "; ".join(wrong))
    running = listing(module, "nft", "-s", "-j", "list", "ruleset")
    before = read(Path(module.params["path"]))
    waiting = pending(module)
    changed = waiting or comparable(running) != comparable(wanted) or before != rules
    if changed and not module.check_mode:
        write(CANDIDATE, rules)
        if not waiting:
            _code, text, _err = module.run_command(["nft", "-s", "list", "ruleset"], check_rc=True)
            write(SNAPSHOT, "flush ruleset\n" + text)
        arm(module)
        module.run_command(["nft", "-f", str(CANDIDATE)], check_rc=True)
    module.exit_json(
        changed=changed,
        pending=changed and not module.check_mode,
        diff={"before": before, "after": rules, "before_header": module.params["path"], "after_header": "candidate"},
    )


def arm(module: AnsibleModule) -> None:
    """Start the timer that brings the snapshot back; a running one starts anew."""
    module.run_command(["systemctl", "stop", f"{TIMER}.timer"])
    module.run_command(["systemctl", "reset-failed", f"{TIMER}.service", f"{TIMER}.timer"])
    when = [f"--on-active={module.params['confirm_seconds']}s", "--timer-property=AccuracySec=250ms"]
    what = ["/usr/sbin/nft", "-f", str(SNAPSHOT)]
    module.run_command(["systemd-run", "--quiet", f"--unit={TIMER}", *when, *what], check_rc=True)


def confirm(module: AnsibleModule) -> None:
    """Stop the timer and keep the rule set."""
    if not pending(module):
        module.fail_json(msg="too late: the rule set was not confirmed in time and the former one is back")
    if not module.check_mode:
        module.run_command(["systemctl", "stop", f"{TIMER}.timer"], check_rc=True)
        write(Path(module.params["path"]), read(CANDIDATE))
        CANDIDATE.unlink()
    module.exit_json(changed=True, pending=False)


def main() -> None:
    """Load or confirm."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["loaded", "confirmed"], "default": "loaded"},
            "rules": {"type": "str"},
            "path": {"type": "path", "default": "/etc/nftables.conf"},
            "confirm_seconds": {"type": "int", "default": 120},
            "names": {"type": "list", "elements": "str", "default": []},
            "management": {"type": "list", "elements": "dict", "default": []},
            "refused": {"type": "list", "elements": "dict", "default": []},
        },
        required_if=[("state", "loaded", ["rules"])],
        supports_check_mode=True,
    )
    (confirm if module.params["state"] == "confirmed" else load)(module)


if __name__ == "__main__":
    main()
