"""Draw a card by its key, from the records as they are now."""

from shared.domain.deployments import Idle
from shared.slack.alerts import alert_card, former_alert, question_card
from shared.slack.clip_cards import burst_card, clip_card
from shared.slack.operation_card import operation_card
from shared.slack.scene import Drawn, Scene
from shared.slack.stray_cards import missing_card, stray_card
from shared.slack.task_card import part_message, task_card
from shared.slack.trial_card import trial_card
from shared.slack.withdrawal_card import withdrawal_card


def draw(card: str, scene: Scene) -> Drawn | None:
    """Draw a card by its key; None when there is nothing to show."""
    kind, _, rest = card.partition(":")
    if kind == "stray":
        return stray_card(card, scene)
    if scene.book.avatar is None:
        return None
    match kind:
        case "missing":
            return missing_card(rest, scene)
        case "op":
            operation = scene.book.operations.get(rest)
            return operation_card(operation, scene) if operation else None
        case "task":
            operation = scene.book.operations.get(rest)
            return task_card(operation, scene) if operation else None
        case "part":
            return part_message(rest, scene)
        case "trial":
            return trial_card(rest, scene)
        case "withdrawal":
            return withdrawal_card(scene)
        case "burst":
            return burst_card(rest, scene)
        case "clip":
            return clip_card(rest, scene)
        case "question":
            deployment = scene.book.deployments.get(rest.rpartition(":")[0])
            if deployment is None:
                return None
            former = deployment.question_card != card  # it was settled since, and perhaps asked anew
            text, blocks = question_card(deployment, scene.book, scene.policy, scene.now, former=former)
            return Drawn(scene.book.avatar.channel, text, blocks)
        case "alert":
            return _alert(rest, scene)
        case _:
            return None


def _alert(rest: str, scene: Scene) -> Drawn | None:
    deployment_id, _, number = rest.partition(":")
    deployment, channel = scene.book.deployments.get(deployment_id), scene.policy.on_call_channel
    if deployment is None:
        return None
    if number != str(deployment.alerts):  # flagged anew since: that is another message
        return Drawn(channel, *former_alert(deployment)) if scene.posted else None
    if not scene.posted and not isinstance(deployment.state, Idle):
        return None  # it was settled before anybody was told, or on the list of many
    return Drawn(channel, *alert_card(deployment, scene.book, scene.policy, scene.now))
