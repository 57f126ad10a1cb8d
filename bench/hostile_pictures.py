"""Measure what hostile pictures cost: so many at once through each door, while the public list and /healthz are read.

    python -m bench.hostile_pictures [--uploads 12] [--seconds 3] [--only artworks,messages] [--smallest]

Ends with status 1 when a target is missed. The platform runs as in production (gunicorn, PostgreSQL and Valkey of its
own). Each door gets its uploads at the same moment, each by another person, and then all of one person; the last rows
are honest photographs. What they are: config/core/tests/images/hostile.py; bench/README.md says how to read the table.
"""

import argparse
import http.client
import io
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PIL import Image

from bench import pictures
from bench.runs import ended, parsed
from bench.servers import PYTHON, Services, ask, cpu_seconds, machine
from config.core.tests.images.hostile import (
    avif_of_frames,
    gif_of,
    heif_of_tiles,
    last_scan_repeated,
    png_of,
    progressive,
    segments,
    unpacking,
)
from config.launcher.environment import PROJECT_DIR, free_port
from config.launcher.processes import Child
from tests.services.base import guard, wait_until

ARTWORKS = 2000
PEOPLE = 12
LOOKS = 0.02
"""Seconds between two looks at the list and at /healthz."""
SLOWEST_REFUSAL = 7.0
"""Seconds until the last of the uploads at one moment is answered: IMAGE_WAIT, and what is then still read."""
SLOWEST_LOOK = 1.0
"""Seconds, for 95 of 100 answers of the list and of /healthz meanwhile."""
MOST_MEMORY = 2500
"""MB that the processes reading pictures take together at most."""


@dataclass(frozen=True)
class People:
    """Tokens: of artists with an artwork each, of buyers, and of staff."""

    artists: list[str]
    artworks: list[int]
    buyers: list[str]
    staff: list[str]
    category: int
    receiver: int


@dataclass(frozen=True)
class Upload:
    method: str
    path: str
    fields: dict[str, str]
    file_field: str
    token: str


@dataclass
class Watched:
    """Seconds of each answer by path, and the most memory (MB) and number of reading processes seen at one moment."""

    took: dict[str, list[float]] = field(default_factory=lambda: {"/healthz": [], "/api/artworks/": []})
    failed: Counter[str] = field(default_factory=Counter)
    memory: float = 0.0
    children: int = 0

    def p95(self, path: str) -> float:
        times = sorted(self.took[path])
        return times[min(len(times) - 1, int(0.95 * len(times)))] if times else float("inf")


# ---------------------------------------------------------------- what is sent
def artwork(people: People, number: int) -> Upload:
    fields = {"title": "Sunset", "description": "In oil.", "category_id": str(people.category)}
    fields |= {"artwork_type": "digital", "price": "250.00"}
    return Upload("POST", "/api/artworks/", fields, "image", people.artists[number])


def replacement(people: People, number: int) -> Upload:
    return Upload("PATCH", f"/api/artworks/{people.artworks[number]}/", {}, "image", people.artists[number])


def profile(people: People, number: int) -> Upload:
    return Upload("PATCH", "/api/auth/profile/", {}, "profile_image", people.buyers[number])


def message(people: People, number: int) -> Upload:
    return Upload(
        "POST",
        "/api/messages/",
        {"receiver_id": str(people.receiver), "content": "See this."},
        "attachment",
        people.buyers[number],
    )


def equipment(people: People, number: int) -> Upload:
    fields = {"name": "Brush", "equipment_type": "brush", "price": "5.00", "stock_quantity": "3"}
    return Upload("POST", "/api/equipment/", fields, "image", people.staff[number])


DOORS: dict[str, Callable[[People, int], Upload]] = {
    "artworks": artwork,
    "replacement": replacement,
    "profile": profile,
    "messages": message,
    "equipment": equipment,
}


def hostile(uploads: int) -> list[bytes]:
    """One after the other, and each of them again when there are more uploads."""
    kinds = [
        last_scan_repeated(20_000),
        last_scan_repeated(54, progressive(4300, 3000)),  # as many scans as are taken
        gif_of(1_000_000),
        segments(1_000_000),
        png_of(unpacking(b"zTXt", 60_000_000)),
        last_scan_repeated(60_000),
        heif_of_tiles(60_000),
        heif_of_tiles(1_000, draws=(16_000, 16_000)),
        avif_of_frames(1_000_000),
    ]
    return [kinds[number % len(kinds)] for number in range(uploads)]


def honest(uploads: int) -> list[bytes]:
    """Photographs as telephones take them: 12 megapixels."""
    photographs = []
    for number in range(uploads):
        file = io.BytesIO()
        shot = pictures.artwork(pictures.EVALUATION + number, 1000).resize((4000, 3000), Image.Resampling.BICUBIC)
        shot.save(file, "JPEG", quality=88)
        photographs.append(file.getvalue())
    return photographs


# ---------------------------------------------------------------- the run
def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=12, help="at one moment, 12 at most")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long the list and /healthz are read at rest")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1) + 1, help="gunicorn's processes")
    parser.add_argument("--only", default="", help=f"doors, separated by commas: {', '.join(DOORS)}")
    options = parsed(parser, arguments, uploads=3, seconds=0.3, workers=2, only="profile")
    chosen = [name.strip() for name in options.only.split(",") if name.strip()] or list(DOORS)
    print(machine())
    missed: list[str] = []
    wrong: list[str] = []
    with ExitStack() as stack:
        services = Services(stack)
        catalogue = services.catalogue(ARTWORKS)
        port, pid = stack.enter_context(_platform(services, catalogue.database, options.workers))
        people = _people(services, catalogue.database)
        _rest(port, pid, options.seconds)
        evil = hostile(options.uploads)
        for name in chosen:
            each = [DOORS[name](people, number % PEOPLE) for number in range(options.uploads)]
            for label, uploads in ((name, each), (f"{name}, one person", [each[0]] * options.uploads)):
                _measure(label, port, pid, uploads, evil, missed, wrong)
        for name, number in (("artworks", 1), ("artworks", options.uploads)):
            each = [DOORS[name](people, number % PEOPLE) for number in range(number)]
            _measure(f"honest {name}, {number}", port, pid, each, honest(number), missed, wrong, is_hostile=False)
    return ended(options, missed=missed, wrong=wrong)


@contextmanager
def _platform(services: Services, database: str, workers: int) -> Iterator[tuple[int, int]]:
    port = free_port()
    child = Child(
        "platform",
        [PYTHON, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"],
        guard=guard(),
        log_file=services.folder / "platform.log",
        env=services.environment(database) | {"WEB_CONCURRENCY": str(workers), "PORT": str(port)},
        cwd=PROJECT_DIR,
    )
    child.start()
    try:
        wait_until(partial(_answers, port), seconds=60, what="the platform", child=child)
        assert child.pid is not None
        yield port, child.pid
    finally:
        child.stop()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz").status == 200
    except OSError:
        return False


def _people(services: Services, database: str) -> People:
    file = services.folder / "people.json"
    code = "from bench import hostile_pictures; hostile_pictures.inside()"
    command = [PYTHON, "-c", code, str(file)]
    subprocess.run(command, cwd=PROJECT_DIR, env=services.environment(database), check=True, timeout=120)
    return People(**json.loads(file.read_text()))


def inside() -> None:
    """With the platform's settings, on its database: gives people tokens."""
    import django

    django.setup()
    from knox.models import AuthToken

    from accounts.models import User
    from marketplace.models import Artwork

    # One work of each of so many artists.
    works = {work.seller_id: work for work in Artwork.objects.select_related("seller").order_by("-pk")[: 20 * PEOPLE]}
    works = dict(list(works.items())[:PEOPLE])
    artists = [work.seller for work in works.values()]
    buyers = list(User.objects.filter(user_type="buyer").order_by("pk")[:PEOPLE])
    staff = [
        User.objects.create_superuser(f"staff{number}", f"staff{number}@example.com", "word of the bench")
        for number in range(PEOPLE)
    ]

    def tokens(people: Sequence[User]) -> list[str]:
        return [AuthToken.objects.create(person)[1] for person in people]

    found = {
        "artists": tokens(artists),
        "artworks": [work.pk for work in works.values()],
        "buyers": tokens(buyers),
        "staff": tokens(staff),
        "category": next(iter(works.values())).category_id,
        "receiver": artists[0].pk,
    }
    Path(sys.argv[1]).write_text(json.dumps(found))


# ---------------------------------------------------------------- measuring
def _rest(port: int, pid: int, seconds: float) -> None:
    watched = Watched()
    with _watching(port, pid, watched):
        time.sleep(seconds)
    head = f"{'at one moment':<24}{'answers':<34}{'first':>7}{'last':>7}{'cpu':>7}{'memory':>8}{'reading':>8}"
    print(f"{head}{'healthz':>14}{'list':>14}   (seconds; p95 and worst)")
    print(f"{'at rest':<24}{'':<34}{'':>7}{'':>7}{'':>7}{'':>8}{'':>8}{_looks(watched)}", flush=True)


def _measure(
    label: str,
    port: int,
    pid: int,
    uploads: Sequence[Upload],
    files: Sequence[bytes],
    missed: list[str],
    wrong: list[str],
    *,
    is_hostile: bool = True,
) -> None:
    watched, before = Watched(), cpu_seconds(pid)
    start = threading.Barrier(len(uploads))

    def send(upload: Upload, file: bytes) -> tuple[int, float, str | None]:
        body, kind = _form(upload, file)
        connection = http.client.HTTPConnection("localhost", port, timeout=120)
        start.wait()
        began = time.perf_counter()
        headers = {"Host": "localhost", "Content-Type": kind, "Authorization": f"Token {upload.token}"}
        connection.request(upload.method, upload.path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, time.perf_counter() - began, response.headers["Retry-After"]

    with _watching(port, pid, watched), ThreadPoolExecutor(len(uploads)) as pool:
        answers = list(pool.map(send, uploads, files))
    cpu = cpu_seconds(pid) - before
    statuses = Counter(status for status, _, _ in answers)
    said = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    times = sorted(took for _, took, _ in answers)
    print(
        f"{label:<24}{said:<34}{times[0]:>7.2f}{times[-1]:>7.2f}{cpu:>7.1f}{watched.memory:>5.0f} MB"
        f"{watched.children:>8}{_looks(watched)}",
        flush=True,
    )
    wrong += [f"{label}: answered {status}" for status in statuses if status >= 500 and status != 503]
    wrong += [
        f"{label}: {status} without Retry-After" for status, _, again in answers if status in (429, 503) and not again
    ]
    wrong += [f"{label}: {path} failed {count} times" for path, count in watched.failed.items()]
    if is_hostile and times[-1] > SLOWEST_REFUSAL:
        missed.append(f"{label}: the last answer came after {times[-1]:.1f} s")
    missed += [
        f"{label}: {path} took {watched.p95(path):.2f} s" for path in watched.took if watched.p95(path) > SLOWEST_LOOK
    ]
    if watched.memory > MOST_MEMORY:
        missed.append(f"{label}: {watched.memory:.0f} MB")


def _looks(watched: Watched) -> str:
    return "".join(
        f"{watched.p95(path):>7.2f}{max(times, default=float('nan')):>7.2f}" for path, times in watched.took.items()
    )


@contextmanager
def _watching(port: int, pid: int, watched: Watched) -> Iterator[None]:
    """Reads the list and /healthz again and again, and looks at the memory of what reads pictures."""
    done = threading.Event()

    def look(path: str) -> None:
        while not done.wait(LOOKS):
            began = time.perf_counter()
            try:
                status = ask(port, path).status
            except OSError:
                status = 0
            watched.took[path].append(time.perf_counter() - began)
            if status != 200:
                watched.failed[path] += 1

    def weigh() -> None:
        while not done.wait(LOOKS):
            sizes = list(_reading(pid))
            watched.memory = max(watched.memory, sum(sizes))
            watched.children = max(watched.children, len(sizes))

    threads = [threading.Thread(target=look, args=(path,)) for path in watched.took]
    threads.append(threading.Thread(target=weigh))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in threads:
            thread.join()


def _reading(pid: int) -> Iterator[float]:
    """MB of each process that reads a picture for the server; none where there is no /proc."""
    page = os.sysconf("SC_PAGE_SIZE") / 2**20
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                b"config.core.images.child" in (folder / "cmdline").read_bytes()
                and _parent(_parent(folder.name)) == pid
            ):
                yield int((folder / "statm").read_text().split()[1]) * page
        except (OSError, IndexError):  # ended meanwhile
            continue


def _parent(pid: int | str) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _form(upload: Upload, file: bytes) -> tuple[bytes, str]:
    boundary = "part-of-the-bench"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in upload.fields.items()
    ]
    head = f'Content-Disposition: form-data; name="{upload.file_field}"; filename="picture.jpg"'
    parts.append(f"--{boundary}\r\n{head}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + file + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


if __name__ == "__main__":
    sys.exit(main())
