"""One month, played, judged, and set beside the two rules."""

import logging
import time
from typing import Any

from benchmarks.month.generator import described, month
from benchmarks.month.judge import Rules, judged
from benchmarks.month.peers import by_jobs, by_meter
from benchmarks.month.stage import RULES, Stage
from benchmarks.month.targets import missed


def played(seed: int) -> dict[str, Any]:
    """The verdict on one month, with both rules beside it."""
    logging.getLogger("avatar_ops").setLevel(logging.ERROR)  # outages are what it is about
    started, truth = time.monotonic(), month(seed)

    def say(text: str) -> None:
        print(f"seed {seed}, {time.monotonic() - started:.0f} s: {text}", flush=True)

    print(described(truth), flush=True)
    with Stage(truth, say) as stage:
        hosted = stage.run()
    rules = Rules(grace_hours=RULES.idle.grace_hours, owner_hours=RULES.idle.snooze_hours)
    result, lines = judged(truth, stage.told, hosted, rules)
    for line in lines:
        say(line)
    meter, jobs = by_meter(truth), by_jobs(truth)
    best = min((meter, jobs), key=lambda rule: (rule.false_flags, rule.wasted))
    say(
        f"{result['flagged']} flagged, {result['by_question']} of them by a question; {result['handed_on']} questions were not answered "
        f"and went on to on-call; the rule of 24 h of silent meter wastes {meter.wasted} with {meter.false_flags} false flags, the rule "
        f"of 72 h without a batch job {jobs.wasted} with {jobs.false_flags}"
    )
    result |= {
        "wasted_by_24h_rule": meter.wasted, "wasted_by_72h_rule": jobs.wasted,
        "false_flags_by_best_rule": best.false_flags, "better_rule_wasted": best.wasted,
    }  # fmt: skip
    say(f"{result['wasted']} wasted of {result['spend']}; {'; '.join(missed(result)) or 'every target is reached'}")
    return result
