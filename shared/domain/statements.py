"""The sentence that a talent reads: found in the publisher's file by locale, with the names filled in."""

import re

from shared.domain.names import printable
from shared.errors import Refused

LOCALES = (
    "en-US",
    "en-GB",
    "en-AU",
    "en-CA",
    "en-IE",
    "en-IN",
    "ar-EG",
    "ar-SA",
    "bg-BG",
    "ca-ES",
    "cs-CZ",
    "da-DK",
    "de-AT",
    "de-CH",
    "de-DE",
    "el-GR",
    "es-ES",
    "es-MX",
    "fi-FI",
    "fr-CA",
    "fr-CH",
    "fr-FR",
    "he-IL",
    "hi-IN",
    "hr-HR",
    "hu-HU",
    "id-ID",
    "it-IT",
    "ja-JP",
    "ko-KR",
    "ms-MY",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "pt-BR",
    "pt-PT",
    "ro-RO",
    "ru-RU",
    "sk-SK",
    "sl-SI",
    "sv-SE",
    "ta-IN",
    "te-IN",
    "th-TH",
    "tr-TR",
    "vi-VN",
    "zh-CN",
    "zh-HK",
    "zh-TW",
)  # fmt: skip - the 49 locales of the published consent statements
HEAD = re.compile(r".*_([a-z]{2}-[A-Z]{2})\s*:\s*$")
PLACE = re.compile(r"\[[^\]]*\]")
# In the file for avatars without voice sync the Telugu sentence names the company first (read on 2026-11-23).
COMPANY_FIRST = {("te-IN", False)}


def statements(text: str) -> dict[str, str]:
    """Sentences by locale: a head `English name (Region)_xx-YY:`, then one line in quotation marks.

    Lines are stripped: some separators hold spaces, so that the text can't be cut at empty lines.
    """
    found: dict[str, str] = {}
    locale = ""
    for line in map(str.strip, text.splitlines()):
        head = HEAD.match(line)
        if head:
            locale = head[1]
        elif line and locale:
            found.setdefault(locale, line.strip("\"“”„«»'"))
            locale = ""
    return found


def filled(text: str, locale: str, *, voice_sync: bool, talent: str, company: str) -> str:
    """The sentence of one locale; its two places are filled by their order, since their words differ by language.

    Raises:
        Refused: there is none for this locale, or it is not as it was when this was written.
    """
    known = statements(text)
    sentence = known.get(locale)
    if sentence is None:
        near = ", ".join(f"`{name}`" for name in sorted(known) if name[:2] == locale[:2]) or "for example `en-US`"
        raise Refused("unknown_locale", f"There is no statement for `{printable(locale)}`; there is {near}.")
    names = [company, talent] if (locale, voice_sync) in COMPANY_FIRST else [talent, company]
    if len(PLACE.findall(sentence)) != len(names):
        raise Refused(
            "statement_changed",
            "The publisher's statement has other places for names than expected: take it from the publisher.",
        )
    left = iter(names)
    return PLACE.sub(lambda place: next(left) or place[0], sentence)
