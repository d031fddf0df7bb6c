"""What is asked of the network otherwise than planned: of one site's own lines, or of the whole province."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from topology.model import Network
from topology.order import natural

Kind = Literal[
    "carrier", "point", "line", "backup-carrier", "backup-line", "backup", "without",
    "unused", "internet-only", "used", "no-trunks-of", "points", "mobiles",
]  # fmt: skip
OF_SITE: tuple[Kind, ...] = ("carrier", "point", "line", "backup-carrier", "backup-line", "backup", "without")
OF_THING: tuple[Kind, ...] = ("unused", "used")
BACKUPS = ("fixed", "mobile")


class WishError(ValueError):
    """Something is asked that the records have no word for; `known` lists what could be meant."""

    def __init__(self, said: str, known: Iterable[str]) -> None:
        super().__init__(said)
        self.said, self.known = said, tuple(known)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing asked.

    Of a site, for its own lines: `carrier` X leases out the primary; the primary ends at `point` E, an exchange or the
    core; the primary is `line` L; `backup-carrier`, `backup-line` the same of the backup; `backup` is fixed or mobile;
    both do `without` a carrier, an exchange, a duct or a line. Of the province: X is `unused`, or `used` by some site;
    a carrier is leased `internet-only`; no trunk is leased from a carrier; at most so many concentration points, so
    many sites on a mobile backup.
    """

    kind: Kind
    value: str
    site: str | None = None
    """None: the whole province."""

    @property
    def id(self) -> str:
        """`carrier=beta@commune-05`, `unused=exchange-bac`."""
        return f"{self.kind}={self.value}" + (f"@{self.site}" if self.site else "")


def wish(network: Network, thing: str, said: str) -> Wish:
    """Read what is asked of a site (`carrier=beta`) or of a carrier, exchange, duct or line (`unused`, `used`).

    Raises
    ------
    WishError
        Naming what could be said instead.

    """
    kind, equals, value = said.partition("=")
    if thing in network.demands:
        if kind not in OF_SITE or not equals:
            raise WishError(said, (f"{one}=…" for one in OF_SITE))
        known = _values(network, thing, kind)
        if value not in known:
            raise WishError(said, (f"{kind}={one}" for one in known))
        return Wish(kind, value, thing)
    if thing not in _things(network):
        raise WishError(thing, ())
    if said not in OF_THING:
        raise WishError(said, OF_THING)
    return Wish("unused" if said == "unused" else "used", thing)


def wishes_of(network: Network, site: str) -> tuple[Wish, ...]:
    """List what can be asked of a site and changes a person's mind: carriers, points, kinds of backup."""
    kinds: tuple[Kind, ...] = ("carrier", "point", "backup-carrier", "backup")
    return tuple(Wish(kind, value, site) for kind in kinds for value in _values(network, site, kind))


def _values(network: Network, site: str, kind: str) -> list[str]:
    own = [link for link in network.links if link.a == site and link.kind in ("access", "mobile")]
    fixed = [link for link in own if link.kind == "access"]
    values: dict[str, Iterable[str]] = {
        "carrier": (link.carrier for link in fixed),
        "point": (link.b for link in fixed),
        "line": (link.id for link in fixed),
        "backup-carrier": (link.carrier for link in own),
        "backup-line": (link.id for link in own),
        "backup": BACKUPS,
        "without": (name for link in own for name in (link.id, link.carrier, *link.ducts, *_end(network, link.b))),
    }
    return natural(set(values[kind]))


def _end(network: Network, place: str) -> tuple[str, ...]:
    return () if place == network.core else (place,)


def _things(network: Network) -> set[str]:
    named = {name for link in network.links for name in (link.id, link.carrier, *link.ducts)}
    return named | {exchange.id for exchange in network.records.exchanges}
