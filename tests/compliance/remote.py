"""The way to the machines: ssh by machine id, and small programs run on them."""

import json
import shlex
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import testinfra
from testinfra.host import Host

from planner.plan import Machine, Plan


@dataclass(frozen=True)
class Remote:
    """Reaches every machine of the slice under its id."""

    ssh_config: Path
    plan: Plan
    hosts: dict[str, Host] = field(default_factory=dict)

    def host(self, machine_id: str) -> Host:
        """Return the testinfra host of a machine, the same at each call."""
        if machine_id not in self.hosts:
            self.hosts[machine_id] = testinfra.get_host(
                f"ssh://{machine_id}?sudo=true", ssh_config=str(self.ssh_config)
            )
        return self.hosts[machine_id]

    def one(self, role: str) -> Machine:
        """Return the first machine of the slice with the role; LookupError when there is none."""
        for machine in self.plan.machines:
            if machine.role == role and machine.id in self.plan.slice_machines:
                return machine
        message = f"the slice has no {role}"
        raise LookupError(message)

    def python(self, machine_id: str, source: str, *arguments: str, timeout: int = 60) -> Any:
        """Run a Python program on a machine; it prints JSON, which is returned."""
        host = self.host(machine_id)
        quoted = " ".join(shlex.quote(argument) for argument in arguments)
        program = shlex.quote(textwrap.dedent(source))
        result = host.run(f"timeout {timeout} python3 -I -c {program} {quoted}")
        assert result.rc == 0, f"{machine_id}: {result.stderr.strip() or result.stdout.strip()}"
        return json.loads(result.stdout)


def address(machine: Machine) -> str:
    """Return the machine's first address without its prefix length."""
    return machine.interfaces[0].address.partition("/")[0]
