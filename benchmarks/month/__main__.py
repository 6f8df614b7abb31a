"""`make simulate-month`: ten months, each judged; the worst one is printed, as the last line."""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.month.play import played
from benchmarks.month.targets import missed, worst

BESIDE = ("handed_on", "by_question", "better_rule_wasted", "within_grace")  # said in words


def main() -> None:
    parser = argparse.ArgumentParser(prog="make simulate-month", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="how many months")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.seeds)
    with ProcessPoolExecutor(min(options.workers, options.seeds), mp_context=get_context("spawn")) as pool:
        results = list(pool.map(played, seeds))
    chosen = worst(results)
    reasons = missed(chosen)
    print(f"the worst of {len(results)}: {'; '.join(reasons) or 'every target is reached'}", flush=True)
    print(json.dumps({name: value for name, value in chosen.items() if name not in BESIDE}))
    sys.exit(1 if any(missed(result) for result in results) else 0)


if __name__ == "__main__":
    main()
