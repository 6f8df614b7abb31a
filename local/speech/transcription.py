"""Fast transcription: it hears whatever a test or a person said that it should hear (`/_control/heard`)."""

import io
import wave
from typing import Annotated

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request

from local.speech.answers import Answer, RefusedError, bad_argument, bad_request
from local.speech.gateway import authenticate
from local.speech.reading import form_of, parse, parse_json
from local.speech.wire import Text, Wire
from local.speech.world import World

VERSION = "2024-11-15"


class Definition(Wire):
    """One locale is expected."""

    locales: Annotated[list[Text], Field(min_length=1, max_length=1)]


async def serve(world: World, request: Request) -> Answer:
    """Strict about what is sent; the answer has the shape of the published one (UNVERIFIED here beyond `combinedPhrases`).

    Raises:
        RefusedError: it is not what the service takes.
    """
    state = world.states.get(str(request.path_params["resource"]))
    if state is None:
        raise RefusedError(404, "There is no such resource.", violation=True)
    authenticate(state.spec, request)
    if dict(request.query_params) != {"api-version": VERSION}:
        raise bad_argument(f"The query must be api-version={VERSION} and nothing else.", "api-version")
    async with form_of(request) as form:
        audio, definition = form.get("audio"), form.get("definition")
        if set(form) != {"audio", "definition"} or not isinstance(audio, UploadFile) or not isinstance(definition, str):
            raise bad_request("The form needs an audio file and a definition.", "audio")
        seconds = _seconds(await audio.read())
    parse(Definition, parse_json(definition))
    return Answer(200, {"durationMilliseconds": round(seconds * 1000), "combinedPhrases": [{"text": world.heard}]})


def _seconds(recording: bytes) -> float:
    try:
        with wave.open(io.BytesIO(recording)) as file:
            return file.getnframes() / file.getframerate()
    except (wave.Error, EOFError, ZeroDivisionError) as error:
        raise bad_request("The audio can't be decoded.", "audio") from error
