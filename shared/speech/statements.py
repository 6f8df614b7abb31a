"""The publisher's files of consent statements: read when they are asked for, kept for a day, never shipped by us."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx

from shared.errors import Temporary
from shared.ports import Stopwatch

FILES = {False: "verbal-statement-all-locales.txt", True: "verbal-statement-voice-sync-for-avatar-all-locales.txt"}
KEPT = timedelta(days=1)


class PublishedStatements:
    """Implements `Statements`; `base` is the publisher's folder, or one of the team's own with the same two files."""

    def __init__(self, client: httpx.Client, base: str, stopwatch: Stopwatch) -> None:
        self._client, self._base, self._stopwatch = client, base.rstrip("/"), stopwatch
        self._kept: dict[bool, tuple[datetime, str]] = {}

    def text(self, *, voice_sync: bool) -> str:
        now = self._stopwatch.now()
        read, text = self._kept.get(voice_sync, (now, ""))
        if text and now - read < KEPT:
            return text
        text = self._read(FILES[voice_sync])
        self._kept[voice_sync] = (now, text)
        return text

    def _read(self, name: str) -> str:
        place = f"{self._base}/{name}"
        try:
            if not place.startswith(("http://", "https://")):
                return Path(place).read_text(encoding="utf-8")
            answer = self._client.get(place, follow_redirects=True)
            answer.raise_for_status()
        except (OSError, UnicodeDecodeError, httpx.HTTPError) as error:
            raise Temporary("statements", f"reading the consent statements at {place}", 30) from error
        return answer.text
