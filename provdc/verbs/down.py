"""`provdc down`: take the lab away."""

import typer

from provdc.console import Console
from provdc.options import DEFAULT_PROVINCE, Json, Language, Province
from provdc.place import locate


def run(province: Province = DEFAULT_PROVINCE, as_json: Json = False, lang: Language = None) -> None:
    """Delete every machine and network that up made.

    Plan, results and report stay. Exit 1 when something is left.
    """
    from provdc import events  # the whole machinery is loaded only for this verb
    from provdc.lock import alone
    from stacks import apply as stacks

    console = Console(lang, as_json=as_json)
    place = locate(province)
    with alone(place), console.progress(console.say("step_down")) as line:
        count = stacks.destroy(place.stacks, events.of_stack(line))
        left = stacks.leftovers(place.stacks)
    if as_json:
        console.json({"deleted": count, "left": left})
    elif left:
        console.fail([console.say("down_left", left=", ".join(left))])
    else:
        console.out(console.say("down_done" if count else "down_nothing", count=count, province=place.shown), "good")
    raise typer.Exit(1 if left else 0)
