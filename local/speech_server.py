"""`python -m local.speech_server`: the Speech stand-in alone, as a process of its own."""

import argparse
from pathlib import Path

import uvicorn

from local.listener import listener
from local.speech.app import build
from local.speech.clock import ClockReader, real_now
from local.speech.journal import Journal
from local.speech.resources import read
from local.speech.world import World


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.speech_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--resources", type=Path, required=True, help="TOML or JSON with an array `resources`")
    parser.add_argument("--clock", metavar="URL", help="where business time is read; real time without it")
    options = parser.parse_args()
    world = World(read(options.resources), ClockReader(options.clock) if options.clock else real_now, Journal())
    with listener(options.port, options.host) as listening:
        host, port = listening.getsockname()[:2]
        print(f"Speech stand-in: http://{host}:{port}", flush=True)
        uvicorn.Server(uvicorn.Config(build(world), log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main()
