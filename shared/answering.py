"""Answer questions: read the records, say it privately. Nothing is decided here."""

from pydantic import TypeAdapter

from shared.auditing import audited
from shared.beacons import token
from shared.comparison import compare
from shared.cost.statement import statement
from shared.doctor import doctor_text
from shared.domain.book import Book, Case, minute
from shared.domain.deciding import may_record_consent
from shared.domain.events import ConsentGiven, ConsentWithdrawn, Question
from shared.domain.money import trial_amount
from shared.domain.names import KINDS
from shared.domain.operations import Waiting
from shared.domain.policy import Step
from shared.domain.readiness import readiness
from shared.domain.statements import filled
from shared.domain.trying import tryable
from shared.domain.withdrawing import must_be_open
from shared.errors import AppError, Broken, Refused, Temporary
from shared.gathering import gather
from shared.idle_list import open_ones
from shared.log import warn
from shared.muting import mute, unmute
from shared.naming import completed, known_names, unknown
from shared.overviews import home_of, waiting_for
from shared.poison import put_back
from shared.services import Services
from shared.slack.asking_forms import asking_form, consent_form, withdrawal_form
from shared.slack.blocks import Json, paragraphs, section
from shared.slack.home import home_view
from shared.slack.inputs import notice
from shared.slack.many_idle import many_form
from shared.slack.office import hours_text
from shared.slack.overview import avatar_line, clips_text, cost_text
from shared.slack.policy_text import policy_text
from shared.slack.shotlist import rules_text, shotlist_text
from shared.slack.stray_cards import difference_text
from shared.slack.telling import history_text, status_text
from shared.slack.trial_card import offer
from shared.slack.using import script_text, use_text
from shared.starting import job_for
from shared.upload_links import page_link
from shared.uploads import missed

STEP: TypeAdapter[Step] = TypeAdapter(Step)
NAMED = {"status", "history", "shotlist", "upload", "use", "script", "clips", "hours"}  # about one avatar


def answer(services: Services, question: Question) -> None:
    """Answer one question where it was asked."""
    if question.what == "home":
        page = question.options.get("page", "0")
        home = home_of(services, question.reply.user)
        services.messenger.publish_home(question.reply.user, home_view(home, int(page) if page.isdecimal() else 0))
        return
    if question.what == "group":
        services.groups.forget(question.about)
        return
    if question.what == "form":
        try:
            form = _form(services, question)
        except Broken as error:
            form = notice("Not now", section(_unanswerable(question, error)))
        services.messenger.fill(question.options["view"], form)
        return
    if question.what == "cost" and "csv" in question.options:
        _statement(services, question)
        return
    try:
        text, blocks = _try(services, question) if question.what == "try" else (_text(services, question), [])
    except Broken as error:
        text, blocks = _unanswerable(question, error), []
    if question.reply.response_url:
        services.messenger.respond(question.reply.response_url, text, blocks or paragraphs(text))
    else:
        services.messenger.whisper(question.reply.channel, question.reply.user, text)


def _unanswerable(question: Question, error: Broken) -> str:
    warn("question_broken", what=question.what, code=error.code)
    return f"This can't be answered now ({error.code}): a maintainer has to look."


def _text(services: Services, question: Question) -> str:
    if question.what in NAMED or (question.what == "cost" and question.about):
        name = completed(services, question.about)
        if name is None:
            return unknown(services, question.about)
        question = question.model_copy(update={"about": name})
        gone = _book(services, name).withdrawal
        if gone and question.what in {"upload", "use", "script", "shotlist", "clips"}:
            return (
                f":octagonal_sign: The talent of *{name}* withdrew the consent ({minute(gone.at)}): nothing may be made of it or with it any more. "
                "A new consent needs a new avatar."
            )
    return {
        "list": _list,
        "status": _status,
        "history": _history,
        "waiting": _waiting,
        "rules": _rules,
        "shotlist": _shotlist,
        "clips": _clips,
        "cost": _cost,
        "stuck": _stuck,
        "requeue": _requeue,
        "compare": _compare,
        "doctor": _doctor,
        "policy": _policy,
        "links": _links,
        "upload": _upload,
        "use": _use,
        "script": _script,
        "hours": _hours,
        "imported": _imported,
        "mute": _mute,
        "unmute": _unmute,
    }[question.what](services, question)


def _try(services: Services, question: Question) -> tuple[str, list[Json]]:
    """A trial costs money, so the command names the price, and a click asks for it."""
    name = completed(services, question.about)
    if name is None:
        return unknown(services, question.about), []
    try:
        deployment = tryable(_book(services, name), question.options.get("in"))
    except Refused as refusal:
        return refusal.sentence, []
    price = services.prices.synthesis(deployment.region, services.calendar.now())
    if price is None:
        return "No price of batch synthesis is known there, so nothing can be tried. Ask a maintainer.", []
    return offer(deployment, trial_amount(price))


def _statement(services: Services, question: Question) -> None:
    """Files belong to a channel: the month's costs are no secret of whoever asks."""
    now, reply = services.calendar.now(), question.reply
    if not services.messenger.room(reply.channel).member:
        sorry = (
            "A file needs a channel that the app is in: type `/invite @Avatar Ops` there, and then `/avatar cost csv`."
        )
        services.messenger.respond(reply.response_url, sorry, paragraphs(sorry))
        return
    content = statement(services.books(), now).encode()
    said = (
        f":receipt: What this month costs until {minute(now)}, a line for each time at one price, for <@{reply.user}>."
    )
    ts = services.messenger.post(reply.channel, said)
    services.messenger.share(reply.channel, ts, f"avatars-{now:%Y-%m}.csv", content, "The month's costs as a table")


def _form(services: Services, question: Question) -> Json:
    """A form that was opened a moment ago, with what there is to choose from."""
    if question.options["form"] == "idle":
        return many_form(open_ones(services), services.policy, question.reply.channel)
    if question.options["form"] in {"consent", "withdraw"}:
        return _consent_form(services, question)
    wanted = completed(services, question.about) if question.about else None
    books = {
        name: book
        for name, book in services.books().items()
        if book.avatar and book.withdrawal is None and wanted in {None, name}
    }
    step, rules = STEP.validate_python(question.options["form"]), services.policy.rules
    ready = {
        name: readiness(book.known_avatar(), book.consent, services.records.clips(name), rules)
        for name, book in books.items()
        if step == "train" and not book.known_avatar().adopted
    }
    return asking_form(
        step, books, ready, services.resources, services.policy, question.reply.channel, services.calendar.now()
    )


def _consent_form(services: Services, question: Question) -> Json:
    """The form that records a consent or withdraws it, or why it could not be sent."""
    withdraw, why = question.options["form"] == "withdraw", question.options.get("why", "")
    title = "Withdraw" if withdraw else "Consent"
    # What can't be undone is done to what was named in full.
    whole = question.about if question.about in known_names(services) else None
    avatar = whole if withdraw else completed(services, question.about)
    if avatar is None:
        return notice(title, section(unknown(services, question.about)))
    book = _book(services, avatar)
    # Who may send it does not depend on what is in it.
    empty = ConsentGiven(talent="", company="", locale="", scope="avatar")
    event = ConsentWithdrawn(why=why) if withdraw else empty
    message = services.said(question.id, avatar, question.reply.user, event)
    case = Case(book, message, services.calendar.now(), gather(services, message, book))
    try:
        must_be_open(case) if withdraw else may_record_consent(case)
    except Refused as refusal:
        return notice(title, section(refusal.sentence))
    if withdraw:
        return withdrawal_form(avatar, why, question.reply.channel)
    return consent_form(book, question.reply.channel)


def _book(services: Services, avatar: str) -> Book:
    return Book.of(services.records.load(avatar).records)


def _list(services: Services, _question: Question) -> str:
    books = [book for book in services.books().values() if book.avatar]
    if not books:
        return "There is no avatar yet. Make one with `/avatar new presenter`."
    return "\n".join(f"• {avatar_line(book)}" for book in books)


def _clips(services: Services, question: Question) -> str:
    return clips_text(question.about, services.records.clips(question.about))


def _doctor(services: Services, _question: Question) -> str:
    return doctor_text(services)


def _policy(services: Services, _question: Question) -> str:
    return policy_text(services.policy)


def _cost(services: Services, question: Question) -> str:
    return cost_text(services.books(), services.policy.budgets, services.calendar.now(), question.about)


def _status(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    assert book.avatar
    clips = services.records.clips(question.about)
    return status_text(
        book, readiness(book.avatar, book.consent, clips, services.policy.rules), services.calendar.now()
    )


def _history(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    assert book.avatar
    files = {clip.id: clip.path for clip in services.records.clips(question.about)}
    rows, broken = audited(services.records, question.about)
    return history_text(question.about, rows, book, files, broken)


def _waiting(services: Services, question: Question) -> str:
    books = {name: book for name, book in services.books().items() if book.avatar}
    waiting = waiting_for(services, books, question.reply.user)
    if not waiting:
        return "Nothing waits for you. `/avatar help` shows what you can do."
    return "*Waiting for you*\n" + "\n".join(f"• {line}" for line in waiting)


def _rules(services: Services, question: Question) -> str:
    kind = question.about if question.about in KINDS else "natural"
    return rules_text(kind, services.policy.rules.values())


def _stuck(services: Services, _question: Question) -> str:
    lists = services.lists
    stuck = [
        f":warning: *{entry.avatar.removeprefix('~')}*: {entry.data.get('effect', '?')} could not be delivered (`{entry.data.get('code', '?')}`); it is "
        "kept and tried again every ten minutes"
        for entry in lists.entries("stuck")
    ]
    poison = [
        f":rotating_light: *{entry.avatar}*: a message of the queue `{entry.data.get('queue', '?')}` "
        f"({entry.data.get('kind', '?')}) was set aside; once its cause is fixed, `/avatar admin requeue` puts it back"
        for entry in lists.entries("poison")
    ]
    owed = len({entry.avatar for entry in lists.entries("owes")})
    told = [*dict.fromkeys(stuck), *poison] or [
        ":white_check_mark: Nothing is stuck: all that was decided was delivered."
    ]
    waits = f"Being delivered right now: something of {owed} avatar{'s' * (owed != 1)}." if owed else ""
    return "\n".join([*told[:40], waits]).strip()


def _requeue(services: Services, question: Question) -> str:
    return put_back(services, question.reply.user)


def _compare(services: Services, _question: Question) -> str:
    lines: list[str] = ["*Azure compared with the records*, as they are now"]
    for name, resource in sorted(services.resources.items()):
        try:
            found = compare(services, resource)
        except AppError as error:
            lines.append(f":warning: `{name}` could not be asked ({error.code}); try again in a minute")
            continue
        lines.append(difference_text(name, found.strays, found.missing, listed=found.listed))
    clips = missed(services)
    if clips.count:
        lines.append(
            f":mag: clips: {len(clips.unrecorded)} uploads without a record, {len(clips.late)} without their check, {len(clips.gone)} records "
            "without a file; each is fixed within ten minutes"
        )
    else:
        lines.append(":white_check_mark: every clip has its check, and every check its clip")
    return "\n".join(
        [*lines, "Every hour the differences are told to on-call, with buttons. Nothing is removed by itself."]
    )


def _upload(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    assert book.avatar
    link = page_link(services, question.about, question.reply.user)
    folder = f"{services.clips.address}/clips/{question.about}/natural/"
    return (
        f":arrow_up: <{link}|Open the upload page of {question.about}>. The link is yours, for four hours; don't forward it. Clips go "
        "straight to the storage account, and each is checked within seconds of its arrival.\n"
        f'For engineers (with the role Storage Blob Data Contributor): `azcopy login`, then `azcopy copy "take1.mp4" "{folder}"`.'
    )


def _use(services: Services, question: Question) -> str:
    book = _book(services, question.about)
    assert book.avatar
    base = services.settings.address
    live = [deployment.id for deployment in book.deployments.values() if deployment.billed]
    beacons = {one: (f"{base}/api/usage/{one}", token(services.settings, one)) for one in live} if base else {}
    return use_text(book, services.resources, beacons, services.calendar.now())


def _hours(services: Services, question: Question) -> str:
    return hours_text(_book(services, question.about), services.calendar.now())


def _script(services: Services, question: Question) -> str:
    """The sentence to read before the camera, with the names of the consent on record, or those given."""
    book, given = _book(services, question.about), question.options
    assert book.avatar
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


def _mute(services: Services, question: Question) -> str:
    return mute(services, question.reply.user)


def _unmute(services: Services, question: Question) -> str:
    return unmute(services, question.reply.user)


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
    assert book.avatar
    return shotlist_text(book.avatar, book.consent, services.records.clips(question.about))
