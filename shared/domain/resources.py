"""Azure resources from the configuration: where, what each may do, and how it is driven."""

from typing import Literal

from pydantic import SecretStr

from shared.domain.base import Frozen

Driver = Literal["rest", "portal"]
Assurance = Literal["enforced", "attested"]


class Resource(Frozen):
    """One Speech / Foundry resource (S0)."""

    name: str
    region: str
    driver: Driver = "portal"
    can_train: bool = False
    can_host: bool = True
    voice_sync: bool = False
    endpoint: str = ""
    base_path: str = "/customvoice"
    arm_id: str = ""
    portal_url: str = ""
    key: SecretStr | None = None

    @property
    def assurance(self) -> Assurance:
        """`enforced`: nothing can start but through us. `attested`: a person does it and says so."""
        return "enforced" if self.driver == "rest" else "attested"
