"""Components of a stack: each a ComponentResource with one args object made from the plan. They decide nothing."""

from stacks.components.driver import Driver, Made
from stacks.components.firewall import FirewallPair, FirewallPairArgs
from stacks.components.networks import Networks, NetworksArgs
from stacks.components.servers import (
    AntivirusServer,
    ApplicationServer,
    ConferenceBridge,
    LogCollector,
    MailGateway,
    PackageMirror,
    ServersArgs,
)
from stacks.components.site import Site, SiteArgs

__all__ = [
    "AntivirusServer",
    "ApplicationServer",
    "ConferenceBridge",
    "Driver",
    "FirewallPair",
    "FirewallPairArgs",
    "LogCollector",
    "Made",
    "MailGateway",
    "Networks",
    "NetworksArgs",
    "PackageMirror",
    "ServersArgs",
    "Site",
    "SiteArgs",
]
