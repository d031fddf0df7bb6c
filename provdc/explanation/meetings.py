"""Videoconference and consolidation in words: `explain conference`, a tree, `explain consolidation`, a room."""

from planner.plan import BridgingOption, Plan, Proof, RoomDecision, TreeLoad
from provdc.explanation.context import Context, Explanation, Rows, cost, where_rows, why_rows
from provdc.text.numbers import change, money, number, percent, short

WHOLE = ("conference", "consolidation")
"""Words that name a whole part of the plan."""


def of_meetings(context: Context, wanted: str) -> Explanation | None:
    """Explain all bridges, one tree, all rooms, or one room."""
    plan = context.plan
    if plan is None:
        return None
    if plan.conference is not None:
        if wanted == WHOLE[0]:
            rows = conference_rows(context, plan)
            return Explanation(wanted, "conference", rows, plan.conference.model_dump(mode="json"))
        for tree in plan.conference.trees:
            if tree.tree == wanted:
                rows = tree_rows(context, tree) + where_rows(context, "conference", wanted)
                return Explanation(wanted, "conference", rows, tree.model_dump(mode="json"))
    if plan.consolidation is not None:
        if wanted == WHOLE[1]:
            rows = consolidation_rows(context, plan)
            return Explanation(wanted, "consolidation", rows, plan.consolidation.model_dump(mode="json"))
        for room in plan.consolidation.rooms:
            if room.id == wanted:
                rows = room_rows(context, plan, room)
                return Explanation(wanted, "small-data-centre", rows, room.model_dump(mode="json"))
    return None


def conference_rows(context: Context, plan: Plan) -> Rows:
    """Tell where the bridges stand, flat and cascade side by side, and who loses a meeting."""
    part, lang = plan.conference, context.lang
    assert part is not None
    rows: Rows = []
    for place in part.bridges:
        seats = ", ".join(f"{hour} {count}" for hour, count in sorted(place.seats.items()))
        text = f"{place.site}: {', '.join(place.machines)} · {context.say('seats')} {seats}"
        rows.append((context.say("bridges"), text))
        rows += why_rows(context, place)
        if place.cost.present_value_vnd:
            rows.append((context.say("cost"), cost(context, place.cost)))
    for hour, trees in part.hours.items():
        text = context.say("hour_value", places=part.places[hour], trees=", ".join(trees))
        rows.append((context.say("hour", hour=hour), text))
    rows += [(context.say(f"option_{option.name}"), option_text(context, option)) for option in part.options]
    for tree in part.trees:
        rows += [(f"{tree.tree}, {what}", formula) for what, formula in tree.arithmetic[:2]]
    for loss in part.losses:
        lost = context.say("lost", count=len(loss.lost), sites=", ".join(loss.lost[:6])) if loss.lost else ""
        moved = context.say("moved", count=loss.moved) if loss.moved else ""
        rows.append(
            (
                context.say("loss", state=loss.state),
                " · ".join(p for p in (moved, lost) if p) or context.say("meeting_kept"),
            )
        )
    if part.fullest:
        link, state, share = part.fullest
        rows.append((context.say("fullest"), f"{link} {percent(lang, share)} ({state})"))
    if part.realtime:
        rows.append((context.say("realtime"), f"{part.realtime[0]} {percent(lang, part.realtime[1])}"))
    return rows + proof_rows(context, plan.joint)


def option_text(context: Context, option: BridgingOption) -> str:
    """Return one way to place the bridges with its load and money."""
    lang = context.lang
    core = ", ".join(f"{short(lang, mbps)} ({hour})" for hour, mbps in sorted(option.core_mbps.items()))
    text = context.say(
        "option",
        core=option.core_bridges,
        boxes=option.boxes,
        mbps=core,
        line=short(lang, option.line_mbps),
        money=money(lang, option.boxes_vnd + option.lines_vnd),
    )
    return text if option.possible else f"{text} · {context.say('impossible')}"


def tree_rows(context: Context, tree: TreeLoad) -> Rows:
    """Tell what one tree puts on the core's bridges."""
    lang = context.lang
    rows = [(context.say("name"), getattr(tree.name, lang)), (context.say("endpoints"), number(lang, tree.endpoints))]
    rows += [
        (context.say(f"tree_{key}"), f"{short(lang, getattr(tree, f'{key}_mbps'))} Mbit/s")
        for key in ("core", "flat", "cascade")
    ]
    return rows + [(context.say("arithmetic"), f"{what}: {formula}") for what, formula in tree.arithmetic]


def consolidation_rows(context: Context, plan: Plan) -> Rows:
    """Tell every room's decision, the hosts, and the windows of the moves."""
    part, lang = plan.consolidation, context.lang
    assert part is not None
    rows: Rows = [
        (room.id, context.say("moves_in" if room.moves else "stays", value=change(lang, -room.value_vnd))
         if room.value_vnd is not None else context.say("moves_in_unweighed" if room.moves else "stays_unweighed"))
        for room in part.rooms
    ]  # fmt: skip
    if part.hosts_without is not None:
        rows.append(
            (context.say("hosts_with"), context.say("hosts_value", hosts=part.hosts, without=part.hosts_without))
        )
    for window in sorted({move.last_window for move in part.moves}):
        moved = [f"{move.machine} → {move.host}" for move in part.moves if move.last_window == window]
        rows.append((context.say("window", window=window), ", ".join(moved)))
    return rows + proof_rows(context, plan.moves_proof) + proof_rows(context, plan.joint)


def room_rows(context: Context, plan: Plan, room: RoomDecision) -> Rows:
    """Tell whether a room moves, what it is worth, and when it is empty."""
    lang, part = context.lang, plan.consolidation
    assert part is not None
    rows: Rows = [(context.say("name"), f"{room.owner}, {room.site}"), *why_rows(context, room)]
    for key in ("energy", "upkeep", "room"):
        rows.append((context.say(f"room_{key}"), money(lang, getattr(room, f"{key}_vnd_per_month"))))
    rows += [
        (context.say("room_saves"), money(lang, room.saves_vnd)),
        (context.say("room_move"), money(lang, room.move_vnd)),
    ]
    rows.append((context.say("room_lines"), f"{money(lang, room.lines_vnd)} ({short(lang, room.users_mbps)} Mbit/s)"))
    for key in ("hosts", "value", "value_fewest"):
        amount = getattr(room, f"{key}_vnd")
        rows.append((context.say(f"room_{key}"), money(lang, amount) if amount is not None else "–"))
    if room.freed_window is not None:
        week = -(-room.freed_window // part.windows_per_week)
        rows.append((context.say("room_freed"), context.say("room_freed_value", window=room.freed_window, week=week)))
    for move in part.moves:
        if move.room == room.id:
            text = context.say(
                "move",
                first=move.first_window,
                last=move.last_window,
                host=move.host,
                gib=short(lang, move.gib),
                mbps=short(lang, move.mbps),
            )
            rows.append((move.machine, text))
    return rows + where_rows(context, "small-data-centre", room.id)


def proof_rows(context: Context, proof: Proof | None) -> Rows:
    """Tell how far a decision can be from the best."""
    if proof is None:
        return []
    lang = context.lang
    text = context.say("proof_value", objective=money(lang, proof.objective), bound=money(lang, proof.bound),
                       gap=percent(lang, proof.gap, 2))  # fmt: skip
    rows = [(context.say(f"proof_{proof.part}"), text)]
    if "regret_vnd" in proof.work:
        rows.append((context.say("regret"), money(lang, proof.work["regret_vnd"])))
    return rows
