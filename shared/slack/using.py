"""How programs use what is live, and what a talent reads: text to copy."""

import json
from collections.abc import Mapping
from datetime import datetime

from shared.domain.book import Book
from shared.domain.records import Avatar
from shared.domain.resources import Resource
from shared.slack.blocks import escaped
from shared.slack.office import hours_line

# Where a deployed avatar appears, as the service's guide says (2025-08).
PAGES = ("https://speech.microsoft.com/portal/talkingavatar", "https://speech.microsoft.com/portal/livechat")
MOST = 3  # deployments with their snippets in one answer


def use_text(
    book: Book, resources: Mapping[str, Resource], beacons: Mapping[str, tuple[str, str]], now: datetime
) -> str:
    """Batch, real-time and SSML, with the names filled in (from the published definition 2024-08-01 and the SDK's samples).

    `beacons`: by deployment, the address and the token with which a program says that it uses it.
    """
    avatar = book.known_avatar()
    live = [deployment for deployment in book.deployments.values() if deployment.billed]
    resting = [d for d in book.deployments.values() if d.resting]
    if not live and not resting:
        return f"Nothing of *{avatar.name}* is live, so nothing can call it: `/avatar deploy {avatar.name}`."
    parts = [f"{hours_line(d, now, book)}. Calls of `{d.model}` fail until then." for d in resting]
    live += resting
    for deployment in live[:MOST]:
        place = resources.get(deployment.resource)
        base = (
            place.endpoint if place and place.endpoint else f"https://{deployment.resource}.cognitiveservices.azure.com"
        )
        sync = any(m.voice_sync for m in book.models if (m.name, m.resource) == (deployment.model, deployment.resource))
        parts += [
            f"*`{deployment.model}`* in `{deployment.resource}` ({deployment.region})",
            f"Batch, one video (two requests a minute a resource):\n```{_batch(deployment.model, base, sync=sync)}```",
            f"Real-time, in the browser (Speech SDK; the key or token of this resource and region):\n```{_realtime(deployment.model, sync=sync)}```",
        ]
        if deployment.id in beacons:
            call = "navigator.sendBeacon({}, {});".format(*map(json.dumps, beacons[deployment.id]))
            parts.append(
                "Optional, so that real-time use is seen and nobody is asked whether it is still needed: when a session begins, and every "
                f"ten minutes of it,\n```{call}```"
            )
    parts.append("Gestures, in batch only: `<bookmark mark='gesture.NAME'/>` in the SSML." if not _any_sync(book) else
                 "With voice sync there are no gestures and no subtitles, and other voices are ignored.")  # fmt: skip
    if len(live) > MOST:
        parts.append(f"And {len(live) - MOST} more: the same with their names.")
    parts.append(
        f"In the portal, without a program (sign in with the resource): <{PAGES[0]}|video from text> and <{PAGES[1]}|live chat>; it is in "
        "the list of avatars of both."
    )
    parts.append(f"To see it work: `/avatar try {avatar.name}` makes two seconds of video.")
    parts.append("Removing a deployment breaks these calls at once; deploying the model anew fixes them.")
    return "\n".join(parts)


def script_text(avatar: Avatar, locale: str, sentence: str, *, complete: bool) -> str:
    """What the talent reads, as the publisher has it."""
    scope = "the avatar and a synthetic voice" if avatar.voice_sync else "the avatar"
    lines = [
        f"*What the talent of {avatar.name} reads* ({locale}; it covers {scope}), word for word, facing the camera:",
        f"```{escaped(sentence, 2500)}```",
    ]
    if not complete:
        lines.append(
            f'Names are missing: `/avatar consent script {avatar.name} {locale} talent="Ada Lovelace" company=Contoso`, typed in the '
            "language of the statement, as they are spoken."
        )
    if locale[:2] in {"fr", "pl"}:
        lines.append("An ending in brackets is for the talent's gender: read the one that fits.")
    lines.append(
        "It is Microsoft's text, read from where it is published. Microsoft compares the video with it during the training."
    )
    return "\n".join(lines)


def _any_sync(book: Book) -> bool:
    return any(model.voice_sync for model in book.models)


def _batch(model: str, base: str, *, sync: bool) -> str:
    voice = ', "useBuiltInVoice": true' if sync else ""
    config = f'{{"talkingAvatarCharacter": "{model}", "customized": true{voice}}}'
    return (
        f'curl -X PUT "{base}/avatar/batchsyntheses/$(uuidgen)?api-version=2024-08-01" \\\n'
        '  -H "Ocp-Apim-Subscription-Key: $SPEECH_KEY" -H "Content-Type: application/json" \\\n'
        '  -d \'{"inputKind": "PlainText", "inputs": [{"content": "Hello."}],\n'
        + ("" if sync else '       "synthesisConfig": {"voice": "en-US-AvaMultilingualNeural"},\n')
        + f'       "avatarConfig": {config}}}\''
    )


def _realtime(model: str, *, sync: bool) -> str:
    lines = [
        f'const config = new SpeechSDK.AvatarConfig("{model}", "", new SpeechSDK.AvatarVideoFormat());',
        "config.customized = true;",
    ]
    if sync:
        lines.append("config.useBuiltInVoice = true;")
    return "\n".join(lines)
