"""The body of a batch avatar synthesis, after the published definition of 2024-08-01."""

from typing import Annotated, Literal

from pydantic import Field

from local.speech.wire import SignedAddress, Text, Wire


class BatchInput(Wire):
    content: Text


class SynthesisConfig(Wire):
    voice: Text
    style: str | None = None
    rate: str | None = None
    pitch: str | None = None
    volume: str | None = None


class Coordinate(Wire):
    x: float | None = None
    y: float | None = None


class VideoCrop(Wire):
    top_left: Coordinate
    bottom_right: Coordinate


class AvatarConfig(Wire):
    """`useBuiltInVoice` and `photoAvatarBaseModel` are documented but missing from the definition."""

    talking_avatar_character: Text
    talking_avatar_style: str | None = None
    video_format: str | None = None
    video_codec: str | None = None
    subtitle_type: str | None = None
    background_color: str | None = None
    background_image: str | None = None
    avatar_position: Coordinate | None = None
    avatar_size: Coordinate | None = None
    resolution: Coordinate | None = None
    video_crop: VideoCrop | None = None
    bitrate_kbps: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    customized: bool = False
    use_built_in_voice: bool | None = None
    photo_avatar_base_model: str | None = None


class SynthesisProperties(Wire):
    secrets = frozenset({"destination_container_url"})

    time_to_live_in_hours: Annotated[int, Field(ge=1, le=744)] | None = None
    destination_container_url: SignedAddress | None = None
    destination_path: str | None = None


class SynthesisBody(Wire):
    description: str | None = None
    input_kind: Literal["PlainText", "SSML"]
    inputs: Annotated[list[BatchInput], Field(min_length=1, max_length=1000)]
    synthesis_config: SynthesisConfig | None = None
    custom_voices: dict[str, str] | None = None
    avatar_config: AvatarConfig
    properties: SynthesisProperties = SynthesisProperties()
