"""A site of the dedicated network: its gateway, and clients behind it."""

from dataclasses import dataclass

import pulumi

from planner.plan import Machine
from stacks.components.driver import Driver
from stacks.components.group import Group
from stacks.components.networks import Networks


@dataclass(frozen=True)
class SiteArgs:
    """Gateway and clients of one site."""

    gateway: Machine
    clients: tuple[Machine, ...]

    def check(self) -> None:
        """Refuse a client of another site, or one whose way out is not the site's gateway.

        Raises
        ------
        pulumi.InputPropertyError
            At the first client that is wrong.
        """
        ways = {leg.address.partition("/")[0]: leg.segment for leg in self.gateway.interfaces}
        for index, client in enumerate(self.clients):
            path = f"clients[{index}]"
            if client.site != self.gateway.site:
                reason = f"'{client.id}' stands at '{client.site}', its gateway at '{self.gateway.site}'"
                raise pulumi.InputPropertyError(f"{path}.site", reason)
            if not any(leg.gateway and ways.get(leg.gateway) == leg.segment for leg in client.interfaces):
                reason = f"'{client.id}' has no leg whose gateway is '{self.gateway.id}'"
                raise pulumi.InputPropertyError(f"{path}.interfaces", reason)


class Site(Group):
    """A commune, district or department with its gateway."""

    def __init__(
        self,
        name: str,
        args: SiteArgs,
        networks: Networks,
        driver: Driver,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args.check()
        members = [("gateway", args.gateway), *((f"clients[{i}]", one) for i, one in enumerate(args.clients))]
        super().__init__("provdc:site:Site", name, members, networks, driver, opts)
