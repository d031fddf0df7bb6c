"""Hosts, groups and variables for Ansible: from the plan and the stack's outputs, never typed twice.

Two doors to the same answer: the pipeline calls `hosts(plan, machines)`; Ansible loads this file as an inventory plugin
for a source named `*.provdc.yml`:

    plugin: hosts
    plan: ../.provdc/hoa-binh/plan.json
    machines: ../.provdc/hoa-binh/stacks/machines.json    # outputs of the stack; without them: the slice, by name
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from pydantic import ValidationError

from inventory import roles
from inventory.reach import InventoryError, Reach, bare, natural
from inventory.rules import packet_filter
from planner.plan import Machine, Plan

DOCUMENTATION = """
name: hosts
short_description: Machines of a plan
description: Hosts, groups and variables from plan.json and the outputs of the stack.
options:
  plugin:
    description: Always C(hosts).
    required: true
    choices: [hosts]
  plan:
    description: Path of plan.json, relative to the source.
    required: true
    type: str
  machines:
    description: Path of the stack's outputs, relative to the source; without them the plan's slice, reached by name.
    type: str
"""


class Standing(Protocol):
    """A machine that stands."""

    @property
    def id(self) -> str:
        """Its id in the plan."""
        ...


class Machines(Protocol):
    """What this module reads of the stack's outputs."""

    @property
    def plan(self) -> str:
        """Digest of the plan that they were made from."""
        ...

    @property
    def machines(self) -> Iterable[Standing]:
        """Those that stand."""
        ...

    @property
    def ssh_config(self) -> Path:
        """Configuration that reaches each machine by its id."""
        ...


@dataclass(frozen=True, slots=True)
class Hosts:
    """An inventory: the same for the same plan and machines, byte for byte."""

    variables: Mapping[str, Mapping[str, Any]]
    """Host → its variables; hosts in natural order."""
    groups: Mapping[str, tuple[str, ...]]
    """Group → hosts."""
    common: Mapping[str, Any]
    """Variables of all hosts."""

    def as_ansible(self) -> dict[str, Any]:
        """Return the structure of an inventory file in YAML or JSON."""
        children: dict[str, dict[str, dict[str, Any]]] = {
            name: {"hosts": {host: {} for host in members}} for name, members in self.groups.items()
        }
        hosts = {name: dict(found) for name, found in self.variables.items()}
        return {"all": {"hosts": hosts, "children": children, "vars": dict(self.common)}}


def hosts(plan: Plan, machines: Machines) -> Hosts:
    """Return the inventory of the machines that exist.

    Raises
    ------
    InventoryError
        E-INV-001 … when the plan's flows do not let the machines do what they need, E-INV-008 for a machine that the
        plan has not, E-INV-009 when the machines were made from another plan.

    """
    return _checked(plan, machines.plan, [machine.id for machine in machines.machines], machines.ssh_config)


def _checked(plan: Plan, made_from: str, names: Iterable[str], ssh_config: Path) -> Hosts:
    if made_from != plan.digest:
        raise InventoryError(
            "E-INV-009",
            f"the machines were made from plan {made_from[:6]}, this is plan {plan.short_digest}",
            "bring the stack up again: `provdc up`",
        )
    return _hosts(plan, names, ssh_config)


def _hosts(plan: Plan, names: Iterable[str], ssh_config: Path | None) -> Hosts:
    here = tuple(sorted(names, key=natural))
    known = {machine.id: machine for machine in plan.machines}
    unknown = [name for name in here if name not in known]
    if unknown:
        raise InventoryError(
            "E-INV-008", f"the plan has no machine '{unknown[0]}'", "bring the stack up again: `provdc up`"
        )
    reach = Reach(plan, here)
    return Hosts(
        variables={name: _variables(reach, known[name]) for name in here},
        groups=_groups(plan, [known[name] for name in here]),
        common={
            "ansible_python_interpreter": "/usr/bin/python3",
            **({"ansible_ssh_args": f"-F {ssh_config}"} if ssh_config else {}),
            "provdc_digest": plan.digest,
            "provdc_domain": plan.domain,
            "provdc_province": plan.province,
        },
    )


def _variables(reach: Reach, machine: Machine) -> dict[str, Any]:
    needs = roles.needs_of(reach, machine)
    special = roles.VARIABLES.get(machine.role)
    return {
        "ansible_host": machine.id,
        "provdc_id": machine.id,
        "provdc_role": machine.role,
        "provdc_level": machine.level,
        "provdc_addresses": {leg.name: bare(leg.address) for leg in machine.interfaces},
        **roles.base(reach, machine, needs),
        **packet_filter(reach, machine, needs),
        **roles.probe(reach, machine),
        **(special(reach, machine) if special else {}),
    }


def _groups(plan: Plan, machines: list[Machine]) -> dict[str, tuple[str, ...]]:
    site_class = {site.id: site.site_class for site in plan.network.sites} | {plan.core: "core"}
    groups: dict[str, list[str]] = {}
    for machine in machines:
        facts = {
            "role": machine.role,
            "zone": machine.zone,
            "site": machine.site,
            "class": site_class[machine.site],
            "service": machine.service,
            "level": machine.level,
        }
        for kind, value in facts.items():
            if value is not None:
                groups.setdefault(f"{kind}_{value}".replace("-", "_"), []).append(machine.id)
    return {name: tuple(members) for name, members in sorted(groups.items())}


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]  # Ansible's base class is untyped
    """The same inventory for Ansible's own commands."""

    NAME = "hosts"

    def verify_file(self, path: str) -> bool:
        """Tell whether the source is ours by its name."""
        return bool(super().verify_file(path)) and path.endswith((".provdc.yml", ".provdc.yaml"))

    def parse(self, inventory: object, loader: object, path: str, cache: bool = True) -> None:
        """Fill Ansible's inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        folder = Path(path).resolve().parent
        plan_file = folder / self.get_option("plan")
        outputs = self.get_option("machines")
        try:
            plan = Plan.model_validate_json(plan_file.read_bytes())
            if outputs is None:
                found = _hosts(plan, plan.slice_machines, None)
            else:
                standing = json.loads((folder / outputs).read_text(encoding="utf-8"))
                names = [machine["id"] for machine in standing["machines"]]
                found = _checked(plan, standing["plan"], names, Path(standing["ssh_config"]))
        except (OSError, ValidationError, KeyError, TypeError, InventoryError) as error:
            message = f"{path}: {error}"
            raise AnsibleParserError(message) from None
        for name, value in found.common.items():
            self.inventory.set_variable("all", name, value)
        for host, variables in found.variables.items():
            self.inventory.add_host(host)
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)
        for group, members in found.groups.items():
            self.inventory.add_group(group)
            for host in members:
                self.inventory.add_child(group, host)
