"""A withdrawn consent: what was stopped, what is being removed, and what is left until it is confirmed."""

from shared.domain.deployments import Removed, Removing
from shared.slack.blocks import Json, actions, button, context, header, people, quoted, section, when
from shared.slack.scene import Drawn, Scene

WORDS = {
    "model": "Delete the model", "workspace": "Delete the workspace", "deployment": "Delete the deployment",
    "operation": "Stop in the portal, if it offers that:",
}  # fmt: skip


def withdrawal_card(scene: Scene) -> Drawn | None:
    gone, avatar = scene.book.withdrawal, scene.book.avatar
    if gone is None or avatar is None:
        return None
    done = gone.all_gone and not any(d.billed for d in scene.book.deployments.values())
    title = "everything is gone" if done else "being cleared"
    blocks = [
        header(f"{'✅' if done else '🛑'} Consent withdrawn: {avatar.name}, {title}"),
        section(f"Recorded by <@{gone.by}>, {when(gone.at)}:\n{quoted(scene.book.words.get(gone.why, 'erased'))}"),
        section("Nothing can be trained, copied or deployed any more."),
    ]
    blocks += _deployments(scene)
    erasing = f"Clips, consent video, pictures, names and reasons are erased {when(gone.erase_at)}."
    if gone.erased:
        erasing = (
            f":white_check_mark: Clips, consent video, pictures, names and reasons were erased, {when(gone.erased)}."
        )
    blocks.append(section(erasing))
    ordered = sorted(gone.left, key=lambda item: item.gone is not None)
    lines = [
        f":white_check_mark: {WORDS[item.what]} `{item.name}` in `{item.resource}`: gone, says <@{item.gone_by}>, {when(item.gone)}"
        if item.gone
        else f":black_square_button: {WORDS[item.what]} `{item.name}` in `{item.resource}`"
        for item in ordered
    ]
    blocks.append(section("*Only a person can do this*, in the portal:\n" + "\n".join(_shown(lines))))
    open_ = [item for item in gone.left if not item.gone]
    if open_:
        value = f"{avatar.name}|{{}}|{gone.revision}"
        buttons = [
            button(
                f"Gone: {item.what} {item.name} in {item.resource}"[:75],
                "left_gone",
                value.format(item.id),
                spoken=f"Confirm that {item.what} {item.name} is gone",
            )
            for item in open_[:20]
        ]
        for number, item in enumerate(buttons):
            item["action_id"] = f"left_gone_{number}"  # ids must differ within a block
        blocks += [context(f"Operators: {people(scene.policy.operators)}"), actions(f"left-{gone.revision}", *buttons)]
    return Drawn(avatar.channel, f"The consent for {avatar.name} was withdrawn: {title}", blocks)


def _shown(lines: list[str]) -> list[str]:
    return lines if len(lines) <= 30 else [*lines[:30], f"… and {len(lines) - 30} more, shown once these are gone"]


def _deployments(scene: Scene) -> list[Json]:
    told = [
        f":white_check_mark: `{d.model}` in `{d.resource}` is removed"
        if isinstance(d.state, Removed)
        else f":hourglass_flowing_sand: `{d.model}` in `{d.resource}` is being removed"
        if isinstance(d.state, Removing)
        else f":rotating_light: `{d.model}` in `{d.resource}` is still live and billed: `/avatar remove {d.avatar} in {d.resource}`"
        for d in scene.book.deployments.values()
    ]
    return [section("\n".join(told[:20]))] if told else []
