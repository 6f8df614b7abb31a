"""The clips container: ranges of one version of a blob, and links that can read one file."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from shared.errors import Refused, Temporary
from shared.ports import BlobInfo, Stopwatch

CLIPS = "clips"
LINK_LIFE = timedelta(hours=1)
EARLY = timedelta(minutes=5)  # the storage's clock may be behind ours
AT_ONCE = 8
BYTES_AT_ONCE = 4 * 1024 * 1024
TRIES = 4
VERSION = "2021-12-02"  # of the storage REST API; old enough for every emulator


class BlobReader:
    """Reads exact ranges under `If-Match`, so that a blob that was replaced is never read as the old one.

    A check asks for some two thousand small ranges, and the storage SDK spends more time on each than the network does; so
    the ranges are read by plain HTTP over a link for this one file.
    """

    def __init__(self, client: httpx.Client, link: str, etag: str, size: int, pause: Callable[[float], None]) -> None:
        self._client, self._link, self._etag, self._pause = client, link, etag, pause
        self.size = size

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        for attempt in range(TRIES):
            answer = self._get(offset, length)
            if answer is not None and answer.status_code == 206 and len(answer.content) == length:
                return answer.content
            if answer is not None and answer.status_code in {404, 412}:
                raise Refused("clip_replaced", "The clip was replaced or deleted while it was being read.")
            self._pause(0.2 * 2**attempt)
        raise Temporary("blob", "reading a range of a clip")

    def read_all(self, spans: Sequence[tuple[int, int]]) -> Iterator[bytes]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            under_way: deque[tuple[int, Future[bytes]]] = deque()
            waiting = 0
            try:
                for offset, length in spans:
                    while under_way and (len(under_way) >= 2 * AT_ONCE or waiting + length > BYTES_AT_ONCE):
                        size, first = under_way.popleft()
                        waiting -= size
                        yield first.result()
                    under_way.append((length, pool.submit(self.read, offset, length)))
                    waiting += length
                while under_way:
                    yield under_way.popleft()[1].result()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _get(self, offset: int, length: int) -> httpx.Response | None:
        headers = {"Range": f"bytes={offset}-{offset + length - 1}", "If-Match": self._etag, "x-ms-version": VERSION}
        try:
            return self._client.get(self._link, headers=headers)
        except httpx.HTTPError:
            return None


class BlobClips:
    """Implements `Clips`."""

    def __init__(self, service: BlobServiceClient, client: httpx.Client, stopwatch: Stopwatch) -> None:
        self._service = service
        self._container = service.get_container_client(CLIPS)
        self._stopwatch = stopwatch
        self._client = client
        self._key: tuple[Any, datetime] = None, datetime.min.replace(tzinfo=UTC)

    def list(self, folder: str = "") -> Iterable[BlobInfo]:
        try:
            for blob in self._container.list_blobs(name_starts_with=f"{folder}/" if folder else None):
                yield BlobInfo(name=str(blob.name), etag=_plain(str(blob.etag)), size=int(blob.size))
        except AzureError as error:
            raise Temporary("blob", "listing the clips container") from error

    def delete(self, blob: str) -> None:
        try:
            self._container.delete_blob(blob)
        except ResourceNotFoundError:
            return  # it is gone
        except AzureError as error:
            raise Temporary("blob", "deleting a clip") from error

    def info(self, blob: str) -> BlobInfo | None:
        try:
            found = self._container.get_blob_client(blob).get_blob_properties()
        except ResourceNotFoundError:
            return None
        except AzureError as error:
            raise Temporary("blob", "looking at a clip") from error
        return BlobInfo(name=blob, etag=_plain(str(found.etag)), size=int(found.size))

    def open(self, blob: str, etag: str) -> BlobReader:
        info = self.info(blob)
        if info is None or info.etag != etag:
            raise Refused("clip_replaced", "The clip was replaced or deleted while it was being read.")
        return BlobReader(self._client, self.link(blob), f'"{etag}"', info.size, self._stopwatch.pause)

    def link(self, blob: str) -> str:
        return self._signed(blob, BlobSasPermissions(read=True))

    def upload_link(self, blob: str) -> str:
        return self._signed(blob, BlobSasPermissions(create=True, write=True))

    @property
    def address(self) -> str:
        found = urlsplit(str(self._container.url))
        return f"{found.scheme}://{found.netloc}"

    def _signed(self, blob: str, permission: BlobSasPermissions) -> str:
        now = self._stopwatch.now()
        name, key = str(self._service.account_name), getattr(self._service.credential, "account_key", None)
        signed_by: dict[str, Any] = {"account_key": str(key)} if key else {"user_delegation_key": self._delegation(now)}
        sas = generate_blob_sas(
            name, CLIPS, blob, permission=permission, start=now - EARLY, expiry=now + LINK_LIFE, **signed_by,
        )  # fmt: skip
        return f"{self._container.get_blob_client(blob).url}?{sas}"

    def _delegation(self, now: datetime) -> Any:
        """A key that covers a link made now; one is asked for an hour, not for each link."""
        key, until = self._key
        if key is None or now + LINK_LIFE > until:
            until = now + LINK_LIFE + timedelta(hours=1)
            try:
                key = self._service.get_user_delegation_key(now - EARLY, until)
            except AzureError as error:
                raise Temporary("blob", "asking for a key to sign links with") from error
            self._key = key, until
        return key


def _plain(etag: str) -> str:
    """ETags come with and without quotes; records hold them without."""
    return etag.strip('"')
