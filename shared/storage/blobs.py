"""The clips container: ranges of one version of a blob, and links that can read one file."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, ContainerClient, generate_blob_sas

from shared.errors import Refused, Temporary
from shared.ports import BlobInfo, Stopwatch

CLIPS = "clips"
LINK_LIFE = timedelta(hours=1)


class BlobReader:
    """Reads exact ranges under `If-Match`, so that a blob that was replaced is never read as the old one."""

    def __init__(self, container: ContainerClient, name: str, etag: str, size: int) -> None:
        self._blob = container.get_blob_client(name)
        self._etag = etag
        self.size = size
        self.bytes_read = 0
        self.requests = 0

    def read(self, offset: int, length: int) -> bytes:
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        self.requests += 1
        try:
            data = self._blob.download_blob(
                offset=offset, length=length, etag=self._etag, match_condition=MatchConditions.IfNotModified
            ).readall()
        except HttpResponseError as error:
            if error.status_code in {404, 412}:
                raise Refused("clip_replaced", "The clip was replaced or deleted while it was being read.") from error
            raise Temporary("blob", "reading a range of a clip") from error
        except AzureError as error:
            raise Temporary("blob", "reading a range of a clip") from error
        self.bytes_read += len(data)
        return data


class BlobClips:
    """Implements `Clips`."""

    def __init__(self, service: BlobServiceClient, stopwatch: Stopwatch) -> None:
        self._service = service
        self._container = service.get_container_client(CLIPS)
        self._stopwatch = stopwatch

    def list(self) -> Iterable[BlobInfo]:
        try:
            for blob in self._container.list_blobs():
                yield BlobInfo(name=str(blob.name), etag=_plain(str(blob.etag)), size=int(blob.size))
        except AzureError as error:
            raise Temporary("blob", "listing the clips container") from error

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
        return BlobReader(self._container, blob, f'"{etag}"', info.size)

    def link(self, blob: str) -> str:
        now = self._stopwatch.now()
        name, key = str(self._service.account_name), getattr(self._service.credential, "account_key", None)
        signed_by: dict[str, Any] = {"account_key": str(key)}
        if not key:
            try:
                signed_by = {"user_delegation_key": self._service.get_user_delegation_key(now, now + LINK_LIFE)}
            except AzureError as error:
                raise Temporary("blob", "asking for a key to sign links with") from error
        sas = generate_blob_sas(
            name, CLIPS, blob, permission=BlobSasPermissions(read=True), start=now - timedelta(minutes=5),
            expiry=now + LINK_LIFE, **signed_by,
        )  # fmt: skip
        return f"{self._container.get_blob_client(blob).url}?{sas}"


def _plain(etag: str) -> str:
    """ETags come with and without quotes; records hold them without."""
    return etag.strip('"')
