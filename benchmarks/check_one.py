"""Ours, as the functions run it: open a blob, check it in the child process, give the verdict; one line a run."""

import argparse
import json
import os
import sys
import time
from typing import Any

import httpx
from azure.storage.blob import BlobServiceClient

from shared.clock import SystemStopwatch
from shared.media.protocol import Job
from shared.media.sandbox import end, examine, start
from shared.storage.blobs import BlobClips


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("blob")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--header", action="store_true")
    parser.add_argument("--idle", action="store_true", help="start everything, check nothing, wait for a line")
    options = parser.parse_args()
    service = BlobServiceClient.from_connection_string(os.environ["STATE"])
    clips = BlobClips(service, httpx.Client(timeout=30), SystemStopwatch())
    if options.idle:
        child = start()
        print("ready", flush=True)
        sys.stdin.readline()
        end(child)
        return
    for _ in range(options.runs):
        print(json.dumps(once(clips, options.blob, header=options.header)), flush=True)


def once(clips: BlobClips, blob: str, *, header: bool) -> dict[str, Any]:
    began = time.perf_counter()
    info = clips.info(blob)
    if info is None:
        raise SystemExit(f"there is no blob {blob}")
    reader = clips.open(blob, info.etag)
    job = Job(size=reader.size, file=blob, clip_kind="natural", target="1080p", header_only=header)
    verdict = examine(reader, job, lambda _name, _picture: None)
    sound = next((picture.alt for picture in verdict.pictures if picture.name == "sound"), "")
    return {
        "seconds": time.perf_counter() - began, "size": info.size, "heard": verdict.facts.heard, "sound": sound,
        "findings": [finding.rule for finding in verdict.findings],
    }  # fmt: skip


if __name__ == "__main__":
    main()
