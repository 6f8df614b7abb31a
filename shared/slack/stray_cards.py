"""Cards of a comparison with Azure: what nobody recorded, and what Azure no longer has."""

from shared.domain.deployments import Deployment, Removed, Removing
from shared.domain.records import Stray
from shared.slack.blocks import Json, actions, button, confirm, context, header, people, quoted, section, when
from shared.slack.scene import Drawn, Scene

TITLES = {
    "deployment": "A deployment that nobody recorded",
    "model": "A model that nobody recorded",
    "hosting": "More is hosted than is on record",
    "not hosted": "Less is hosted than is on record",
    "training": "A training that nobody recorded",
}


def stray_card(card: str, scene: Scene) -> Drawn | None:
    """The card of one stray; a former one stays as it is once it is found anew."""
    stray = next((stray for stray in scene.book.strays if stray.card == card), None)
    if stray is None:
        return None
    title = f"{TITLES[stray.what]}: {stray.name or stray.resource}"
    icon = {"open": "🔎", "known": "📌", "gone": "✅"}[stray.status]
    blocks = [header(f"{icon} {title}"), *_found(stray, scene)]
    return Drawn(scene.policy.on_call_channel, f"{title} in {stray.resource} ({stray.status})", blocks)


def missing_card(rest: str, scene: Scene) -> Drawn | None:
    """A deployment on record that Azure does not have."""
    deployment = scene.book.deployments.get(rest.rpartition(":")[0])
    if deployment is None:
        return None
    avatar = scene.book.known_avatar()
    open_ = deployment.missing is not None and not isinstance(deployment.state, Removing | Removed)
    if open_ and deployment.missing_card != f"missing:{rest}":
        return None
    if not open_:
        settled = "closed in our records" if isinstance(deployment.state, Removed) else "there again"
        blocks = [header(f"✅ {deployment.model}: {settled}")]
        return Drawn(scene.policy.on_call_channel, f"{deployment.model} in {deployment.resource}: {settled}", blocks)
    value = f"{avatar.name}|{deployment.id}|{deployment.revision}"
    text = f"{deployment.model} in {deployment.resource} is live in our records, and Azure does not have it"
    blocks = [
        header(f"🔎 Not in Azure: {deployment.model}"),
        section(
            f"`{deployment.model}` of *{avatar.name}* in `{deployment.resource}` has been live in our records since "
            f"{when(deployment.live_since)}, and Azure no longer lists it (looked {when(scene.now)}). Callers by name fail. Somebody "
            "may have removed it in the portal or by a script."
        ),
        context(f"{people(scene.policy.on_call)} · owner <@{avatar.owner}>"),
        actions(
            f"missing-{deployment.revision}",
            button("Close", "close_missing", value, spoken=f"Close the record of {deployment.model}"),
            button("Redeploy", "redeploy_missing", value, "primary", _again(deployment)),
        ),
    ]
    return Drawn(scene.policy.on_call_channel, text, blocks)


def _again(deployment: Deployment) -> Json:
    cost = (
        f"It costs {deployment.price_per_hour} an hour, around the clock. Whether it needs an approval is on its card."
    )
    return confirm("Deploy it again?", cost, "Redeploy")


def _found(stray: Stray, scene: Scene) -> list[Json]:
    if stray.status == "gone":
        return [section(f"Settled: it is on record now, or no longer there ({when(stray.at or stray.found)}).")]
    if stray.status == "known":
        why = quoted(scene.book.words.get(stray.why or "", "erased"))
        return [section(f"<@{stray.by}> knows it, {when(stray.at or stray.found)}:\n{why}")]
    value = f"~cloud|{stray.id}|{stray.revision}"
    named = "|".join((stray.resource, stray.name, stray.endpoint, f"{stray.since:%Y-%m-%d}" if stray.since else ""))
    adopting = button("Adopt", "adopt_stray", named, "primary", spoken=f"Adopt {stray.name or stray.resource}")
    removing = button("Remove", "remove_stray", named, "danger", spoken=f"Adopt {stray.name}, and ask for its removal")
    known = button("I know it", "know_stray", value, spoken="Say what it is")
    made = f", made {when(stray.since)}" if stray.since else ""
    match stray.what:
        case "deployment":
            text = (
                f"`{stray.resource}` hosts `{stray.name}`{made}, and nobody recorded it: it is billed around the clock, used or not, "
                "and nobody watches it. *Adopt* puts it under the idle watch; *Remove* does that too and asks for its removal."
            )
            buttons = [adopting, removing, known]
        case "model":
            text = (
                f"`{stray.resource}` has the model `{stray.name}`{made}, and nobody recorded it. A model alone costs nothing; whether "
                "its talent's consent is on record nobody can tell. If nobody needs it, *Remove* asks an operator to delete it in the portal."
            )
            if stray.by:
                text += f"\n<@{stray.by}> asked the operators to delete it, {when(stray.at or stray.found)}."
            asked = confirm(
                "Have this model deleted?",
                "An operator is asked to delete it in the portal. That can't be undone.",
                "Ask for it",
                danger=True,
            )
            unwanted = button("Remove", "delete_stray", value, "danger", asked, f"Ask to delete the model {stray.name}")
            buttons = [adopting, *([] if stray.by else [unwanted]), known]
        case "hosting":
            text = (
                f"On `{stray.resource}` {stray.detail}. Somebody may have deployed in the portal, or a removal did not happen. Look at "
                "*Deploy model* of each task there; *Adopt* records what you find, and so what was not removed can be removed again. Meters come late and in lumps: it is a sign, no proof."
            )
            buttons = [adopting, known]
        case "not hosted":
            text = (
                f"On `{stray.resource}` {stray.detail}. Somebody said *Done* too early, or somebody deleted it in the portal. Look at "
                "*Deploy model* of its task there: deploy it now, or, if it is not needed, `/avatar remove` it here, so that nobody counts it. Meters "
                "come late and in lumps: it is a sign, no proof."
            )
            buttons = [known]
        case "training":
            text = (
                f"On `{stray.resource}` {stray.detail}. Somebody may have started it in the portal without asking. Look at *Train model* "
                "of each task there; *Adopt* records its model. Meters come late and in lumps: it is a sign, no proof."
            )
            buttons = [adopting, known]
    approvers = scene.policy.steps["train" if stray.what == "training" else "deploy"].approve
    who = people(scene.policy.on_call) + (f" · {people(approvers)}" if stray.what in {"hosting", "training"} else "")
    return [section(text), context(who), actions(f"stray-{stray.revision}", *buttons)]


def difference_text(resource: str, strays: tuple[Stray, ...], missing: tuple[Deployment, ...], *, listed: bool) -> str:
    """One resource in the answer to `/avatar admin compare`."""
    if not strays and not missing:
        how = "" if listed else " (as far as its meters tell: nobody can list what is in the portal)"
        return f":white_check_mark: `{resource}` has what the records say{how}"
    lines = [
        f":mag: `{resource}`: {TITLES[stray.what].lower()}"
        + (f", `{stray.name}`" if stray.name else f": {stray.detail}")
        + (f" (endpoint `{stray.endpoint}`)" if stray.endpoint else "")
        for stray in strays[:10]
    ]
    lines += [
        f":mag: `{resource}`: `{found.model}` of *{found.avatar}* is on record, and not there" for found in missing
    ]
    return "\n".join(lines)
