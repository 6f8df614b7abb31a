"""Answer questions: read the records, say it privately. Nothing is decided here."""

from shared.auditing import audited
from shared.comparison import compare
from shared.domain.book import Book
from shared.domain.events import Question
from shared.domain.names import KINDS
from shared.domain.operations import Proposed, Waiting
from shared.domain.policy import Members
from shared.domain.readiness import readiness
from shared.domain.records import Avatar
from shared.domain.statements import filled
from shared.errors import Refused, Temporary
from shared.services import Services
from shared.slack.blocks import escaped, paragraphs, when
from shared.slack.home import home_view
from shared.slack.shotlist import rules_text, shotlist_text
from shared.slack.stray_cards import difference_text
from shared.slack.telling import history_text, status_text
from shared.slack.using import script_text, use_text
from shared.starting import job_for
from shared.upload_links import page_link
from shared.uploads import missed


def answer(services: Services, question: Question) -> None:
    """Answer one question where it was asked."""
    if question.what == "home":
        services.messenger.publish_home(question.reply.user, home_view(*_mine(services, question.reply.user)))
        return
    text = {
        "list": _list,
        "status": _status,
        "history": _history,
        "waiting": _waiting,
        "rules": _rules,
        "shotlist": _shotlist,
        "stuck": _stuck,
        "compare": _compare,
        "links": _links,
        "upload": _upload,
        "use": _use,
        "script": _script,
        "imported": _imported,
    }[question.what](services, question)
    if question.reply.response_url:
        services.messenger.respond(question.reply.response_url, text, paragraphs(text))
    else:
        services.messenger.whisper(question.reply.channel, question.reply.user, text)


def _book(services: Services, avatar: str) -> Book:
    return Book.of(services.records.load(avatar).records)


def _all(services: Services) -> list[tuple[Avatar, Book]]:
    return [(book.avatar, book) for book in services.books().values() if book.avatar]


def _list(services: Services, _question: Question) -> str:
    avatars = _all(services)
    if not avatars:
        return "There is no avatar yet. Make one with `/avatar new presenter`."
    lines: list[str] = []
    for avatar, book in avatars:
        live = [deployment for deployment in book.deployments.values() if deployment.billed]
        stage = f"{len(live)} live" if live else f"{len(book.models)} models" if book.models else "collecting clips"
        lines.append(
            f"• *{avatar.name}*: {stage}, owner <@{avatar.owner}>, in `{avatar.resource}`, <#{avatar.channel}>"
        )
    return "\n".join(lines)


def _status(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    if book.avatar is None:
        return _unknown(services, question.about)
    clips = services.records.clips(question.about)
    return status_text(
        book, readiness(book.avatar, book.consent, clips, services.policy.rules), services.calendar.now()
    )


def _history(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    if book.avatar is None:
        return _unknown(services, question.about)
    files = {clip.id: clip.path for clip in services.records.clips(question.about)}
    rows, broken = audited(services.records, question.about)
    return history_text(question.about, rows, book, files, broken)


def _unknown(services: Services, name: str) -> str:
    near = [entry.avatar for entry in services.lists.entries("avatars") if entry.avatar.startswith(name[:3])]
    hint = f" Did you mean `{near[0]}`?" if near else ""
    return f"There is no avatar “{escaped(name, 60)}”.{hint} `/avatar list` shows all, for example `/avatar status presenter`."


def _waiting(services: Services, question: Question) -> str:
    waiting, _ = _mine(services, question.reply.user)
    if not waiting:
        return "Nothing waits for you. `/avatar help` shows what you can do."
    return "*Waiting for you*\n" + "\n".join(f"• {line}" for line in waiting)


def _mine(services: Services, user: str) -> tuple[list[str], list[str]]:
    """What waits for this person, and what is live with its price."""
    policy = services.policy
    listed = (*(entry for rule in policy.steps.values() for entry in rule.approve), *policy.operators)
    members = Members(groups=services.groups.members(listed, anew=False))
    waiting: list[str] = []
    live: list[str] = []
    now = services.calendar.now()
    for avatar, book in _all(services):
        left = [item for item in book.withdrawal.left if not item.gone] if book.withdrawal else []
        if left and members.includes(policy.operators, user):
            waiting.append(
                f"Withdrawn consent: {len(left)} things left to remove of *{avatar.name}*, in <#{avatar.channel}>"
            )
        for operation in book.operations.values():
            ask = operation.ask
            line = f"{ask.step} `{ask.model}` of *{avatar.name}*, asked by {ask.asker} in <#{avatar.channel}>"
            approves = ask.by != user and members.includes(ask.rule.approve, user)
            if isinstance(operation.state, Proposed) and approves:
                waiting.append(f"Decide: {line}, until {when(ask.expires)}")
            if operation.in_review and approves:
                waiting.append(f"Review: {line}, started without its approvals")
            if isinstance(operation.state, Waiting) and members.includes(policy.operators, user):
                waiting.append(f"Portal task: {line}")
        for deployment in book.deployments.values():
            if deployment.billed:
                spent = deployment.spent_since_use(now)
                live.append(
                    f"`{deployment.model}` in `{deployment.resource}`: {deployment.price_per_hour} an hour, "
                    f"{deployment.state.status}; {spent} since the last use seen ({when(deployment.idle_since())})"
                )
    return waiting, live


def _rules(services: Services, question: Question) -> str:
    kind = question.about if question.about in KINDS else "natural"
    return rules_text(kind, services.policy.rules.values())


def _stuck(services: Services, _question: Question) -> str:
    lists = services.lists
    stuck = [
        f":warning: *{entry.avatar}*: {entry.data.get('effect', '?')} could not be delivered (`{entry.data.get('code', '?')}`); it is "
        "kept and tried again every ten minutes"
        for entry in lists.entries("stuck")
    ]
    poison = [
        f":rotating_light: *{entry.avatar}*: a message of the queue `{entry.data.get('queue', '?')}` "
        f"({entry.data.get('kind', '?')}) was set aside; the runbook says how to put it back"
        for entry in lists.entries("poison")
    ]
    owed = len({entry.avatar for entry in lists.entries("owes")})
    told = [*stuck, *poison] or [":white_check_mark: Nothing is stuck: all that was decided was delivered."]
    return "\n".join([*told[:40], f"Being delivered right now: something of {owed} avatars." if owed else ""]).strip()


def _compare(services: Services, _question: Question) -> str:
    lines: list[str] = ["*Azure beside the records*, as they are now"]
    for name, resource in sorted(services.resources.items()):
        try:
            found = compare(services, resource)
        except (Refused, Temporary) as error:
            lines.append(f":warning: `{name}` could not be asked ({error.code}); try again in a minute")
            continue
        lines.append(difference_text(name, found.strays, found.missing, listed=found.listed))
    clips = missed(services)
    if clips.count:
        lines.append(
            f":mag: clips: {len(clips.unrecorded)} uploads without a record, {len(clips.late)} without their check, {len(clips.gone)} records "
            "without a file; each is mended within ten minutes"
        )
    else:
        lines.append(":white_check_mark: every clip has its check, and every check its clip")
    return "\n".join(
        [*lines, "Every hour the differences are told to on-call, with buttons. Nothing is removed by itself."]
    )


def _upload(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    if book.avatar is None:
        return _unknown(services, question.about)
    link = page_link(services, question.about, question.reply.user)
    folder = f"{services.clips.address}/clips/{question.about}/natural/"
    return (
        f":arrow_up: <{link}|Open the upload page of {question.about}>. The link is yours, for four hours; don't forward it. Clips go "
        "straight to the storage account, and each is checked within seconds of its end.\n"
        f'For engineers (with the role Storage Blob Data Contributor): `azcopy login`, then `azcopy copy "take1.mp4" "{folder}"`.'
    )


def _use(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    if book.avatar is None:
        return _unknown(services, question.about)
    return use_text(book, services.resources)


def _script(services: Services, question: Question) -> str:
    """The sentence to read before the camera, with the names of the consent on record, or those given."""
    book, given = _book(services, question.about), question.options
    if book.avatar is None:
        return _unknown(services, question.about)
    consent = book.consent
    locale = given.get("locale") or (consent.locale if consent else "")
    if not locale:
        return f"Say in which language: `/avatar consent script {book.avatar.name} de-DE`."
    names = {
        name: given.get(name) or (book.words.get(getattr(consent, name), "") if consent else "")
        for name in ("talent", "company")
    }
    try:
        text = services.statements.text(voice_sync=book.avatar.voice_sync)
        sentence = filled(text, locale, voice_sync=book.avatar.voice_sync, **names)
    except Refused as refusal:
        return refusal.sentence
    except Temporary:
        return "The publisher's statements can't be read now. Try again in a minute; a maintainer can set CONSENT_STATEMENTS to a copy."
    return script_text(book.avatar, locale, sentence, complete=all(names.values()))


def _imported(_services: Services, question: Question) -> str:
    lines = question.options.get("lines", "?")
    return (
        f":inbox_tray: {lines} line{'s' * (lines != '1')} handed over. A line that can't be recorded is told to you by itself; "
        "`/avatar list` shows what is on record, and what is live is under the idle watch at once."
    )


def _links(services: Services, question: Question) -> str:
    """Links that the portal can fetch the files by, to whoever holds the task, and to nobody else."""
    avatar, _, operation_id = question.about.partition("|")
    book = _book(services, avatar)
    operation = book.operations.get(operation_id)
    if operation is None or not isinstance(operation.state, Waiting) or operation.state.taken_by != question.reply.user:
        return "Only the person who has this task gets the links: press *I'll take it* first."
    job = job_for(services, book, operation, services.records.clips(avatar))
    lines = [f"`{blob}`\n```{services.clips.link(blob)}```" for _, blob in job.files if blob not in job.there]
    note = (
        "*Only for you*: each link reads one file, for an hour. Paste it as the file's address in the portal; don't forward it. The portal "
        "must be able to reach the storage account; where it can't, download the file in your browser by the link, and upload it from disk."
    )
    return "\n".join([note, *lines])


def _shotlist(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    if book.avatar is None:
        return _unknown(services, question.about)
    return shotlist_text(book.avatar, book.consent, services.records.clips(question.about))
