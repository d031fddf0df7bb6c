"""Two firewalls that stand in for each other."""

from dataclasses import dataclass

import pulumi

from planner.plan import Machine
from stacks.components.driver import Driver
from stacks.components.group import Group
from stacks.components.networks import Networks


@dataclass(frozen=True)
class FirewallPairArgs:
    """The two members."""

    a: Machine
    b: Machine

    def check(self) -> None:
        """Refuse members that are not each other's peer or could not take over from each other.

        Raises
        ------
        pulumi.InputPropertyError
            At what is wrong.
        """
        for path, machine, other in (("a", self.a, self.b), ("b", self.b, self.a)):
            if machine.peer != other.id:
                raise pulumi.InputPropertyError(f"{path}.peer", f"of '{machine.id}' must be '{other.id}'")
        legs_a = {leg.name: leg for leg in self.a.interfaces}
        legs_b = {leg.name: leg for leg in self.b.interfaces}
        if {n: leg.segment for n, leg in legs_a.items()} != {n: leg.segment for n, leg in legs_b.items()}:
            reason = f"'{self.a.id}' and '{self.b.id}' must stand in the same segments under the same names"
            raise pulumi.InputPropertyError("b.interfaces", reason)
        for name, leg in legs_b.items():
            if leg.address == legs_a[name].address:
                raise pulumi.InputPropertyError("b.interfaces", f"both members have {leg.address} on '{name}'")
            if leg.virtual != legs_a[name].virtual:
                reason = f"the members share different addresses on '{name}'"
                raise pulumi.InputPropertyError("b.interfaces", reason)


class FirewallPair(Group):
    """A pair of firewalls: one works, the other takes over."""

    def __init__(
        self,
        name: str,
        args: FirewallPairArgs,
        networks: Networks,
        driver: Driver,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args.check()
        members = [("a", args.a), ("b", args.b)]
        super().__init__("provdc:machine:FirewallPair", name, members, networks, driver, opts)
