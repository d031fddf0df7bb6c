"""The map: where sites, concentration points and links are drawn, in which colour. Imports the plan and geometry."""

import itertools
from dataclasses import dataclass

from planner.plan import Plan, PlannedLink
from provdc.report import geometry
from provdc.summary import fails_in, occupancy


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on the map."""

    id: str
    kind: str
    """core · department · district · commune · point"""
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A link on the map."""

    id: str
    kind: str
    d: str
    normal: int
    """Class of its load with nothing failed, 0 to 4."""
    worst: int
    """Class of its load in its worst survived state."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name on the map."""

    text: str
    x: float
    y: float
    anchor: str
    level: int
    """1: always shown; 2: only where there is room."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A failure state that can be shown on the map."""

    id: str
    links: tuple[str, ...]
    cut_off: tuple[str, ...]
    on_mobile: int


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that is drawn."""

    width: float
    height: float
    outline: tuple[str, ...]
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    labels: tuple[Label, ...]
    outages: tuple[Outage, ...]
    scale_km: int
    scale_units: float
    routes: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Site → links of its primary and of its backup path."""


LEVELS = 5
"""Load classes: idle, low, medium, above the warning limit, above the allowed limit."""


def load_class(share: float, warn: float, limit: float) -> int:
    """Return the class of an occupancy: 0 idle, 1 below half, 2 below the warning, 3 below the limit, 4 not."""
    if share <= 0:
        return 0
    return 1 if share < 0.5 else 2 if share < warn else 3 if share < limit else 4


def draw(plan: Plan, rings: tuple[geometry.Ring, ...]) -> Map:
    """Return the map of a plan; without outlines the province is the hull of its sites."""
    places = {site.id: (site.lon, site.lat) for site in plan.network.sites}
    places |= {point.id: (point.lon, point.lat) for point in plan.network.concentration_points}
    if plan.core_place is not None:
        places[plan.core] = (plan.core_place.lon, plan.core_place.lat)
    rings = rings or (geometry.hull(places.values()),)
    projection = geometry.fit([*itertools.chain.from_iterable(rings), *places.values()])
    at = {place: projection.at(*where) for place, where in places.items()}
    warn, limit = plan.policy["warn_occupancy"], plan.policy["max_occupancy"]
    lines = []
    for link in plan.network.links:
        ends = link.a, plan.core if link.kind in ("mobile", "internet") else link.b
        if ends[0] in at and ends[1] in at and ends[0] != ends[1]:
            normal, worst = occupancy(link)
            shape = "M{:g} {:g}L{:g} {:g}".format(*at[ends[0]], *at[ends[1]])
            classes = load_class(normal, warn, limit), load_class(worst, warn, limit)
            lines.append(Line(link.id, link.kind, shape, *classes))
    order = {"mobile": 0, "internet": 1, "access": 2, "trunk": 3}
    points = [Dot(point.id, "point", point.name, *at[point.id]) for point in plan.network.concentration_points]
    dots = [Dot(site.id, site.site_class, site.name, *at[site.id]) for site in plan.network.sites]
    if plan.core_place is not None:
        dots.append(Dot(plan.core, "core", plan.core_place.name, *at[plan.core]))
    ranks = {"commune": 0, "department": 1, "point": 2, "district": 3, "core": 4}
    return Map(
        width=geometry.WIDTH,
        height=projection.height,
        outline=tuple(geometry.path(projection, ring) for ring in rings),
        dots=tuple(sorted([*points, *dots], key=lambda dot: (ranks[dot.kind], dot.id))),
        lines=tuple(sorted(lines, key=lambda line: (order[line.kind], line.worst, line.id))),
        labels=labels(plan, at),
        outages=outages(plan),
        scale_km=20,
        scale_units=projection.km(20),
        routes={site.id: (site.primary.links, site.backup.links if site.backup else ()) for site in plan.network.sites},
    )


def labels(plan: Plan, at: dict[str, tuple[float, float]]) -> tuple[Label, ...]:
    """Return the names of the data centre and of the districts, on the side where the drawing has room."""
    placed: list[Label] = []
    named = [(site.id, short_name(site.name)) for site in plan.network.sites if site.site_class == "district"]
    if plan.core_place is not None:
        named.insert(0, (plan.core, short_name(plan.core_place.name)))
    for place, name in named:
        x, y = at[place]
        anchor = "end" if x > geometry.WIDTH * 0.72 else "start"
        while any(abs(other.x - x) < 190 and abs(other.y - y) < 26 for other in placed):
            y += 27
        placed.append(Label(name, x, y, anchor, 1 if place == plan.core else 2))
    return tuple(placed)


def short_name(name: str) -> str:
    """Return the name of a place without its kind of office."""
    for prefix in ("UBND ", "Ủy ban nhân dân "):
        name = name.removeprefix(prefix)
    return name[:1].upper() + name[1:]


def outages(plan: Plan) -> tuple[Outage, ...]:
    """Return the states worth showing: those that cut sites off, send most to mobile, or load a link most."""
    sweep = plan.network.sweep
    impact = {state: (len(sites), sweep.on_mobile.get(state, 0)) for state, sites in sweep.cut_off.items()}
    impact |= {state: (0, count) for state, count in sweep.on_mobile.items() if state not in impact}
    impact |= {state: (0, 0) for _, state, _ in sweep.highest if state not in impact and state != "normal"}
    chosen = sorted(impact, key=lambda state: (tuple(-count for count in impact[state]), state))[:24]
    return tuple(
        Outage(state, links_down(plan.network.links, state), sweep.cut_off.get(state, ()), impact[state][1])
        for state in chosen
    )


def links_down(links: tuple[PlannedLink, ...], state: str) -> tuple[str, ...]:
    """Return the links that a state takes down."""
    return tuple(link.id for link in links if fails_in(link, state))
