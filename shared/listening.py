"""Compare what is said in a consent video with the statement: opt-in, nothing of the recording is kept."""

from shared.domain.book import Book
from shared.domain.clips import Clip, Finding
from shared.domain.hearing import COMPANY, TALENT, heard_finding, unheard
from shared.domain.statements import filled
from shared.errors import AppError, Refused
from shared.log import warn
from shared.services import Services


def compared(services: Services, clip: Clip, recording: bytes | None) -> tuple[Finding, ...]:
    """A finding where the statement was not read as written, or could not be compared."""
    if clip.path.kind != "consent" or not services.policy.consent.transcribe:
        return ()
    book = Book.of(services.records.load(clip.path.avatar).records)
    if book.consent is None or book.avatar is None:
        return (
            unheard(
                f"the consent is not recorded yet (`/avatar consent {clip.path.avatar}`); upload the video again after that"
            ),
        )
    if recording is None:
        return (unheard("its sound can't be decoded"),)
    consent, avatar = book.consent, book.avatar
    talent, company = book.words.get(consent.talent, ""), book.words.get(consent.company, "")
    resource = services.resources.get(avatar.resource)
    if resource is None:
        return (unheard(f"the resource `{avatar.resource}` is not configured"),)
    try:
        text = services.statements.text(voice_sync=avatar.voice_sync)  # as `/avatar consent script` shows it
        statement = filled(text, consent.locale, voice_sync=avatar.voice_sync, talent=talent, company=company)
        said = services.transcriber.transcribe(resource, recording, consent.locale)
    except Refused as refusal:
        return (unheard(refusal.sentence.rstrip(".")),)
    except AppError as error:  # the clip itself is judged: a further service must not keep it from people
        warn("consent_not_heard", code=error.code)
        return (unheard("the service could not be reached; upload the video again to have it compared"),)
    found = heard_finding(statement, said, {TALENT: talent, COMPANY: company})
    return (found,) if found else ()
