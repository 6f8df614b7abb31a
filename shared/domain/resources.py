"""Azure resources from the configuration: where, what each may do, and how it is driven."""

from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from shared.domain.base import Frozen
from shared.domain.names import Kind
from shared.errors import Refused

Driver = Literal["rest", "portal"]
Assurance = Literal["enforced", "attested"]


INTAKE = "https://aka.ms/customneural"


class Access(Frozen):
    """Microsoft let this resource make custom avatars: who has it on record, and since when."""

    by: str
    on: date


class Quotas(Frozen):
    """What the resource may hold at once, and how often it may be called. None: nobody said; the service publishes none for avatars."""

    deployments: int | None = Field(default=None, ge=1)
    # A minute, published for an S0 resource and raised on request; whether reading counts is not published, so it does.
    batch_calls: int = Field(default=2, ge=1)
    # A minute, for training, copy and deployment by API: ours, as none is published.
    calls: int = Field(default=60, ge=1)


class Resource(Frozen):
    """One Speech / Foundry resource. What its region can do comes from the regions' file where the configuration is silent."""

    name: str
    region: str
    driver: Driver = "portal"
    sku: Literal["S0", "F0", "unknown"] = "unknown"
    access: Access | None = None
    quotas: Quotas = Quotas()
    can_train: bool = False
    can_host: bool = True
    voice_sync: bool = False
    endpoint: str = ""
    base_path: str = "/customvoice"
    api_version: str = "2026-01-01"
    # Where its words for the kinds of clips are others than `shared/speech/service.json` says.
    data_types: dict[Kind, str] = {}
    i_know_that_this_endpoint_accepts_avatars: bool = False
    arm_id: str = ""
    portal_url: str = ""
    key: SecretStr | None = None

    @property
    def assurance(self) -> Assurance:
        """`enforced`: nothing can start but through us. `attested`: a person does it and says so."""
        return "enforced" if self.driver == "rest" else "attested"

    @property
    def may_make_voices(self) -> bool:
        """Whether it is driven at an address where Microsoft publishes an API of custom voices, and of nothing else.

        There, what we ask for as avatars could be made, and paid, as voices.
        """
        published = self.base_path.rstrip("/").lower() == "/customvoice"
        at_azure = (urlsplit(self.endpoint).hostname or "").endswith(
            (".azure.com", ".azure.us", ".azure.cn", ".microsoft.com")
        )
        return self.driver == "rest" and published and at_azure and not self.i_know_that_this_endpoint_accepts_avatars

    def must_be_paid(self) -> None:
        """Avatars need the price tier S0; the service itself says so only hours later, at run time.

        Raises:
            Refused: it is of the free tier.
        """
        if self.sku == "F0":
            raise Refused(
                "free_tier",
                f"`{self.name}` is of the free tier F0, and avatars need S0. Choose another resource; or move this one to S0 in the "
                'Azure portal, and have a maintainer write `sku = "S0"` into the resources\' file.',
            )


def doubts(resource: Resource) -> list[str]:
    """What the configuration does not say, and somebody should find out before it costs time."""
    found: list[str] = []
    if resource.access is None:
        found.append(
            f"access to custom avatars is not on record for `{resource.name}`: ask Microsoft for it with the form at {INTAKE}, and "
            "have a maintainer enter it once it is granted"
        )
    if resource.sku == "unknown":
        found.append(f"it is not on record whether `{resource.name}` is of the tier S0, which avatars need")
    return found
