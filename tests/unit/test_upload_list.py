"""What the upload page is told of the clips that are there."""

from dataclasses import replace

from shared.upload_links import MOST_SHOWN, opened, page_link
from shared.uploads import record_upload
from tests.unit.test_what_is_started import NAME, Play


def test_of_many_clips_all_are_counted_and_what_is_to_fix_is_listed_first() -> None:
    play = Play()
    for number in range(MOST_SHOWN + 10):
        record_upload(play.world.quiet, play.world.container.put(f"{NAME}/gesture/g{number:03}.mp4", 10))
    record_upload(play.world.quiet, play.world.container.put(f"{NAME}/silent/z.mp4", 11))  # an odd one is faulty
    play.settle()
    services = play.world.quiet.services
    services = replace(services, settings=services.settings.model_copy(update={"app_url": "https://avatars.example"}))
    known = opened(services, page_link(services, NAME, "U0MAYA").partition("#")[2])
    assert known["counts"] == {
        "consent accepted": 1, "gesture accepted": MOST_SHOWN + 10, "natural accepted": 1, "silent accepted": 1, "silent faulty": 1,
    }  # fmt: skip
    assert len(known["clips"]) == MOST_SHOWN
    assert (known["clips"][0]["file"], known["clips"][0]["state"]) == ("z.mp4", "faulty")
