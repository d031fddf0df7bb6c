"""From a plan for today to the purchases of every year: each band alone, both together, the least regret."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata

from planner.errors import where
from planner.growth import BANDS, Band
from planner.limits import Limits, Progress, Report, Watch, gap, silent
from planner.plan import Finding, Plan, Proof, Years
from planner.years.chosen import Outcome, Upgrade
from planner.years.fleet import Site
from planner.years.ledger import Books
from planner.years.model import Program
from planner.years.needs import Demand, Needs
from planner.years.prices import Prices, worth
from planner.years.remaining import remaining
from planner.years.upgrades import SLACK_MBPS, capacity, largest, options, paths
from topology.model import CandidateLink, Network, Records
from topology.order import natural_key
from topology.schema.base import Name

MILLION = 1_000_000
OPTIMAL = 1e-6
"""Relative gap up to which the purchases count as proved least."""
LISTED = 5
"""Links named in a text."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What every program of the years stands on."""

    site: Site
    needs: dict[Band, Needs]
    upgrades: tuple[Upgrade, ...]
    prices: Prices
    books: Books
    short: tuple[str, ...]
    """Links that need more than they can hold."""


def with_years(
    plan: Plan, network: Network, limits: Limits, report: Report = silent, watch: Watch | None = None
) -> Plan:
    """Return the plan with its purchases year by year, their proof and warnings.

    A plan whose clock ran out before any purchases were found is returned with W-PLAN-607.
    """
    watch = watch or Watch(limits)
    ground = prepare(plan, network)
    weights = band_weights(network.records)
    report(Progress("years", "both bands", None, None, None, watch.seconds))
    outcome = _program(ground, weights, _part(watch, 0.7)).expected()
    if outcome is None:
        text = (
            "the clock left no time to find the purchases of the years: --time-limit",
            "hết giờ trước khi tìm được mua sắm của các năm: --time-limit",
        )
        late = _finding(network.records, "W-PLAN-607", "policy/money/horizon_years", *text)
        return plan.model_copy(update={"findings": (*plan.findings, late)})
    reached = outcome.objective_vnd if math.isfinite(outcome.objective_vnd) else None
    report(Progress("years", "both bands", reached, outcome.bound_vnd, None, watch.seconds))
    alone_vnd = {band: ground.books.total(outcome.chosen[band]) for band in BANDS}
    for band in BANDS:
        report(Progress("years", f"alone {band}", None, None, None, watch.seconds))
        single = _program(ground, {band: 1.0}, _part(watch, 0.4)).expected()
        if single is not None:
            alone_vnd[band] = min(alone_vnd[band], ground.books.total(single.chosen[band]))
    # no first year leaves less regret than none at all
    regretted = any(ground.books.total(outcome.chosen[band]) > alone_vnd[band] for band in BANDS)
    enough = regretted and not (outcome.missing or outcome.over_vnd)
    certain = {band: float(value) for band, value in alone_vnd.items()}
    regret = _program(ground, weights, watch).regret(certain) if enough else None
    years = _years(ground, weights, outcome, alone_vnd, regret)
    proof = _proof(years, weights, outcome, limits)
    return plan.model_copy(
        update={
            "years": years,
            "proofs": (*plan.proofs, proof),
            "findings": (*plan.findings, *findings(years, network.records, outcome)),
        }
    )


def _part(watch: Watch, share: float) -> Watch:
    """Return a watch with a share of the time that is left, so that every program gets some."""
    return Watch(replace(watch.limits, time_limit_s=watch.seconds + share * watch.left_s), watch.started)


def band_weights(records: Records) -> dict[Band, float]:
    """Return the weights of the bands in the expected cost."""
    high = records.money.high_growth_weight.value
    return {"p50": 1 - high, "p90": high}


def prepare(plan: Plan, network: Network) -> Ground:
    """Work out needs, the links that get full, and prices."""
    demand = Demand(plan, network)
    site = Site(plan, demand)
    needs = {band: demand.needs(band, site.years) for band in BANDS}
    links = {link.id: link for link in network.links}
    upgrades, short = _upgrades(plan, site, needs, links)
    prices = Prices(plan, site, {upgrade.link for upgrade in upgrades})
    return Ground(site, needs, upgrades, prices, Books(site, prices, links, upgrades), short)


def _program(ground: Ground, weights: Mapping[Band, float], watch: Watch) -> Program:
    needs = {band: ground.needs[band] for band in weights}
    return Program(ground.site, needs, ground.upgrades, dict(weights), ground.prices, watch)


def _upgrades(
    plan: Plan, site: Site, needs: Mapping[Band, Needs], links: Mapping[str, CandidateLink]
) -> tuple[tuple[Upgrade, ...], tuple[str, ...]]:
    """Return the links that get full within the horizon with their paths, and those that nothing makes large enough."""
    limit, found, short = site.records.network_policy.max_occupancy.value, [], []
    values = worth(site)
    for planned in sorted(plan.network.links, key=lambda link: natural_key(link.id)):
        link = links[planned.id]
        now = tuple(planned.modules.get(module.id, 0) for module in link.modules)
        wanted = {band: [load / limit for load in needs[band].links[planned.id]] for band in BANDS}
        most = largest(link)
        if max(wanted["p90"] + wanted["p50"]) <= capacity(link, now) + SLACK_MBPS:
            continue
        if max(wanted["p90"] + wanted["p50"]) > most + SLACK_MBPS:
            short.append(planned.id)
        cut = {band: [min(need, most) for need in several] for band, several in wanted.items()}
        choices = options(link, [*cut["p50"], *cut["p90"]], now, values.months[0])
        several = {band: paths(link, choices, cut[band], values) for band in BANDS}
        # the first step must be possible in both bands
        common = {path.options[0] for path in several["p50"]} & {path.options[0] for path in several["p90"]}
        several = {band: tuple(p for p in of if p.options[0] in common) for band, of in several.items()}
        found.append(Upgrade(planned.id, now, several))
    return tuple(found), tuple(short)


def _years(
    ground: Ground,
    weights: Mapping[Band, float],
    outcome: Outcome,
    alone_vnd: Mapping[Band, int],
    regret: Outcome | None,
) -> Years:
    site, books = ground.site, ground.books
    bands = tuple(
        books.band(band, weights[band], outcome.chosen[band], ground.needs[band], alone_vnd[band]) for band in BANDS
    )
    expected = sum(one.weight * one.present_value_vnd for one in bands)
    perfect = sum(one.weight * one.alone_vnd for one in bands)
    worst = max(one.regret_vnd for one in bands)
    least, bound = float(worst), 0.0
    if regret is not None:
        reached = max(
            max(0, books.total(regret.chosen[band]) - one.alone_vnd) for band, one in zip(BANDS, bands, strict=True)
        )
        least, bound = min(float(worst), float(reached)), max(0.0, regret.bound_vnd)
    first = site.records.province.plan_year
    outgrown = sorted(frozenset[str]().union(*(needs.outgrown for needs in ground.needs.values())), key=natural_key)
    return Years(
        first_year=first,
        horizon_years=site.years,
        bands=bands,
        now=tuple(buy for buy in bands[0].buys if buy.year == first and buy.reason != "plan"),
        expected_vnd=expected,
        perfect_vnd=perfect,
        information_vnd=max(0.0, expected - perfect),
        least_regret_vnd=least,
        least_regret_bound_vnd=min(least, bound),
        regretless=worst <= least + MILLION,
        short=(
            *(
                f"needs above the catalogue: {what} from {first + y}"
                for what, y in sorted(outcome.lacking.items(), key=lambda item: natural_key(item[0]))
                if outcome.missing
            ),
            *(f"link {name}" for name in ground.short),
            *(f"appliance {name}" for name in outgrown),
        ),
        remaining=remaining(site, books),
    )


def _proof(years: Years, weights: Mapping[Band, float], outcome: Outcome, limits: Limits) -> Proof:
    objective = years.expected_vnd
    bound = min(objective, outcome.bound_vnd)
    distance = gap(objective, bound) or 0.0
    optimal = distance <= OPTIMAL and not outcome.missing
    return Proof(
        part="years",
        status="optimal" if optimal else "feasible",
        objective=objective,
        bound=bound,
        gap=round(distance, 8),
        solver=f"HiGHS over MathOpt {metadata.version('ortools')}",
        seed=limits.seed,
        work={"bands": len(weights), "nodes": outcome.nodes},
        cut_short=outcome.stopped,
    )


def findings(years: Years, records: Records, outcome: Outcome) -> tuple[Finding, ...]:
    """W-PLAN-605: years whose purchases exceed their budget; W-PLAN-606: needs that no purchase satisfies."""
    found: list[Finding] = []
    for band in years.bands:
        # what the plan itself buys above the first year's budget is W-PLAN-602
        over = [one for one in band.money if one.over_vnd and (one.year > years.first_year or years.now)]
        if over and (band.band == "p50" or not found):
            listed = ", ".join(f"{one.year}: {one.over_vnd:,} VND" for one in over)
            found.append(
                _finding(
                    records,
                    "W-PLAN-605",
                    "policy/money/annual_budget_vnd",
                    f"growth at {band.band.upper()} needs more than the budget allows ({listed})",
                    f"tăng trưởng ở mức {band.band.upper()} cần vượt ngân sách ({listed.replace(',', '.')})",
                )
            )
    if years.short:
        listed = ", ".join(years.short[:LISTED]) + (", …" if len(years.short) > LISTED else "")
        found.append(
            _finding(
                records,
                "W-PLAN-606",
                "policy/money/horizon_years",
                f"within the horizon growth needs more than the catalogue can give: {listed}",
                f"trong kỳ kế hoạch, tăng trưởng cần nhiều hơn danh mục mua sắm có thể đáp ứng: {listed}",
            )
        )
    return tuple(found)


def _finding(records: Records, code: str, path: str, en: str, vi: str) -> Finding:
    place = where(records, f"{path}/value", path)
    return Finding(code=code, where=str(place or ""), text=Name(en=en, vi=vi))
