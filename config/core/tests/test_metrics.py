"""Numbers that many processes count, and what is left of them when one ends, however it does."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from config.core import metrics
from config.core.metric_files import ENDED, Counts, collected, living

COUNTING = """
import sys
from pathlib import Path
from config.core.metric_files import Counts
counts = Counts(Path(sys.argv[1]))
counts.tasks.labels("sweep", "success").inc(3)
counts.task_seconds.labels("sweep").observe(0.5)
print("counted", flush=True)
sys.stdin.read()
"""
FORKING = """
import os, sys
from pathlib import Path
from config.core.metric_files import Counts
counts = Counts(Path(sys.argv[1]))
counts.tasks.labels("sweep", "success").inc()
if os.fork() == 0:
    counts.tasks.labels("sweep", "success").inc(10)
    os._exit(0)
os.wait()
counts.tasks.labels("sweep", "success").inc()
"""


@pytest.fixture
def counting(tmp_path, monkeypatch):
    """Turned on for this process, in a folder of the test's own."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    own = Counts(tmp_path)
    monkeypatch.setattr(metrics, "counts", lambda: own)
    return own


def begun(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", COUNTING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"counted\n"
    return process


def shown(folder: Path) -> dict[str, float]:
    lines = generate_latest(collected(folder)).decode().splitlines()
    found = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in found}


def test_what_all_processes_counted_stays_when_they_end(tmp_path):
    here = os.getpid()
    first, second = begun(tmp_path), begun(tmp_path)
    done = 'atelier_tasks_total{outcome="success",task="sweep"}'
    try:
        assert shown(tmp_path)[done] == 6
        assert set(living(tmp_path)) == {first.pid, second.pid}
        first.send_signal(signal.SIGKILL)
        first.wait()
        for _time in range(2):  # moved once, and not counted again
            found = shown(tmp_path)
            assert (found[done], found['atelier_task_seconds_bucket{le="1.0",task="sweep"}']) == (6, 2)
            assert (found['atelier_task_seconds_count{task="sweep"}'], set(living(tmp_path))) == (2, {second.pid})
    finally:
        for process in (first, second):
            process.kill()
            process.communicate()
    assert shown(tmp_path)[done] == 6
    assert {file.name for file in tmp_path.iterdir()} == {
        *(f"{kind}_{ENDED}.db" for kind in ("counter", "histogram")),
        "adding-up",
    }
    assert here == os.getpid()


def test_a_process_that_forks_off_has_numbers_of_its_own(tmp_path):
    subprocess.run([sys.executable, "-c", FORKING, str(tmp_path)], check=True)
    assert shown(tmp_path)['atelier_tasks_total{outcome="success",task="sweep"}'] == 12


def test_what_is_counted(counting, tmp_path):
    metrics.request_counted(dialect="nexus", route="cart.add", status=201, seconds=0.03)
    metrics.delivery_counted(channel="email", outcome="sent")
    with pytest.raises(KeyError), metrics.failures_counted("etsy", KeyError):
        raise KeyError
    with pytest.raises(ValueError), metrics.failures_counted("etsy", KeyError):
        raise ValueError
    metrics.task_wait_counted(task="sweep", seconds=-1.0)  # of two machines whose clocks differ
    found = shown(tmp_path)
    assert found['atelier_requests_total{dialect="nexus",route="cart.add",status="201"}'] == 1
    assert found['atelier_request_seconds_bucket{dialect="nexus",le="0.05",route="cart.add"}'] == 1
    assert found['atelier_request_seconds_bucket{dialect="nexus",le="0.025",route="cart.add"}'] == 0
    assert found['atelier_deliveries_total{channel="email",outcome="sent"}'] == 1
    assert found['atelier_gateway_errors_total{gateway="etsy"}'] == 1
    assert found['atelier_task_wait_seconds_sum{task="sweep"}'] == 0
    assert found['atelier_process_cpu_seconds_total{role="other"}'] > 0
    assert list(living(tmp_path)) == [os.getpid()]


def test_nothing_without_metrics(settings, tmp_path):
    settings.METRICS, settings.DATA_DIR = False, tmp_path
    metrics.counts.cache_clear()
    metrics.gateway_failed("etsy")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_stops_nothing(settings, tmp_path):
    (tmp_path / "metrics").write_text("no folder")
    settings.METRICS, settings.DATA_DIR = True, tmp_path
    metrics.counts.cache_clear()
    metrics.gateway_failed("etsy")
    metrics.counts.cache_clear()


class Task:
    """As Celery gives it to who listens."""

    name = "accounts.tasks.sweep"

    class request:  # noqa: N801
        retries = 0
        atelier_sent_at = 0.0


def test_a_task_and_how_long_it_waited(counting, tmp_path):
    from config.core import task_metrics

    headers: dict[str, float] = {}
    task_metrics._published(headers=headers)
    Task.request.atelier_sent_at = headers["atelier_sent_at"] - 2
    task_metrics._begun(task_id="1", task=Task)
    task_metrics._done(task_id="1", task=Task, state="SUCCESS")
    task_metrics._done(task_id="2", task=Task, state="FAILURE")
    found = shown(tmp_path)
    name = Task.name
    assert found[f'atelier_tasks_total{{outcome="success",task="{name}"}}'] == 1
    assert found[f'atelier_tasks_total{{outcome="failure",task="{name}"}}'] == 1
    assert 2 <= found[f'atelier_task_wait_seconds_sum{{task="{name}"}}'] < 30


def test_a_full_disk_ends_no_process(counting, tmp_path, monkeypatch, caplog):
    """What is written to has its room on the disk before. Where there is none, nothing is counted and all is done."""
    metrics.request_counted(dialect="v1", route="v1.cart", status=200, seconds=0.1)
    begun(tmp_path).communicate()
    written = [file.stat() for file in tmp_path.glob("*.db")]
    assert written and all(file.st_blocks * 512 >= file.st_size for file in written)

    def full(_file, _begin, _size):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    metrics._tell_uncounted.cache_clear()
    for number in range(2_000):  # more than the room that was taken holds
        metrics.request_counted(dialect="v1", route=f"v1.route-{number}", status=200, seconds=0.1)
    told = [record.message for record in caplog.records if "counted" in record.message]
    assert told == ["not everything can be counted in DATA_DIR/metrics: No space left on device"]
    found = shown(tmp_path)
    assert found['atelier_requests_total{dialect="v1",route="v1.cart",status="200"}'] == 1
    assert found['atelier_tasks_total{outcome="success",task="sweep"}'] == 3  # of a process that has ended
    monkeypatch.undo()
    assert shown(tmp_path)['atelier_tasks_total{outcome="success",task="sweep"}'] == 3
