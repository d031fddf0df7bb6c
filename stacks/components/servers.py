"""Servers of one role: mail gateway, antivirus, conference bridge, log collector, package mirror, applications."""

from dataclasses import dataclass

import pulumi

from planner.plan import Machine
from stacks.components.driver import Driver
from stacks.components.group import Group
from stacks.components.networks import Networks


@dataclass(frozen=True)
class ServersArgs:
    """Machines of one role, sorted by id."""

    members: tuple[Machine, ...]

    def check(self) -> None:
        """Refuse no machine at all, one given twice, and machines of different roles.

        Raises
        ------
        pulumi.InputPropertyError
            At the first member that is wrong.
        """
        if not self.members:
            raise pulumi.InputPropertyError("members", "at least one machine is needed")
        for index, machine in enumerate(self.members):
            if machine.id in {other.id for other in self.members[:index]}:
                raise pulumi.InputPropertyError(f"members[{index}].id", f"'{machine.id}' is given twice")
            if machine.role != self.members[0].role:
                reason = f"'{machine.id}' is a {machine.role}, '{self.members[0].id}' a {self.members[0].role}"
                raise pulumi.InputPropertyError(f"members[{index}].role", reason)


class _Servers(Group):
    kind: str
    packages = False

    def __init__(
        self,
        name: str,
        args: ServersArgs,
        networks: Networks,
        driver: Driver,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args.check()
        members = [(f"members[{index}]", machine) for index, machine in enumerate(args.members)]
        super().__init__(self.kind, name, members, networks, driver, opts, packages=self.packages)


class MailGateway(_Servers):
    """Takes in and filters the mail of the province."""

    kind = "provdc:machine:MailGateway"


class AntivirusServer(_Servers):
    """Scans files for others and hands out signatures."""

    kind = "provdc:machine:AntivirusServer"


class ConferenceBridge(_Servers):
    """Carries the video meetings."""

    kind = "provdc:machine:ConferenceBridge"


class LogCollector(_Servers):
    """Keeps everybody's logs."""

    kind = "provdc:machine:LogCollector"


class PackageMirror(_Servers):
    """Holds the packages that all other machines install."""

    kind = "provdc:machine:PackageMirror"
    packages = True


class ApplicationServer(_Servers):
    """Runs an application of the province."""

    kind = "provdc:machine:ApplicationServer"
