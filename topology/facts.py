"""Quantities that a stated fact can be compared with: a small registry of named expressions over the records."""

from collections.abc import Callable
from dataclasses import dataclass

from topology.model import Records
from topology.schema.facility import SanityFact

Expression = Callable[[Records], float]


def _sites(site_class: str) -> Expression:
    return lambda records: sum(1 for site in records.sites if site.site_class == site_class)


def _machines(form: str) -> Expression:
    return lambda r: sum(w.replicas for service in r.services for w in service.workloads if w.form == form)


def _communes_with_fibre(records: Records) -> float:
    ends = {end for duct in records.ducts for end in (duct.a, duct.b)}
    return sum(1 for site in records.sites if site.site_class == "commune" and site.id in ends)


def _indoor_share(records: Records) -> float:
    """Share of the people whose commune some mobile carrier reaches indoors."""
    indoors = {cover.site for cover in records.mobile if cover.indoor}
    people = sum(site.population for site in records.sites)
    return sum(site.population for site in records.sites if site.id in indoors) / people if people else 0.0


def _buried_share(records: Records) -> float:
    """Share of the ducts between towns, wards and agencies that lie underground."""
    villages = ("commune", "place")
    urban = {site.id for site in records.sites if site.site_class not in villages or not site.name.startswith("Xã ")}
    inside = [duct for duct in records.ducts if duct.a in urban and duct.b in urban]
    return sum(duct.underground for duct in inside) / len(inside) if inside else 0.0


EXPRESSIONS: dict[str, Expression] = {
    "count(sites)": lambda r: sum(1 for site in r.sites if site.site_class != "place"),
    "count(sites[core])": _sites("core"),
    "count(sites[department])": _sites("department"),
    "count(sites[district])": _sites("district"),
    "count(sites[commune])": _sites("commune"),
    "count(points)": lambda r: sum(1 for site in r.sites if site.site_class not in ("core", "place")),
    "count(agencies)": lambda r: sum(1 for site in r.sites if site.site_class in ("department", "district")),
    "count(carriers)": lambda r: len(r.carriers),
    "count(carriers[fixed])": lambda r: sum(1 for carrier in r.carriers if carrier.fixed),
    "count(carriers[mobile])": lambda r: sum(1 for carrier in r.carriers if carrier.mobile),
    "count(carriers[telephony])": lambda r: sum(1 for carrier in r.carriers if carrier.telephony),
    "count(exchanges)": lambda r: len(r.exchanges),
    "count(exchanges[host])": lambda r: sum(1 for exchange in r.exchanges if exchange.host),
    "count(exchanges[switching])": lambda r: sum(1 for exchange in r.exchanges if not exchange.host),
    "count(mobile sites[commune])": lambda r: len(
        {cover.site for cover in r.mobile} & {site.id for site in r.sites if site.site_class == "commune"}
    ),
    "count(small data centres)": lambda r: len(r.small_data_centres),
    "count(rooms)": lambda r: len(r.rooms),
    "count(services integrated)": lambda r: sum(1 for service in r.services if "lgsp" in service.integrates),
    "count(machines)": lambda r: sum(w.replicas for service in r.services for w in service.workloads),
    "count(machines[vm])": _machines("vm"),
    "count(machines[appliance])": _machines("appliance"),
    "count(sites[commune] with fibre)": _communes_with_fibre,
    "share(people reached indoors)": _indoor_share,
    "share(urban ducts underground)": _buried_share,
    "plan_year": lambda r: r.province.plan_year,
    "count(conferences)": lambda r: len(r.conferences),
    "sum(population)": lambda r: sum(site.population for site in r.sites),
    "sum(officials)": lambda r: sum(site.officials for site in r.sites),
    "population": lambda r: r.province.population[-1].people.value if r.province.population else 0,
    "sum(duct_km)": lambda r: sum(duct.length_km for duct in r.ducts),
    "min(small data centre servers)": lambda r: min((s.servers_min.value for s in r.small_data_centres), default=0),
    "max(small data centre servers)": lambda r: max((s.servers_max.value for s in r.small_data_centres), default=0),
}
"""Name → value; the names are what `facts.yaml` may compare with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fact beside what the records give."""

    fact: SanityFact
    found: float | None
    """None when the fact is only stated."""
    holds: bool


def compare(records: Records) -> tuple[Outcome, ...]:
    """Compare every fact with the records, in order of id."""
    return tuple(_one(records, fact) for fact in records.facts)


def _one(records: Records, fact: SanityFact) -> Outcome:
    if fact.check == "none" or fact.value is None:
        return Outcome(fact, None, True)
    if fact.check == "sum":
        found = sum(fact.parts)
        return Outcome(fact, found, abs(found - fact.value) < 1e-6)
    found = EXPRESSIONS[fact.against](records)
    holds = {
        "equals": abs(found - fact.value) < 1e-6,
        "at-most": found <= fact.value,
        "at-least": found >= fact.value,
    }[fact.check]
    return Outcome(fact, found, holds)
