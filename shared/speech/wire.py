"""What we read of the services' JSON: strict about what we rely on, deaf to the rest."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from shared.domain.names import Kind
from shared.errors import Temporary


class Wire(BaseModel):
    """Foreign JSON: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def parse(text: str) -> datetime:
    """A time of the service; some come without a zone, and mean UTC."""
    when = datetime.fromisoformat(text)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


Time = Annotated[datetime, BeforeValidator(lambda value: parse(str(value)))]
Found = TypeVar("Found", bound=BaseModel)


def parsed(model: type[Found], data: object) -> Found:
    """Foreign JSON as one of these models.

    Raises:
        Temporary: it is not what we rely on; the next look may see better, and the log names the fields.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors()[:3])
        raise Temporary("unexpected_answer", f"reading {model.__name__}: {fields}", 60) from None


class Page(Wire):
    """A page of a list, with the link to the next one."""

    value: tuple[dict[str, Any], ...]
    next_link: str | None = Field(None, alias="nextLink")


class ServiceWords(BaseModel):
    """`service.json`: the service's words for what we ask of it, and what its reasons mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    as_of: date
    kind: str
    data_types: dict[Kind, str]
    failure_reasons: dict[str, str]


class Properties(Wire):
    failure_reason: str | None = Field(None, alias="failureReason")


class Thing(Wire):
    """A project, consent, training set, model, endpoint or operation."""

    id: str
    status: str = "Running"
    model: str = Field("", alias="modelId")
    created: Time | None = Field(None, alias="createdDateTime")
    properties: Properties | None = None


class AvatarConfig(Wire):
    character: str = Field("", alias="talkingAvatarCharacter")


class BatchOutputs(Wire):
    result: str = ""


class BatchProblem(Wire):
    message: str = ""


class BatchBilling(Wire):
    seconds: Decimal = Field(Decimal(0), alias="talkingAvatarDurationSeconds")


class BatchProperties(Wire):
    error: BatchProblem | None = None
    billing: BatchBilling | None = Field(None, alias="billingDetails")


class BatchJob(Wire):
    id: str = ""
    status: str = ""
    outputs: BatchOutputs | None = None
    properties: BatchProperties | None = None
    created: Time = Field(alias="createdDateTime")
    last_action: Time | None = Field(None, alias="lastActionDateTime")
    avatar: AvatarConfig | None = Field(None, alias="avatarConfig")


class Phrase(Wire):
    text: str = ""


class Transcription(Wire):
    phrases: tuple[Phrase, ...] = Field(alias="combinedPhrases")


class MetricPoint(Wire):
    at: Time = Field(alias="timeStamp")
    total: Decimal | None = None


class MetricSeries(Wire):
    data: tuple[MetricPoint, ...] = ()


class Metric(Wire):
    timeseries: tuple[MetricSeries, ...] = ()


class Metrics(Wire):
    value: tuple[Metric, ...]


class PriceItem(Wire):
    retail_price: Decimal = Field(alias="retailPrice")
    currency: str = Field(alias="currencyCode")
    unit: str = Field(alias="unitOfMeasure")
    effective: Time = Field(alias="effectiveStartDate")


class PricePage(Wire):
    items: tuple[PriceItem, ...] = Field((), alias="Items")
    next_link: str | None = Field(None, alias="NextPageLink")
