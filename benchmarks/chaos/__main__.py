"""`make chaos`: run the plan, have it judged, and print the verdict as the last line."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.plan import Plan, fingerprint
from benchmarks.chaos.stage import Stage
from local.stack import ROOT

ZEROS = ("double_paid", "unapproved", "lost_effects", "stuck", "broken_chains")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="of operations, kills and faults; 1 is what is promised"
    )
    parser.add_argument("--seconds", type=float, default=710, help="the storm ends then at the latest")
    parser.add_argument("--avatars", type=int, default=28)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--speed", type=float, default=90, help="of business time; Slack's quotas are scaled by it")
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree that the hosts serve")
    parser.add_argument("--folder", type=Path, default=Path(".local/chaos"))
    options = parser.parse_args()
    part = options.scale
    plan = Plan(
        seed=options.seed, seconds=options.seconds, avatars=options.avatars, hosts=options.hosts, speed=options.speed,
        per_kind=round(100 * part), kills=round(50 * part), mid_effect=round(30 * part), faults=round(1000 * part),
        dropped=round(300 * part), root=options.root.absolute(), folder=options.folder.absolute(),
    )  # fmt: skip
    result, met = played(plan)
    print(json.dumps(result), flush=True)
    sys.exit(0 if met and not any(result[name] for name in ZEROS) else 1)


def played(plan: Plan) -> tuple[dict[str, Any], bool]:
    """The verdict on one run, and whether it reached every target."""
    started = time.monotonic()
    shutil.rmtree(plan.folder, ignore_errors=True)
    plan.folder.mkdir(parents=True)
    print(
        f"seed {plan.seed}, schedule {fingerprint(plan)}: {plan.hosts} hosts, {plan.avatars} avatars, business time and "
    )
    print(f"Slack's quotas {plan.speed:g} times as fast, at most {plan.seconds:g} s of storm", flush=True)
    with Stage(plan) as stage:
        stage.run()
        verdict = stage.judged(plan.folder / "judged.jsonl")
        repeated = stage.blob_events.repeated
        count = stage.count
    by_kind = verdict["by_kind"]
    result = {
        "operations": sum(by_kind.values()), "by_kind": by_kind, "kills": count.kills,
        "kills_mid_effect": count.mid_effect, "faults": verdict["faults"], "dropped_answers": verdict["dropped_answers"],
        "duplicates": verdict["duplicates"] + repeated, **{name: verdict[name] for name in ZEROS},
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip
    targets = {
        "by_kind": (min(by_kind.values()), plan.per_kind), "kills": (count.kills, plan.kills),
        "kills_mid_effect": (count.mid_effect, plan.mid_effect), "faults": (verdict["faults"], plan.faults),
        "dropped_answers": (verdict["dropped_answers"], plan.dropped),
    }  # fmt: skip
    missed = [f"{name} {have} of {wanted}" for name, (have, wanted) in targets.items() if have < wanted]
    if missed:
        print(f"targets missed: {', '.join(missed)}", flush=True)
    return result, not missed


if __name__ == "__main__":
    main()
