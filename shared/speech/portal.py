"""The portal's steps, in its own words: there is no public API for this, so an operator does it and says so."""

from shared.domain.names import Kind
from shared.domain.tasks import TYPES, Part
from shared.ports import Job

START_PAGE = "https://ai.azure.com"


def steps(job: Job) -> list[Part]:
    """What to do in the portal, in its own words, with every value to paste (the guide of 2025-08)."""
    ask, avatar = job.ask, job.avatar
    page = avatar.portal_url or job.resource.portal_url or START_PAGE
    named = (
        f"the task that holds `{ask.model}`" if avatar.adopted else f"the task `{avatar.name}`"
    )  # who knows what it is called there
    task = "the task" if avatar.portal_url else f"*Fine-tuning* > *AI Service fine-tuning* > {named}"
    match ask.step:
        case "train":
            return _train(job, page)
        case "copy":
            target = job.target or job.resource
            return [
                Part(name="open", title="Open the model", sentence=f"Open {page}, then {task} > *Train model*; select the model.",
                     values=(("Model", ask.model),)),
                Part(name="copy", title="Copy it", sentence="*Copy to project*: this region and resource; the task must exist there.",
                     values=(("Region", target.region), ("Resource", target.name), ("Project", avatar.name))),
                Part(name="see", title="See it done", sentence="When the portal's notification says that the copy is finished, press *Done* here."),
            ]  # fmt: skip
        case "deploy":
            return [
                Part(name="deploy", title="Deploy it", sentence=f"Open {page}, then {task} > *Deploy model* > *Deploy model*.",
                     values=(("Model", ask.model),)),
                Part(name="see", title="See it live",
                     sentence="When its status is *Succeeded* it is hosted, and billed from then on: press *Done* here."),
            ]  # fmt: skip
        case "remove":
            return [
                Part(name="open", title="Open it", sentence=f"Open {page}, then {task} > *Deploy model*; select the deployment.",
                     values=(("Model", ask.model),)),
                Part(name="delete", title="Delete it",
                     sentence="*Delete deployment*. The model stays. When it is gone from the list, press *Done* here."),
            ]  # fmt: skip


def _train(job: Job, page: str) -> list[Part]:
    avatar = job.avatar
    sync = "with voice sync" if avatar.voice_sync else "without voice sync"
    video = next((blob for kind, blob in job.files if kind == "consent"), "")
    again = bool(job.there or job.stale_there)
    if avatar.portal_url:
        first = Part(
            name="workspace", title="Workspace", sentence=f"Open {avatar.portal_url}: the task of this avatar."
        )
    else:
        first = Part(
            name="workspace", title="Workspace",
            sentence=f"Open {page}, then *Fine-tuning* > *AI Service fine-tuning* > *+ Fine-tune* > *Custom avatar*, unless the task is "
            "there already.",
            values=(("Task name", avatar.name),),
        )  # fmt: skip
    consent = Part(
        name="consent", title="Consent",
        sentence=f"*Set up avatar talent* > *Upload consent video*{' (unless it is there already)' if again else ''}: type *{sync}*, "
        f"language {job.locale}. The names as they are spoken.",
        values=(("Talent name", job.talent), ("Company name", job.company), ("Consent video", video)),
    )  # fmt: skip
    counts = ", ".join(f"*{TYPES[kind]}* {len(files)}" for kind, files in _by_kind(job.files).items())
    shown = Part(
        name="check", title="Compare",
        sentence=f"The portal must now show just these: {counts}. All that is there goes into the training. To be sure, paste its list under "
        "*Compare the files*.",
    )  # fmt: skip
    train = Part(
        name="train", title="Train",
        sentence="*Train model* > *+ Train model*, then press *Training started* here: we follow the meter from then on.",
        values=(("Model name", job.ask.model),),
    )  # fmt: skip
    return [first, consent, *_data(job), shown, train]


def _data(job: Job) -> list[Part]:
    """A part for each data type: what to delete there, and what to upload."""
    found: list[Part] = []
    gone = _by_kind(job.stale_there)
    if gone:
        listed = tuple((TYPES[kind], "\n".join(files)) for kind, files in gone.items())
        found.append(
            Part(name="cleanup", title="Delete what is old", values=listed,
                 sentence="*Prepare training data*: delete these first, they are no part of what was approved.")
        )  # fmt: skip
    for kind, blobs in _by_kind(job.files).items():
        new = [blob for blob in blobs if blob not in job.there]
        kept = f" ({len(blobs) - len(new)} more are there already)" if len(new) < len(blobs) else ""
        if new:
            files = "this file" if len(new) == 1 else f"these {len(new)} files"
            found.append(
                Part(name=f"data-{kind}", title=f"Training data: {TYPES[kind]} ({len(new)})", values=((TYPES[kind], "\n".join(new)),),
                     sentence=f"*Prepare training data* > *Upload data*, type *{TYPES[kind]}*: {files}{kept}.")
            )  # fmt: skip
    return found


def _by_kind(files: tuple[tuple[Kind, str], ...]) -> dict[Kind, list[str]]:
    """In the order of the portal's types; kinds without a type there (consent, advice) are left out."""
    return {kind: [f for k, f in files if k == kind] for kind in TYPES if any(k == kind for k, _ in files)}
