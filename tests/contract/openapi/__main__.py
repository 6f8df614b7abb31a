"""`make contract`: say what does not fit, and the numbers on the last line."""

import argparse
import json
import logging
import sys

from tests.contract.openapi.checking import check
from tests.contract.openapi.contracts import FOLDER, MISSING, missing, read


def main() -> None:
    parser = argparse.ArgumentParser(prog="make contract", description=__doc__)
    parser.add_argument("--examples", type=int, default=40, help="generated requests a route")
    parser.add_argument("--seed", type=int, default=1, help="another number generates other requests")
    options = parser.parse_args()
    if missing():
        sys.exit(f"{MISSING} (looked in {FOLDER})")
    logging.getLogger("python_multipart").setLevel(logging.ERROR)  # it would comment on every broken form
    contracts = read()
    report = check(contracts, examples=options.examples, number=options.seed)
    for route, why in contracts.not_served.items():
        print(f"not served: {route}: {why}")
    for line in [*report.mismatches, *sorted(set(report.generated.server_errors))][:50]:
        print(f"does not fit: {line}")
    published = sum(route.published for route in contracts.routes)
    numbers = {
        "published_routes": published,
        "own_routes": len(contracts.routes) - published,
        "responses_checked": report.responses,
        "mismatches": len(report.mismatches),
        "generated_requests": report.generated.requests,
        "server_errors": len(report.generated.server_errors),
        "seeded_breaks_found": len(report.breaks),
    }
    print(json.dumps(numbers), flush=True)
    whole = numbers["seeded_breaks_found"] == 3 and report.responses >= 10 * len(contracts.routes)
    sys.exit(0 if whole and not report.mismatches and not report.generated.server_errors else 1)


if __name__ == "__main__":
    main()
