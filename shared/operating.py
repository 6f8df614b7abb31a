"""Commands for operators: check a policy file, verify and export the audit, export and import the whole state. `python -m shared.operating --help`."""

import argparse
import json
import sys
from pathlib import Path

from shared.auditing import audited, exported
from shared.backup import export, restore
from shared.domain.records import OWN
from shared.errors import AppError, Broken
from shared.policy import (
    cannot_be_done,
    does_nothing,
    read_policy,
    read_resources,
    still_the_examples,
    unlike_published,
)
from shared.settings import read_state
from shared.storage.connect import LISTS_TABLE, RECORDS_TABLE, state_tables
from shared.storage.lists import TableLists
from shared.storage.sdk import Table
from shared.storage.tables import TableRecords


def main(arguments: list[str] | None = None) -> int:
    """0: all is well; 1: something is wrong, and it is said what."""
    parser = argparse.ArgumentParser(prog="python -m shared.operating", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    policy = verbs.add_parser("policy-check", help="say what is wrong in a policy file, and what in it does nothing")
    policy.add_argument("file", type=Path)
    policy.add_argument("--resources", type=Path, help="the resources file, which is checked as well")
    for name, told in (
        ("audit-verify", "recompute every hash chain, and name the first broken link of each"),
        ("audit-export", "write the audit as JSON Lines to the standard output"),
        ("state-export", "write every row of both tables into a new file: it holds names and reasons"),
        ("state-import", "write such a file into empty tables"),
    ):
        verb = verbs.add_parser(name, help=told)
        if name.startswith("audit"):
            verb.add_argument("--avatar", default="", help="one avatar; without it, all")
        else:
            verb.add_argument("file", type=Path)
        where = verb.add_mutually_exclusive_group()
        where.add_argument(
            "--account", help="the name of the app's state account in Azure, read as who you are in `az login`"
        )
        where.add_argument(
            "--settings",
            type=Path,
            help="a local.settings.json that says where the state is; without both, the environment",
        )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.verb == "policy-check":
            return _policy(chosen.file, chosen.resources)
        tables = state_tables(read_state(_values(chosen.settings, chosen.account)))
        if chosen.verb in {"state-export", "state-import"}:
            return _state(tables, chosen.file, out=chosen.verb == "state-export")
        return _audit(tables, chosen.avatar, export=chosen.verb == "audit-export")
    except AppError as error:
        _say(str(error))
        if error.code == "storage_refused" and chosen.account:
            _say(
                f"Say `az login`, and have the role Storage Table Data Contributor on {chosen.account}: owners of the subscription have none by default."
            )
        return 1


def _policy(file: Path, places: Path | None) -> int:
    policy = read_policy(file)
    resources = read_resources(places, {}) if places else {}
    never = cannot_be_done(policy)
    for line in never:
        _say(f"{file}: is wrong: {line}")
    for line in does_nothing(policy):
        _say(f"{file}: does nothing: {line}")
    if never:
        return 1
    strange = still_the_examples(policy)
    if strange:
        _say(f"{file}: still the example's, put in your own ids: {', '.join(strange)}.")
    steps = ", ".join(f"{step} by {rule.approvers} of {', '.join(rule.approve)}" for step, rule in policy.steps.items())
    _say(f"{file} is valid: {steps}; idle after {policy.idle.grace_hours} h.")
    for line in unlike_published(resources):
        _say(f"{places}: {line}")
    if resources:
        _say(f"{places} is valid: {', '.join(f'{one.name} ({one.region})' for one in resources.values())}.")
    return 0


def _state(tables: dict[str, Table], state: Path, *, out: bool) -> int:
    rows = export(tables, state) if out else restore(tables, state)
    _say(f"{rows} rows {'written to' if out else 'read from'} {state}.")
    return 0


def _audit(tables: dict[str, Table], avatar: str, *, export: bool) -> int:
    records, lists = TableRecords(tables[RECORDS_TABLE]), TableLists(tables[LISTS_TABLE])
    known = [*(entry.avatar for entry in lists.entries("avatars")), *OWN]
    if avatar and avatar not in known:
        raise Broken("unknown_avatar", f"There is no avatar {avatar} in this account.")
    names = [avatar] if avatar else known
    wrong = lines = chains = 0
    for name in names:
        rows, broken = audited(records, name)
        if export:
            for line in exported(name, rows):
                sys.stdout.write(line + "\n")
        for found in broken:
            _say(f"{name}: {found}")
        wrong, lines, chains = wrong + len(broken), lines + len(rows), chains + len({row.chain for row in rows})
    verdict = "all of them whole" if not wrong else f"{wrong} of them broken"
    _say(f"{lines} lines in {chains} chains of {len(names)} partitions: {verdict}.")
    return 1 if wrong else 0


def _values(file: Path | None, account: str | None) -> dict[str, str]:
    """The app settings of a file, or those of an account; or nothing: the environment has them."""
    if account:
        services = ("table", "queue", "blob")
        return {
            "STATE": "",
            **{f"STATE__{one}ServiceUri": f"https://{account}.{one}.core.windows.net" for one in services},
        }
    try:
        return json.loads(file.read_text(encoding="utf-8"))["Values"] if file else {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Broken(
            "settings_file", f"{file} can't be read as a local.settings.json ({type(error).__name__})."
        ) from error


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
