"""What all components made of machines share."""

from collections.abc import Sequence
from typing import Any

import pulumi

from planner.plan import Machine
from stacks.components.driver import Driver, Made
from stacks.components.networks import Networks


class Group(pulumi.ComponentResource):
    """Machines that are brought up together; `machines` holds what the driver made, by id."""

    machines: dict[str, Made]

    def __init__(
        self,
        kind: str,
        name: str,
        members: Sequence[tuple[str, Machine]],
        networks: Networks,
        driver: Driver,
        opts: pulumi.ResourceOptions | None = None,
        *,
        packages: bool = False,
    ) -> None:
        """Make the members.

        Parameters
        ----------
        kind : str
            Pulumi type, `provdc:machine:MailGateway`.
        name : str
            Name of the component.
        members : sequence of (path, Machine)
            Machines, each with the place in the args that an error about it names.
        networks : Networks
            Where they stand.
        driver : Driver
            Who makes them.
        opts : pulumi.ResourceOptions, optional
            As for any component.
        packages : bool
            Whether they hold the package repository.
        """
        checked = [(machine, networks.check(path, machine)) for path, machine in members]
        super().__init__(kind, name, None, opts)
        self.machines = {
            machine.id: driver.machine(machine, segments, parent=self, packages=packages)
            for machine, segments in checked
        }
        described = {machine.id: describe(machine, self.machines[machine.id]) for machine, _ in checked}
        self.register_outputs({"machines": described})


def describe(machine: Machine, made: Made) -> dict[str, Any]:
    """Return what the world outside needs to know of a machine."""
    return {
        "id": machine.id,
        "role": machine.role,
        "address": machine.interfaces[0].address.partition("/")[0],
        "host_key": made.host_key,
        **made.connection,
    }
