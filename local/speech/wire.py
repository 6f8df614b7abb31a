"""Bodies that clients may send, as strict as the published definitions: no unknown, missing or read-only field."""

from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

ID = r"^[a-zA-Z0-9][a-zA-Z0-9._-]{1,62}[a-zA-Z0-9]$"

Text = Annotated[str, StringConstraints(min_length=1)]
ResourceId = Annotated[str, StringConstraints(pattern=ID)]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an http or https address")
    return url


def _signed(url: str) -> str:
    if not urlsplit(url).query:
        raise ValueError("must carry a shared access signature in its query")
    return url


WebAddress = Annotated[str, AfterValidator(_web_address)]
SignedAddress = Annotated[WebAddress, AfterValidator(_signed)]


class Wire(BaseModel):
    """A body or a part of one. `secrets` are fields that no answer ever shows."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, alias_generator=to_camel)

    secrets: ClassVar[frozenset[str]] = frozenset()

    def fields(self) -> dict[str, Any]:
        """The fields to answer with, under their names on the wire."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude=set(self.secrets | {"id"}))


class ProjectBody(Wire):
    id: ResourceId | None = None
    display_name: Text | None = None
    description: str | None = None
    kind: Literal["CustomAvatar"]
    locale: Locale | None = None


class ConsentBody(Wire):
    """`audioUrl` is not among the definition's required fields only because answers leave it out."""

    secrets = frozenset({"audio_url"})

    id: ResourceId | None = None
    display_name: Text | None = None
    description: str | None = None
    voice_talent_name: Text
    company_name: Text
    audio_url: WebAddress
    locale: Locale
    project_id: ResourceId


class ConsentForm(Wire):
    """The multipart form; `audiodata` is the digest of the file that was sent."""

    secrets = frozenset({"audiodata", "properties"})

    display_name: Text | None = None
    description: str | None = None
    voice_talent_name: Text
    company_name: Text
    audiodata: Text
    locale: Locale
    project_id: ResourceId
    properties: str | None = None


class TrainingSetBody(Wire):
    id: ResourceId | None = None
    display_name: Text | None = None
    description: str | None = None
    locale: Locale
    voice_kind: Literal["Male", "Female"] | None = None
    project_id: ResourceId


class BlobSource(Wire):
    container_url: SignedAddress
    prefix: str | None = None
    extensions: Annotated[list[Text], Field(min_length=1)]


class DatasetBody(Wire):
    display_name: str | None = None
    description: str | None = None
    kind: Literal["NaturallySpeaking", "SilentStatus", "Status0Speaking", "Gesture"]
    audios: BlobSource


class Recipe(Wire):
    kind: Literal["CustomAvatar"]
    version: Text | None = None


class ModelProperties(Wire):
    voice_sync: bool = False


class ModelBody(Wire):
    id: ResourceId | None = None
    voice_name: Text | None = None
    description: str | None = None
    recipe: Recipe
    locale: Locale | None = None
    project_id: ResourceId
    consent_id: ResourceId
    training_set_id: ResourceId
    properties: ModelProperties = ModelProperties()


class EndpointProperties(Wire):
    kind: Literal["HighPerformance", "FastResume"] | None = None


class EndpointBody(Wire):
    id: Text | None = None
    display_name: Text | None = None
    description: str | None = None
    project_id: ResourceId
    model_id: ResourceId
    properties: EndpointProperties | None = None


class AuthorizeBody(Wire):
    source_resource_id: Text
    model_id: ResourceId


class CopyAuthorization(Wire):
    id: Text
    expiration_date_time: Text
    source_resource_id: Text
    target_resource_id: Text
    target_resource_endpoint: WebAddress
    target_resource_region: Text
    model_id: ResourceId

    def fields(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True)


class CopyBody(Wire):
    authorization: CopyAuthorization
    target_project_id: ResourceId
