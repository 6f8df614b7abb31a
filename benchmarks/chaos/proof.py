"""`make chaos-proof`: the judge must stay silent about the build as it is, and catch every sabotaged one."""

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.chaos.__main__ import ZEROS, played
from benchmarks.chaos.plan import Plan
from benchmarks.chaos.sabotage import SABOTAGES, build
from local.stack import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos-proof", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=180, help="of storm for each build, at most")
    parser.add_argument("--only", default="", help="those whose name holds this")
    parser.add_argument("--folder", type=Path, default=Path(".local/chaos-proof"))
    options = parser.parse_args()
    folder = options.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    # What is not finished when the storm is over is no proof: there is little time to settle, so `stuck` does not count.
    plan = Plan(
        seed=options.seed, seconds=options.seconds, avatars=6, hosts=3, speed=90, per_kind=4, kills=3, mid_effect=1,
        faults=60, dropped=20, root=ROOT, folder=folder, stagger_s=2, second_thoughts=0.5, settling_s=60,
        passers=2, pause_s=(0.3, 1.0),
    )  # fmt: skip
    chosen = [sabotage for sabotage in SABOTAGES if options.only in sabotage.name]
    caught = 0
    for number, sabotage in enumerate(chosen, 1):
        print(f"\n━━ {number}. {sabotage.name}", flush=True)
        place = folder / f"{number}"
        crowd: dict[str, Any] = {
            "avatars": 2,
            "passers": 6,
            "pause_s": (0.02, 0.3),
            "training_hours": 1.0,
            "per_kind": 10**6,  # the whole time
        }
        root = build(sabotage, ROOT, place / "tree")
        found, _ = played(replace(plan, root=root, folder=place / "run", **(crowd if sabotage.crowded else {})))
        seen = {name: found[name] for name in sabotage.caught_by if found[name]}
        caught += bool(seen)
        print(f"   {'caught' if seen else 'NOT CAUGHT'}: {seen or {name: found[name] for name in ZEROS}}", flush=True)
    print("\n━━ the build as it is", flush=True)
    found, _ = played(replace(plan, folder=folder / "as-it-is", settling_s=200))
    accused = {name: found[name] for name in ZEROS if found[name]}
    print(f"   {f'wrongly accused: {accused}' if accused else 'nothing is said against it'}", flush=True)
    print(json.dumps({"sabotages": len(chosen), "caught": caught}), flush=True)
    sys.exit(0 if caught == len(chosen) and not accused else 1)


if __name__ == "__main__":
    main()
