"""Links to files in Azure are signed with a key that covers them, though the storage's clock is behind ours."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azure.storage.blob import UserDelegationKey

from shared.storage.blobs import BlobClips
from tests.builders import NOW

PLACE = "https://made.blob.core.windows.net/clips"


class _Account:
    """An account that signs no link by itself."""

    account_name, credential, url = "made", object(), PLACE

    def __init__(self) -> None:
        self.now, self.asked = NOW, 0

    def get_container_client(self, _name: str) -> "_Account":
        return self

    def get_blob_client(self, blob: str) -> Any:
        return type("Blob", (), {"url": f"{PLACE}/{blob}"})

    def get_user_delegation_key(self, start: datetime, end: datetime) -> UserDelegationKey:
        self.asked += 1
        key: Any = UserDelegationKey()
        key.signed_oid, key.signed_tid, key.signed_service, key.signed_version, key.value = (
            "o",
            "t",
            "b",
            "2021-12-02",
            "AAAA",
        )
        key.signed_start, key.signed_expiry = (f"{when:%Y-%m-%dT%H:%M:%SZ}" for when in (start, end))
        return key


def test_the_key_covers_the_link_and_is_asked_for_now_and_then() -> None:
    made: Any = _Account()
    clips = BlobClips(made, made, made)
    made_at = [timedelta(minutes=minutes) for minutes in range(0, 180, 10)]
    for later in made_at:
        now = NOW + later
        made.now = lambda now=now: now
        said = parse_qs(urlsplit(clips.link("presenter/natural/a.mp4")).query)
        assert said["skt"] <= said["st"] <= [f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"]
        assert said["se"] <= said["ske"]
    assert made.asked == 3
