"""Judge a clip by its sound."""

from itertools import pairwise

import numpy as np

from shared.media.ledger import Ledger, clock
from shared.media.sound import BROKEN, WINDOW_S, Heard

ENOUGH_S = 2.5  # less than this may have no pause in it to hear the noise in


def judge(heard: Heard, ledger: Ledger) -> None:
    """Everything about the sound that applies to the ledger's kind."""
    if heard.broken > BROKEN:
        ledger.fail(
            "AUD-DAMAGED", f"{heard.broken:.0%}", f"{heard.broken:.0%} of the sound that was read can't be decoded."
        )
    part = "" if heard.coverage >= 1 else f" (of {heard.coverage:.0%} of the sound, heard at {heard.places} places)"
    for rule in ("AUD-PRESENT", "AUD-PRESENT-CONSENT"):
        if heard.speech < ledger.least(rule):
            measured = f"{heard.speech:.0%}"
            ledger.fail(rule, measured, f"Speech is heard in only {measured} of the time{part}.")
    for rule in ("AUD-SNR", "AUD-SNR-CONSENT"):
        measured = f"{heard.ratio_db:.0f} dB"
        if heard.speech <= 0.05 or len(heard.at_s) * WINDOW_S < ENOUGH_S:
            ledger.unsure(rule, "there is too little speech to compare the noise with")
        elif heard.ratio_db < ledger.least(rule):
            ledger.fail(rule, measured, f"The voice is only {measured} above the noise{part}.")
    _loudness(heard, ledger)
    _distorted(heard, ledger)
    _nothing(heard, ledger)
    _silent(heard, ledger)
    ledger.judged("sound")


def _loudness(heard: Heard, ledger: Ledger) -> None:
    if not heard.measured:
        for rule in ("AUD-LOUD", "AUD-QUIET"):
            ledger.unsure(rule, "the loudness of this arrangement of channels can't be measured")
        return
    loudness = -70.0 if heard.loudness is None else heard.loudness
    measured = f"{loudness:.0f} LUFS" if heard.loudness is not None else "silence"
    if loudness < ledger.least("AUD-QUIET"):
        ledger.skip("AUD-LOUD")
        ledger.fail("AUD-QUIET", measured, f"The sound is far too quiet: {measured}.")
    elif not ledger.least("AUD-LOUD") <= loudness <= ledger.most("AUD-LOUD"):
        how = "quiet" if loudness < ledger.least("AUD-LOUD") else "loud"
        ledger.fail("AUD-LOUD", measured, f"The sound is too {how}: {measured}.")


def _distorted(heard: Heard, ledger: Ledger) -> None:
    """Judged for each tenth of a second, so that a short passage is not lost in a long clip."""
    limited = (heard.limited[:-1] + heard.limited[1:]) / 2 if len(heard.limited) > 1 else heard.limited
    over = np.flatnonzero(limited > ledger.most("AUD-CLIP"))
    if len(over):
        at = float(heard.at_s[over[0]])
        seconds = len(over) * WINDOW_S
        ledger.fail(
            "AUD-CLIP",
            f"{float(limited.max()):.1%} of the samples",
            f"The sound is distorted (over its limit) for {seconds:.1f} s or more, first at {clock(at)}.",
            at,
        )
    elif heard.coverage < 1:  # a loud word may lie between two places, however near they are
        ledger.unsure(
            "AUD-CLIP",
            f"none in the {heard.coverage:.0%} of the sound that was read, and the rest was not read",
            mild=heard.dense,
        )


def _nothing(heard: Heard, ledger: Ledger) -> None:
    for start, end in heard.nothing[:3]:
        ledger.fail(
            "AUD-CUT",
            f"{end - start:.1f} s",
            f"There is no sound at all for {end - start:.1f} s at {clock(start)}.",
            start,
        )
    if heard.unsure and not heard.nothing:
        at = heard.unsure[0][0]
        ledger.unsure(
            "AUD-CUT", f"the sound stops at {len(heard.unsure)} places, first at {clock(at)}; how long was not read", at
        )
    elif not heard.dense and not heard.nothing:
        ledger.unsure("AUD-CUT", f"only {heard.coverage:.0%} of the sound could be read")


def _silent(heard: Heard, ledger: Ledger) -> None:
    if heard.speech > ledger.most("AUD-SILENT"):
        ledger.skip("AUD-SILENT-NOISE")
        ledger.fail(
            "AUD-SILENT", f"speech {heard.speech:.0%}", f"Somebody speaks in {heard.speech:.0%} of this silent clip."
        )
        return
    at, level = _loudest(heard)
    if level > ledger.most("AUD-SILENT-NOISE"):
        ledger.fail(
            "AUD-SILENT-NOISE", f"{level:.0f} dBFS", f"Something is heard at {clock(at)} ({level:.0f} dBFS).", at
        )


def _loudest(heard: Heard) -> tuple[float, float]:
    """The loudest second: where it begins, and its level."""
    edges = np.flatnonzero(np.diff(np.floor(heard.at_s)) != 0) + 1
    power = 10 ** (heard.level_db / 10)
    parts = [(0, len(power)), *()] if not len(edges) else list(pairwise([0, *edges.tolist(), len(power)]))
    means = [float(power[start:end].mean()) for start, end in parts if end > start]
    loudest = int(np.argmax(means))
    return float(heard.at_s[parts[loudest][0]]), 10 * float(np.log10(max(means[loudest], 1e-12)))
