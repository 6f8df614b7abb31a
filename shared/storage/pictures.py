"""Pictures of clips that we drew, in a container of their own."""

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, ContentSettings

from shared.errors import Temporary

PICTURES = "pictures"


class BlobPictures:
    """Implements `Pictures`."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._container = service.get_container_client(PICTURES)

    def put(self, name: str, picture: bytes) -> None:
        kind = ContentSettings(content_type="image/jpeg")
        try:
            self._container.upload_blob(name, picture, overwrite=True, content_settings=kind)
        except AzureError as error:
            raise Temporary("blob", "keeping a picture of a clip") from error

    def get(self, name: str) -> bytes | None:
        try:
            return self._container.download_blob(name).readall()
        except ResourceNotFoundError:
            return None
        except AzureError as error:
            raise Temporary("blob", "reading a picture of a clip") from error

    def drop(self, folder: str, but: str = "") -> None:
        try:
            for blob in self._container.list_blob_names(name_starts_with=f"{folder}/"):
                if not but or not blob.startswith(f"{but}/"):
                    self._container.delete_blob(blob)
        except ResourceNotFoundError:
            return  # another worker did
        except AzureError as error:
            raise Temporary("blob", "removing a picture of a clip") from error
