"""The printer bridge with many simulated printers: what it costs, how soon a report is seen, and what cuts lose.

    python -m bench.printers [--printers 500] [--seconds 300] [--starts 1000] [--start-printers 50] [--smallest]

First all printers print and report every two seconds, each report another one: the processor and memory of the bridge,
of the sockets' process and of the simulated printers, the time from the bridge's receipt to an open socket, and reports
that did not reach it. Then the bridge is killed and started again, and all printers' brokers are away for ten seconds.
Then prints are scheduled, while the bridge is killed, connections are cut and acknowledgements are lost at random
moments: each must be started exactly once. Ends with status 1 when a target is missed.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import psycopg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.runs import ended, parsed
from bench.servers import PYTHON, Services, ask, cpu_seconds, machine
from config.launcher.environment import PROJECT_DIR, free_port
from config.launcher.processes import Child
from tests.services.base import guard, wait_until

P99_MS = 1000.0
INTERVAL = 2.0
BACK_SECONDS = 60.0
"""After a restart of the bridge or of all brokers, every printer is to be seen again by then."""
LONG = {"ACCESS_TOKEN_EXPIRE_MINUTES": "600"}
UVICORN = [
    *(PYTHON, "-m", "uvicorn", "config.asgi:application", "--lifespan", "off", "--no-access-log"),
    *("--log-level", "warning"),
]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    random.seed(options.seed)
    print(machine())
    missed: list[str] = []
    wrong: list[str] = []
    with ExitStack() as stack:
        services = Services(stack)
        # Each in a database of its own: without autovacuum, as here, every report leaves a dead row.
        for part, database in ((_reports, "atelier_printers"), (_starts, "atelier_starts")):
            with ExitStack() as inner:
                more_missed, more_wrong = part(options, services, services.database(database), inner)
            missed += more_missed
            wrong += more_wrong
    return ended(options, missed=missed, wrong=wrong)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.printers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--printers", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=300, help="of steady reports")
    parser.add_argument("--outage", type=float, default=10, help="seconds without any broker")
    parser.add_argument("--starts", type=int, default=1000)
    parser.add_argument("--start-printers", type=int, default=50, help="that share the scheduled prints")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    return parsed(parser, arguments, printers=4, seconds=4, outage=1, starts=2, start_printers=2)


# ---------------------------------------------------------------- the parts of the platform
class Farm:
    """The simulated printers."""

    def __init__(self, services: Services, count: int, interval: float, speed: float, print_seconds: float) -> None:
        command = [PYTHON, "-c", "from bench import printer_farm; printer_farm.main()"]
        values = (count, interval, speed, services.folder / f"farm-{speed:.0f}", print_seconds)
        self.process = subprocess.Popen(
            [*command, *map(str, values)], cwd=PROJECT_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        guard().watch(self.process.pid, 15)
        self.addresses = self._heard()

    def ask(self, verb: str, *values: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([verb, *values]) + "\n")
        self.process.stdin.flush()
        return self._heard()

    def _heard(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the simulated printers ended"
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        guard().forget(self.process.pid)


class Stage:
    """A database with a shop and its printers, the sockets' process, and the bridge."""

    def __init__(self, services: Services, database: str, stack: ExitStack, farm: Farm, prints: int = 0) -> None:
        self.services, self.database, self.farm = services, database, farm
        name = "starts" if prints else "reports"
        file = services.folder / f"{name}.json"
        file.write_text(json.dumps({"addresses": farm.addresses, "prints": prints}))
        fill = "from bench import printers; printers.fill()"
        self.environment = services.environment(self.database) | LONG
        services.run([PYTHON, "-c", fill, str(file)], self.environment)
        self.filled = json.loads(file.read_text())
        self.port, self.web_pid = stack.enter_context(self._web())
        self.bridge = Child(
            "bridge",
            [PYTHON, "manage.py", "printer_bridge"],
            guard=guard(),
            log_file=services.folder / f"bridge-{name}.log",
            env=self.environment,
            cwd=PROJECT_DIR,
        )
        self.bridge.start()
        stack.callback(self.bridge.stop)

    @contextmanager
    def _web(self) -> Iterator[tuple[int, int]]:
        port = free_port()
        child = Child(
            "web",
            [*UVICORN, "--port", str(port)],
            guard=guard(),
            log_file=self.services.folder / "web.log",
            env=self.environment,
            cwd=PROJECT_DIR,
        )
        child.start()
        try:
            wait_until(partial(_answers, port), seconds=60, what="web", child=child)
            assert child.pid is not None
            yield port, child.pid
        finally:
            child.stop()

    def kill_bridge(self) -> None:
        """Gone at once, and started again."""
        self.bridge.signal(9)
        self.bridge.wait(10)
        self.bridge.clear()
        self.bridge.start()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql).fetchall()

    def cpu(self) -> dict[str, float]:
        assert self.bridge.pid is not None
        return {
            "bridge": cpu_seconds(self.bridge.pid),
            "sockets": cpu_seconds(self.web_pid),
            "simulated printers and their brokers": cpu_seconds(self.farm.process.pid),
            "PostgreSQL": cpu_seconds(self.services.database_pid()),
        }


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz").status < 500
    except OSError:
        return False


def fill() -> None:
    """In a process with the platform's environment: a shop with the printers of a file, and its owner's token."""
    file = Path(sys.argv[1])
    wanted = json.loads(file.read_text())
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from accounts.authentication import access_token
    from accounts.models import User
    from printshop.models import NotificationSettings, Printer, PrintFilament, PrintFile, ScheduledPrint
    from printshop.services.shops.shops import shop_open

    owner = User.objects.filter(username="owner").first() or User.objects.create_user(
        username="owner", email="owner@example.com"
    )
    Printer.objects.update(removed_at=timezone.now())
    shop = shop_open(actor=owner)
    columns = ("name", "serial_number", "host", "port", "files_port", "access_code", "connection_type")
    printers = Printer.objects.bulk_create(
        Printer(shop=shop, needs_clear_plate=False, **{name: address[name] for name in columns})
        for address in wanted["addresses"]
    )
    NotificationSettings.objects.bulk_create(NotificationSettings(printer=printer) for printer in printers)
    if wanted["prints"]:
        content = b"a sliced file " * 1000
        sliced = PrintFile(shop=shop, name="gear.gcode.3mf", size=len(content), digest="d" * 64)
        sliced.file.save("gear.3mf", ContentFile(content))
        prints = ScheduledPrint.objects.bulk_create(
            ScheduledPrint(
                shop=shop,
                printer=printers[number % len(printers)],
                job_name=f"Gear {number}",
                file=sliced,
                file_name=sliced.name,
                estimated_minutes=10,
            )
            for number in range(wanted["prints"])
        )
        PrintFilament.objects.bulk_create(
            PrintFilament(scheduled_print=each, position=1, material_type="PLA") for each in prints
        )
    file.write_text(json.dumps({"token": access_token(owner), "printers": [printer.pk for printer in printers]}))


# ---------------------------------------------------------------- reports
@dataclass
class Listener:
    """The owner's socket. Layers are counted only while `is_steady`: then each report is one more."""

    address: str
    token: str
    lags: list[float] = field(default_factory=list)
    layers: dict[int, list[int]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    is_steady: bool = False
    is_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Host": "localhost"}
        while True:
            try:
                async with connect(
                    self.address, additional_headers=headers, proxy=None, max_size=None, ping_interval=None
                ) as socket:
                    async for text in socket:
                        self._take(orjson.loads(text), time.time())
            except (OSError, ConnectionClosed, TimeoutError):
                await asyncio.sleep(0.2)

    def _take(self, message: dict[str, Any], now: float) -> None:
        if message["type"] == "ready":
            self.is_in.set()
        if message["type"] != "printers":
            return
        for row in message["printers"]:
            if row["status"] != "printing":
                continue
            self.seen.add(row["id"])
            if self.is_steady and row["layer"]:
                self.lags.append(1000 * (now - row["received_at"]))
                self.layers.setdefault(row["id"], []).append(row["layer"])

    async def see_all(self, printers: set[int], seconds: float) -> float | None:
        """How long it took until all were seen to print, from now on."""
        began = time.perf_counter()
        self.seen.clear()
        while not printers <= self.seen:
            if time.perf_counter() - began > seconds:
                return None
            await asyncio.sleep(0.05)
        return time.perf_counter() - began


def _reports(
    options: argparse.Namespace, services: Services, database: str, stack: ExitStack
) -> tuple[list[str], list[str]]:
    farm = Farm(services, options.printers, INTERVAL, 1, 1_000_000)
    stack.callback(farm.stop)
    stage = Stage(services, database, stack, farm)
    return asyncio.run(_reported(options, stage))


async def _reported(options: argparse.Namespace, stage: Stage) -> tuple[list[str], list[str]]:
    missed: list[str] = []
    wrong: list[str] = []
    listener = Listener(f"ws://127.0.0.1:{stage.port}/ws/printshop/printers", stage.filled["token"])
    task = asyncio.create_task(listener.live())
    try:
        await asyncio.wait_for(listener.is_in.wait(), 30)
        everyone = set(stage.filled["printers"])
        await asyncio.to_thread(stage.farm.ask, "print")
        took = await listener.see_all(everyone, 120)
        if took is None:
            return [], [f"{len(everyone - listener.seen)} printers were never seen to print"]
        print(f"{options.printers} printers, all seen to print after {took:.1f} s")
        await asyncio.sleep(3)
        missed += await _steady(options, stage, listener, wrong)
        events = stage.rows("SELECT count(*) FROM printshop_printerevent")[0][0]
        for name in ("bridge killed", "brokers away"):
            if name == "bridge killed":
                await asyncio.to_thread(stage.kill_bridge)
            else:
                await asyncio.to_thread(stage.farm.ask, "off")
                await asyncio.sleep(options.outage)
                await asyncio.to_thread(stage.farm.ask, "on")
            back = await listener.see_all(everyone, BACK_SECONDS)
            if back is None:
                missed.append(
                    f"{name}: {len(everyone - listener.seen)} printers are not back after {BACK_SECONDS:.0f} s"
                )
            else:
                print(f"{name}: all printers are seen again after {back:.1f} s")
        more = stage.rows("SELECT count(*) FROM printshop_printerevent")[0][0] - events
        if more:
            wrong.append(f"{more} events were told although nothing happened at the printers")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    return missed, wrong


async def _steady(options: argparse.Namespace, stage: Stage, listener: Listener, wrong: list[str]) -> list[str]:
    before, began = stage.cpu(), time.perf_counter()
    listener.is_steady = True
    await asyncio.sleep(options.seconds)
    listener.is_steady = False
    elapsed = time.perf_counter() - began
    print(f"\n{options.printers / INTERVAL:.0f} reports a second for {elapsed:.0f} s")
    print(f"{'of one processor':<40}{'CPU %':>8}{'MB':>8}")
    for name, spent in stage.cpu().items():
        pids = {"bridge": stage.bridge.pid, "sockets": stage.web_pid}
        memory = f"{_resident(pids[name]):.0f}" if name in pids else ""
        print(f"{name:<40}{100 * (spent - before[name]) / elapsed:>8.1f}{memory:>8}")
    lags = sorted(listener.lags)
    if not lags:
        wrong.append("no report reached the socket")
        return []
    p50, p99 = (lags[min(int(len(lags) * share), len(lags) - 1)] for share in (0.5, 0.99))
    print(f"from receipt to the socket: p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {lags[-1]:.0f} ms ({len(lags):,})")
    lost = sum(
        later - sooner - 1
        for layers in listener.layers.values()
        for sooner, later in zip(layers, layers[1:], strict=False)
        if later > sooner
    )
    print(f"reports that did not reach the socket: {lost}")
    if lost:
        wrong.append(f"{lost} reports were lost")
    return [f"p99 {p99:.0f} ms; at most {P99_MS:.0f} is wanted"] if p99 > P99_MS else []


def _resident(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


# ---------------------------------------------------------------- starts
def _starts(
    options: argparse.Namespace, services: Services, database: str, stack: ExitStack
) -> tuple[list[str], list[str]]:
    """By printers that are a thousand times as fast. A print lasts longer than it takes to come back after a kill: one
    that began and ended meanwhile looks like a start that is late, and is waited for."""
    farm = Farm(services, options.start_printers, 0.5, 1000, 5_000 if options.smallest else 30_000)
    stack.callback(farm.stop)
    stage = Stage(services, database, stack, farm, options.starts)
    began = time.perf_counter()
    cuts: Counter[str] = Counter()
    limit = 600 + 40 * options.starts / options.start_printers
    next_kill = began + random.uniform(4, 12)
    while (left := _unfinished(stage)) and time.perf_counter() - began < limit:
        time.sleep(random.uniform(0.2, 1.5))
        # A start that is in doubt is decided after a minute and a half without a break: in the end there is peace.
        if time.perf_counter() - began > 0.6 * limit:
            continue
        some = max(1, options.start_printers // 50)
        trouble = random.choice(("cut", "cut", "lose", "nothing"))
        if trouble != "nothing":
            farm.ask(trouble, some)
            cuts[trouble] += some
        if time.perf_counter() >= next_kill and not options.smallest:
            stage.kill_bridge()
            cuts["kill"] += 1
            next_kill = time.perf_counter() + random.uniform(45, 90)
    elapsed = time.perf_counter() - began
    counted = farm.ask("count")
    started = Counter(counted["started"])
    runs = {str(submission): print_id for submission, print_id in stage.rows(SUBMISSIONS)}
    prints = Counter(runs.get(submission, 0) for submission in started.elements())
    tries = stage.rows("SELECT count(*) FROM printshop_printrun")[0][0]
    print(
        f"\n{options.starts} scheduled prints on {options.start_printers} printers in {elapsed:.0f} s; the bridge was "
        f"killed {cuts['kill']} times, connections cut {cuts['cut']} times, acknowledgements lost {cuts['lose']} times"
    )
    states = dict(stage.rows("SELECT status, count(*) FROM printshop_scheduledprint GROUP BY status"))
    twice = sum(count - 1 for count in prints.values() if count > 1)
    again = sum(count - 1 for count in Counter(counted["asked"]).values())
    print(f"started by printers: {sum(started.values())}; started twice: {twice}; runs: {tries}; prints: {states}")
    print(f"starts that reached a printer twice: {again}; client ids used twice: {counted['clients_twice']}")
    wrong = []
    if twice or prints[0] or again:
        wrong.append(f"{twice} prints were started twice, {prints[0]} are unknown, {again} starts came twice")
    if counted["clients_twice"]:
        wrong.append("a client id was used twice")
    if left:
        return [f"{left} prints have not ended after {limit:.0f} s: {states}"], wrong
    return [], wrong


SUBMISSIONS = "SELECT submission, scheduled_print_id FROM printshop_printrun"


def _unfinished(stage: Stage) -> int:
    sql = "SELECT count(*) FROM printshop_scheduledprint WHERE status NOT IN ('completed', 'failed')"
    return int(stage.rows(sql)[0][0])


if __name__ == "__main__":
    sys.exit(main())
