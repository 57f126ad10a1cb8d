"""The one way in for pictures: what it refuses, what that costs, and who waits for whom."""

from __future__ import annotations

import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from random import Random

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from config.core import sandbox, turns
from config.core.errors import Busy, DomainError, Invalid, Limited
from config.core.forkers import forkers_end
from config.core.images import intake
from config.core.images.intake import ARTWORK, ATTACHMENT, PRODUCT, PROFILE, image_decode, image_read
from config.core.tests.images.heif import FILES, Item, coded_of, grid, heif, size, tiled, turned
from config.core.tests.images.hostile import (
    HOSTILE,
    gif_of,
    grey_of_sixteen_bits,
    last_scan_repeated,
    png_claiming,
    progressive,
    saved,
    webp_of,
)

ALICE, BOB, CHARLIE = 1, 2, 3
SMALL = saved(Image.new("RGB", (30, 20), "teal"), "PNG")


@pytest.fixture(autouse=True)
def own_turns(settings, tmp_path):
    """Nobody else's uploads are in the way."""
    settings.DATA_DIR = tmp_path


@pytest.mark.parametrize(("make", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_picture_is_refused_at_once_on_its_field(make, words):
    data = make()
    forkers_end()  # the system counts their children to us when they have ended
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = time.process_time()
    try:
        image_decode(data, owner=ALICE, use=ARTWORK, name="cover")
    except Invalid as refusal:
        assert refusal.field == "cover"
        assert words in refusal.message
    else:
        assert words == ""
    own = time.process_time() - own
    forkers_end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.5
    assert own < 0.5


def test_it_costs_no_more_than_the_limits(settings):
    """What no counting foresees: the child ends, and says on which field."""
    settings.IMAGE_SECONDS = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "_ENTRY", _patched_entry("while True: pass"))
        patch.setattr(intake, "Limits", lambda **limits: sandbox.Limits(**limits | {"wall_seconds": 60}))
        with pytest.raises(Invalid, match="takes longer") as refusal:
            image_decode(SMALL, owner=ALICE, use=ARTWORK, name="cover")
    assert refusal.value.field == "cover"


def test_a_child_that_never_ends_is_ended_and_says_nothing_about_the_picture(settings):
    settings.IMAGE_SECONDS = 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "_ENTRY", _patched_entry("import time; time.sleep(60)"))
        began = time.monotonic()
        with pytest.raises(Busy):
            image_decode(SMALL, owner=ALICE, use=ARTWORK)
    assert 2.5 < time.monotonic() - began < 10


@pytest.mark.parametrize("code", ["import os; os.abort()", "import os; os.kill(os.getpid(), 11)"])
def test_a_picture_that_breaks_its_reader_is_refused(code):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sandbox, "_ENTRY", _patched_entry(code))
        with pytest.raises(Invalid, match="not damaged"):
            image_decode(SMALL, owner=ALICE, use=ARTWORK)


def test_a_picture_that_needs_more_memory_is_refused(settings):
    settings.IMAGE_MEMORY_MB = 200
    with pytest.raises(Invalid, match="more memory"):
        image_decode(saved(Image.new("RGBA", (7000, 7000), (1, 2, 3, 4)), "PNG"), owner=ALICE, use=ARTWORK)


@pytest.mark.parametrize(
    "made",
    [
        lambda: grey_of_sixteen_bits(8600, 5800),
        lambda: saved(Image.new("RGBA", (8600, 5800), (1, 2, 3, 4)), "PNG"),
        lambda: saved(Image.new("RGB", (8600, 5800), (1, 2, 3)), "WEBP", method=0),
        lambda: saved(Image.new("CMYK", (8600, 5800), (1, 2, 3, 4)), "JPEG", progressive=True),
        lambda: heif_of_512(11, 17),
        lambda: saved(Image.new("RGB", (8600, 5800), (1, 2, 3)), "AVIF", speed=10),
    ],
    ids=["16 bit", "RGBA", "WebP", "CMYK", "HEIC", "AVIF"],
)
def test_fifty_megapixels_fit_into_the_limits(made, settings):
    assert settings.IMAGE_MEMORY_MB == 1024
    assert max(image_decode(made(), owner=ALICE, use=ARTWORK).display.size) == 1600


@pytest.mark.parametrize(
    ("use", "megabytes", "megapixels"), [(ARTWORK, 20, 50), (PRODUCT, 20, 50), (ATTACHMENT, 20, 50), (PROFILE, 10, 25)]
)
def test_how_large_a_picture_may_be(use, megabytes, megapixels):
    with pytest.raises(Invalid, match=f"larger than {megabytes} MB"):
        image_read(ContentFile(SMALL.ljust(megabytes * 1024**2 + 1)), owner=ALICE, use=use)
    assert image_read(ContentFile(SMALL.ljust(megabytes * 1024**2)), owner=ALICE, use=use).extension == "png"
    side = 1000 * megapixels
    assert image_decode(saved(Image.new("1", (side, 1000)), "PNG"), owner=ALICE, use=use).width == side
    with pytest.raises(Invalid, match=f"more than {megapixels} megapixels"):
        image_decode(saved(Image.new("1", (side, 1001)), "PNG"), owner=ALICE, use=use)


def test_a_picture_over_the_limits_is_told_its_own_figures():
    with pytest.raises(Invalid, match=r"larger than 20 MB: it has 20\.5 MB\."):
        image_read(ContentFile(SMALL.ljust(20 * 1024**2 + 512 * 1024)), owner=ALICE, use=ARTWORK)
    with pytest.raises(Invalid, match=r"larger than 20 MB: it has 20\.1 MB\."):
        image_decode(SMALL.ljust(20 * 1024**2 + 1), owner=ALICE, use=ARTWORK)
    with pytest.raises(Invalid, match=r"more than 25 megapixels: it is 6000 by 5000 pixels\."):
        image_decode(png_claiming(6000, 5000), owner=ALICE, use=PROFILE)
    with pytest.raises(Invalid, match=r"more than 5000 frames: it has 5001\."):
        image_decode(gif_of(5001), owner=ALICE, use=ARTWORK)
    with pytest.raises(Invalid, match=r"more than 5000 frames: it has at least 20000\."):
        image_decode(webp_of(100_000), owner=ALICE, use=ARTWORK)


def test_a_damaged_heic_costs_no_more_than_its_child():
    """Its decoder is broken by some of them, each in a process of its own."""
    random = Random(3)
    original = tiled(2, 2, 120, 100, turned(1))
    for _ in range(12):
        damaged = bytearray(original)
        for place in random.sample(range(len(damaged)), 5):
            damaged[place] = random.randrange(256)
        try:
            image_decode(bytes(damaged), owner=ALICE, use=PROFILE)
        except Invalid as refusal:
            assert refusal.field == "image"


def test_a_child_sees_nothing_of_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "word")
    assert "SECRET_KEY" not in sandbox.environment(tmp_path)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    image_decode(SMALL, owner=ALICE, use=ARTWORK)
    with pytest.raises(Invalid):
        image_decode(b"no picture", owner=ALICE, use=ARTWORK)
    assert [path.name[:13] for path in tmp_path.iterdir()] == ["atelier-turns"]


# ---------------------------------------------------------------- turns
class Slow:
    """Stands for reading that lasts until it is let go, and keeps count."""

    def __init__(self, monkeypatch):
        self.go, self.lock = threading.Event(), threading.Lock()
        self.now, self.most, self.done = 0, 0, 0
        monkeypatch.setattr(intake, "_read", self)

    def __call__(self, *_arguments):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go.wait(20)
        with self.lock:
            self.now -= 1
            self.done += 1

    def wait_for(self, number):
        until = time.monotonic() + 10
        while self.now < number and time.monotonic() < until:
            time.sleep(0.01)
        assert self.now == number


@pytest.fixture
def slow(monkeypatch):
    return Slow(monkeypatch)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as threads:
        yield threads


def sent(owner):
    """What came of an upload: the name of its refusal, or "read"."""
    try:
        image_decode(SMALL, owner=owner, use=ARTWORK)
    except DomainError as refusal:
        assert refusal.wait >= 1
        return type(refusal).__name__
    return "read"


def test_only_so_many_are_read_at_once_and_the_others_wait(slow, pool, settings):
    settings.IMAGES_AT_ONCE, settings.IMAGES_A_PROCESS = 2, 8
    uploads = [pool.submit(sent, owner) for owner in range(6)]
    slow.wait_for(2)
    time.sleep(0.2)
    slow.go.set()
    assert [upload.result(20) for upload in uploads] == ["read"] * 6
    assert slow.most == 2


def test_one_of_each_owner_at_once(slow, pool, settings):
    settings.IMAGES_AT_ONCE = 4
    hers = [pool.submit(sent, ALICE) for _ in range(5)]
    his = pool.submit(sent, BOB)
    slow.wait_for(2)  # one of hers, and his although he came last
    time.sleep(0.2)
    assert slow.now == 2
    slow.go.set()
    assert [upload.result(20) for upload in (*hers, his)] == ["read"] * 6


def test_who_waits_too_long_is_told_when_to_come_again(slow, pool, settings):
    settings.IMAGES_AT_ONCE, settings.IMAGE_WAIT = 1, 0.3
    first = pool.submit(sent, ALICE)
    slow.wait_for(1)
    assert sent(BOB) == "Busy"
    assert sent(ALICE) == "Limited"
    slow.go.set()
    assert first.result(20) == "read"
    assert sent(BOB) == "read"


def test_a_process_keeps_threads_for_other_requests(slow, pool, settings):
    """Whoever finds its places taken does not wait at all; no one person takes them all."""
    settings.IMAGES_AT_ONCE, settings.IMAGES_A_PROCESS = 1, 3
    hers = [pool.submit(sent, ALICE) for _ in range(12)]
    slow.wait_for(1)
    refused = list(islice(as_completed(hers, timeout=20), 10))
    assert [upload.result(0) for upload in refused] == ["Limited"] * 10
    his = pool.submit(sent, BOB)
    until = time.monotonic() + 10
    while turns._here[BOB] == 0 and time.monotonic() < until:
        time.sleep(0.01)
    assert not his.done()
    waited = []
    with pytest.MonkeyPatch.context() as patch:
        looked_for = turns._taken
        patch.setattr(turns, "_taken", lambda *of: waited.append(threading.get_ident()) or looked_for(*of))
        assert sent(CHARLIE) == "Busy"
    assert threading.get_ident() not in waited
    slow.go.set()
    assert sorted(upload.result(20) for upload in hers) == ["Limited"] * 10 + ["read"] * 2
    assert his.result(20) == "read"


def test_processes_share_the_machine(pool, settings):
    """As several gunicorn workers do: the bound is not each process's own."""
    settings.IMAGES_AT_ONCE, settings.IMAGE_WAIT = 1, 0.2
    holder = _holding(settings.DATA_DIR)
    try:
        assert sent(BOB) == "Busy"
    finally:
        holder.kill()  # without a word: the system gives its turn back
        holder.wait()
    assert sent(BOB) == "read"


def test_a_refused_picture_gives_its_turn_back(settings):
    settings.IMAGES_AT_ONCE, settings.IMAGES_A_PROCESS, settings.IMAGE_WAIT = 1, 1, 0
    for _ in range(3):
        with pytest.raises(Invalid):
            image_decode(last_scan_repeated(500, progressive(80, 60)), owner=ALICE, use=ARTWORK)
    assert sent(ALICE) == "read"


def test_without_a_child_the_platform_is_busy(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(Busy):
        image_decode(SMALL, owner=ALICE, use=ARTWORK)
    assert not issubclass(Busy, Limited)


def heif_of_512(rows, columns):
    """Of tiles as telephones make them."""
    coded = coded_of((FILES / "patches_512.heic").read_bytes())
    tile = Item(b"hvc1", coded.data, (coded.settings, size(512, 512)))
    whole = (columns * 512, rows * 512)
    tiles = rows * columns
    return heif(
        Item(b"grid", grid(rows, columns, *whole), (size(*whole),), tuple(range(2, 2 + tiles))), *[tile] * tiles
    )


def _patched_entry(code):
    """A child that limits itself as always and then runs `code` instead of reading."""
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="atelier-test-"))
    entry = folder / "confined.py"
    text = Path(sandbox._ROOT / "config" / "core" / "confined.py").read_text()
    entry.write_text(text.replace("importlib.import_module(module).main(list(arguments))", code))
    return entry


def _holding(data_dir):
    """Another process whose turn it is."""
    import subprocess
    import sys

    code = (
        "import sys, time\n"
        "from config.core.turns import turn\n"
        "with turn(1, name=sys.argv[1], at_once=1, places=1, wait=5):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, f"images {data_dir}"], cwd=sandbox._ROOT, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    return holder
