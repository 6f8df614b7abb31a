"""The results of a batch synthesis: a real video, fetched by a signed address without any other sign-in."""

import tempfile
from functools import lru_cache
from pathlib import Path

import anyio
from starlette.requests import Request
from starlette.responses import Response

from local.clips.making import Recipe, make
from local.speech.answers import RefusedError
from local.speech.world import World


async def serve(world: World, request: Request) -> Response:
    """The video of a job that has ended, or its summary.

    Raises:
        RefusedError: 403 for a wrong signature, 404 for what is not there.
    """
    place = request.path_params
    state = world.states.get(str(place["resource"]))
    record = state.syntheses.get(str(place["id"])) if state else None
    if record is None or not record.job.finished(world.now()):
        raise RefusedError(404, "There is no such result.")
    if request.query_params.get("sig") != record.digest[:16]:
        raise RefusedError(403, "The signature does not fit.", violation=True)
    if request.url.path.endswith(".json"):
        return Response('{"status": "Succeeded"}', media_type="application/json")
    return Response(await anyio.to_thread.run_sync(_video, min(record.seconds, 8)), media_type="video/mp4")


@lru_cache(maxsize=4)
def _video(seconds: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return make(Path(folder) / "result.mp4", Recipe(seconds=seconds, width=640, height=360)).read_bytes()
