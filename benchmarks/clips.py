"""Check clips of over a gigabyte beside ffprobe, download + full decode, and key pictures only; imports nothing of ours.

Bytes and requests are counted by the store (Azurite's access log) for ours, and by ffmpeg itself for the peers.
"""

import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

ROOT = Path(__file__).parent.parent
FOLDER = Path(os.environ.get("BENCH_FOLDER", ROOT / ".local" / "bench-clips"))
ALL = "faststart moov_at_end fragmented chunked short60s hevc4k"
NAMES = os.environ.get("BENCH_CLIPS", ALL).split()  # some of them, for a quicker look
SECONDS = int(os.environ.get("BENCH_SECONDS", "600"))  # of the long ones
RUNS = int(os.environ.get("BENCH_RUNS", "5"))
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # the emulator's, published
FILTERS = ["-vf", "blackdetect,freezedetect,signalstats", "-af", "ebur128,silencedetect"]
GET = re.compile(r'"GET /[^"]*?/clips/(?P<name>\w+)\.mp4[^"]*" 206 (?P<bytes>\d+)')


FAILED = []  # programs that ended with an error; a clip's peer that failed has no figure


def say(text):
    print(text, file=sys.stderr, flush=True)


@contextmanager
def azurite(folder):
    """A store of its own with an access log; it keeps descriptors open when a client gives up a long answer."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    log = (folder / "access.log").open("wb")
    script = ROOT / "local" / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "local.node",
            "node",
            str(script),
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--location",
            str(folder / "data"),
            "--blobPort",
            str(port),
        ],
        cwd=ROOT,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
        yield (
            (
                f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
                f"BlobEndpoint=http://127.0.0.1:{port}/{ACCOUNT};"
            ),
            folder / "access.log",
        )
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def upload(connection):
    container = BlobServiceClient.from_connection_string(connection).get_container_client("clips")
    if not container.exists():
        container.create_container()
    have = {blob.name: blob.size for blob in container.list_blobs()}
    for name in dict.fromkeys((*NAMES, "short60s", "faststart")):  # the last two are decoded as a whole as well
        path = FOLDER / f"{name}.mp4"
        if have.get(path.name) != path.stat().st_size:
            say(f"uploading {path.name} ({path.stat().st_size / 1e6:,.0f} MB) ...")
            with path.open("rb") as content:
                container.upload_blob(path.name, content, overwrite=True, max_concurrency=4)


@contextmanager
def link(name):
    """The address of a clip at a store that was just started: the peers leave many descriptors open in it."""
    with azurite(FOLDER / "azurite") as (connection, _):
        sas = generate_blob_sas(
            ACCOUNT, "clips", f"{name}.mp4", account_key=KEY, permission=BlobSasPermissions(read=True),
            expiry=datetime.now(UTC) + timedelta(hours=6),
        )  # fmt: skip
        blob = BlobServiceClient.from_connection_string(connection).get_blob_client("clips", f"{name}.mp4")
        yield f"{blob.url}?{sas}"


def counted(log, name, act):
    """What the store served of a clip while `act` ran: bytes and requests."""
    before = log.stat().st_size
    made = act()
    time.sleep(0.3)  # the log is written after the answer
    with log.open("rb") as lines:
        lines.seek(before)
        served = [int(m["bytes"]) for m in GET.finditer(lines.read().decode()) if m["name"] == name]
    return made, sum(served), len(served)


def ours(connection, name, runs, *options):
    command = [sys.executable, "-m", "benchmarks.check_one", f"{name}.mp4", "--runs", str(runs), *options]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "STATE": connection}, capture_output=True, check=True, text=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def tree(pid):
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def pss(pid):
    """Memory of a process and its children in MB, what they share counted once."""
    total = 0
    try:
        for process in tree(pid):
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])
    except (OSError, TypeError):
        pass
    return total / 1024


def memory(connection, name):
    """The most that a check needs over the same two processes with everything imported."""
    environment = {**os.environ, "STATE": connection}
    command = [sys.executable, "-m", "benchmarks.check_one", f"{name}.mp4"]
    idle = subprocess.Popen(
        [*command, "--idle"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    idle.stdout.readline()
    time.sleep(2)  # the child imports, too
    bare = pss(idle.pid)
    idle.communicate(b"\n")
    busy = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    most = 0.0
    while busy.poll() is None:
        most = max(most, pss(busy.pid))
        time.sleep(0.01)
    return most - bare


def timed(act):
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def run(*command):
    done = subprocess.run(command, capture_output=True, check=False, text=True, errors="replace")
    if done.returncode:
        FAILED.append(command[0])
        say(f"{command[0]} ended with {done.returncode}: {done.stderr.strip().splitlines()[-1][:200]}")
    return done.stderr


def read_by(text):
    """What ffmpeg says that it read from the network."""
    return sum(map(int, re.findall(r"Statistics: (\d+) bytes read", text)))


def key_pictures(url, level="error"):
    pictures = run(
        "ffmpeg",
        "-v",
        level,
        "-skip_frame",
        "nokey",
        "-i",
        url,
        "-an",
        "-vf",
        "blackdetect,signalstats",
        "-f",
        "null",
        "-",
    )
    return pictures + run("ffmpeg", "-v", level, "-vn", "-i", url, "-af", "ebur128", "-f", "null", "-")


def download_and_decode(url, path):
    urllib.request.urlretrieve(url, path)
    run("ffprobe", "-v", "error", "-show_streams", str(path))
    run("ffmpeg", "-v", "error", "-i", str(path), *FILTERS, "-f", "null", "-")


def measure(name):
    say(f"{name}: ours ...")
    with azurite(FOLDER / "azurite") as (connection, log):
        header, header_bytes, header_requests = counted(log, name, lambda: ours(connection, name, RUNS, "--header"))
        full, full_bytes, full_requests = counted(log, name, lambda: ours(connection, name, RUNS))
        over = memory(connection, name)
    size = full[0]["size"]
    places = re.search(r"at (\d+) places", full[0]["sound"])
    seconds = statistics.median(line["seconds"] for line in full)
    result = {
        "size": size,
        "findings": full[0]["findings"],
        "header": {
            "bytes": header_bytes // RUNS,
            "share": round(header_bytes / RUNS / size, 6),
            "requests": header_requests // RUNS,
            "seconds": round(statistics.median(h["seconds"] for h in header), 2),
        },
        "full": {
            "bytes": full_bytes // RUNS,
            "share": round(full_bytes / RUNS / size, 5),
            "requests": full_requests // RUNS,
            "seconds": round(seconds, 2),
            "peak_mb_over_imports": round(over, 1),
            "sound_coverage": full[0]["heard"],
            "sound_places": int(places[1]) if places else 1,
        },
    }
    say(f"{name}: ffprobe, key pictures ...")
    FAILED.clear()
    with link(name) as url:
        probed = read_by(run("ffprobe", "-v", "debug", "-show_streams", url))
    with link(name) as url:
        keyed = read_by(key_pictures(url, "debug"))
    took = []
    for _ in range(RUNS):
        with link(name) as url:
            took.append(timed(lambda url=url: key_pictures(url)))
        if FAILED:
            break  # an emulator out of descriptors: the peer's many aborted requests leave them open
    key_seconds = statistics.median(took)
    result |= {
        "times_faster_than_keyframes": None if FAILED else round(key_seconds / seconds, 1),
        "bytes_vs_keyframes": None if FAILED else round(full_bytes / RUNS / max(1, keyed), 4),
        "header_bytes_vs_ffprobe": round(header_bytes / RUNS / max(1, probed), 3),
        "peers": {"ffprobe_bytes": probed, "keyframes_bytes": keyed, "keyframes_seconds": round(key_seconds, 2)},
    }
    return result


def slow_way(name, runs):
    """Download and decode everything: seconds."""
    say(f"{name}: download and full decode, {runs} times ...")
    path = FOLDER / "downloaded.part"
    took = []
    for _ in range(runs):
        with link(name) as url:
            took.append(timed(lambda url=url: download_and_decode(url, path)))
        path.unlink()
    return statistics.median(took)


def table(clips):
    rows = [("clip", "MB", "header", "req.", "full", "req.", "s", "MB over", "sound", "x slow way", "x key way")]
    for name, c in clips.items():
        rows.append(
            (
                name,
                f"{c['size'] / 1e6:,.0f}",
                f"{c['header']['share']:.3%}",
                str(c["header"]["requests"]),
                f"{c['full']['share']:.2%}",
                str(c["full"]["requests"]),
                f"{c['full']['seconds']:.1f}",
                f"{c['full']['peak_mb_over_imports']:.0f}",
                f"{c['full']['sound_coverage']:.0%}",
                f"{c['times_faster_than_download']}{'*' if c['scaled'] else ''}",
                str(c["times_faster_than_keyframes"]),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print("* scaled from the full decode of the 60-second clip by length and pixels")


def main():
    began = time.time()
    subprocess.run(
        [sys.executable, "-m", "benchmarks.clip_files", str(FOLDER), str(SECONDS), *NAMES], cwd=ROOT, check=True
    )
    with azurite(FOLDER / "azurite") as (connection, _):
        upload(connection)
    clips = {name: measure(name) for name in NAMES}
    short, whole = slow_way("short60s", min(RUNS, 3)), slow_way("faststart", 1)
    for name, clip in clips.items():
        own = {"short60s": short, "faststart": whole}.get(name)
        # As many pictures as the long clip, four times as large in 4K: what one would expect, marked as such.
        slow = own or short * SECONDS / 64 * (4 if name == "hevc4k" else 1)
        clip["times_faster_than_download"] = round(slow / clip["full"]["seconds"], 1)
        clip["scaled"] = own is None
        clip["peers"]["download_and_decode_seconds"] = round(slow, 1)
    table(clips)
    say(f"{time.time() - began:.0f} s")
    print(json.dumps({"clips": clips}))


main()
