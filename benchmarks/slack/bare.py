"""A bare Bolt app with empty listeners; `python -m benchmarks.slack.bare PORT`: with Bolt's own simple server."""

import os
import sys
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult


def build(secret: str) -> App:
    """Bolt as its documents set it up for functions, without a request to Slack at the start."""

    def authorize(team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token="xoxb-none", bot_user_id="U0AVATARBOT")

    app: Any = App(signing_secret=secret, authorize=authorize, process_before_response=True)

    def nothing(ack: Any) -> None:
        ack()

    for door in (app.command("/avatar"), app.action("approve"), app.view("reject"), app.event("app_home_opened")):
        door(nothing)
    return app


def main() -> None:
    build(os.environ["SLACK_SIGNING_SECRET"]).start(port=int(sys.argv[1]), path="/api/slack/events")


if __name__ == "__main__":
    main()
