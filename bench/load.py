"""A load generator: so many keep-alive connections, each sending its next request when the last one is answered.

It reads one JSON object from standard input and writes one to standard output; see `Load` and `measure`. It is a
process of its own, so that it shares nothing with what it measures but the machine. `serve_fixed` is a server that does
nothing: against it one sees how fast the generator itself can be.
"""

import asyncio
import gc
import itertools
import json
import resource
import subprocess
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

# A request that is not answered by then, after the time is up, counts as an error.
GRACE_SECONDS = 15.0


@dataclass(frozen=True)
class Load:
    """`requests` are whole HTTP/1.1 requests, sent in turn. Answers within the first `warm` seconds do not count."""

    port: int
    requests: Sequence[str]
    connections: int
    seconds: float
    warm: float
    most: int = 1_000_000


@dataclass(frozen=True)
class Measured:
    """`rate` in answers a second; p50, p95, p99 and worst in milliseconds; `busy` is the generator's share of a core.

    `answers` were counted, `total` were given in all, those before and after included.
    """

    rate: float
    p50: float
    p95: float
    p99: float
    worst: float
    answers: int
    total: int
    errors: dict[str, int]
    busy: float


def measure(load: Load) -> Measured:
    """Runs the generator in a process of its own. Bounded in time: warm + seconds + GRACE_SECONDS."""
    done = subprocess.run(
        [sys.executable, "-c", "from bench import load; load.main()"],
        input=json.dumps(asdict(load)).encode(),
        stdout=subprocess.PIPE,
        timeout=load.warm + load.seconds + GRACE_SECONDS + 30,
        check=True,
    )
    return Measured(**json.loads(done.stdout))


def main() -> None:
    load = Load(**json.loads(sys.stdin.buffer.read()))
    gc.disable()
    print(json.dumps(asdict(uvloop.run(Generator(load).run()))))


class Generator:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.requests: Iterator[bytes] = itertools.cycle([request.encode() for request in load.requests])
        self.latencies = array("d")
        self.errors: Counter[str] = Counter()
        self.counting = False
        self.stopping = False
        self.open = 0
        self.total = 0
        self.idle = asyncio.Event()

    async def run(self) -> Measured:
        loop = asyncio.get_running_loop()
        for _ in range(self.load.connections):
            await self.connect(loop)
        await asyncio.sleep(self.load.warm)
        began, cpu = time.perf_counter(), _cpu_seconds()
        self.counting = True
        deadline = began + self.load.seconds
        while time.perf_counter() < deadline and len(self.latencies) < self.load.most:
            await asyncio.sleep(0.02)
        took, busy = time.perf_counter() - began, _cpu_seconds() - cpu
        answers = len(self.latencies)
        self.stopping = True
        # What is under way is waited for, or slow answers would be left out: its latency counts, its number does not.
        if self.open:
            try:
                await asyncio.wait_for(self.idle.wait(), GRACE_SECONDS)
            except TimeoutError:
                self.errors["not answered"] += self.open
        times = sorted(self.latencies) or [float("nan")]
        p50, p95, p99 = (1000 * times[min(int(len(times) * share), len(times) - 1)] for share in (0.5, 0.95, 0.99))
        return Measured(
            rate=answers / took,
            p50=p50,
            p95=p95,
            p99=p99,
            worst=1000 * times[-1],
            answers=answers,
            total=self.total,
            errors=dict(self.errors),
            busy=busy / took,
        )

    async def connect(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.load.port)
        except OSError as error:
            self.errors[type(error).__name__] += 1

    def connect_again(self) -> None:
        loop = asyncio.get_running_loop()
        task = loop.create_task(self.connect(loop))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Task[None]] = set()


class Connection(asyncio.Protocol):
    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.received = b""
        self.length = 0
        self.sent_at = 0.0
        self.closes = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.generator.open += 1
        self.send()

    def send(self) -> None:
        if self.generator.stopping:
            self.transport.close()
            return
        self.received, self.length = b"", 0
        self.sent_at = time.perf_counter()
        self.transport.write(next(self.generator.requests))

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.length and not self.read_head():
            return
        if len(self.received) < self.length:
            return
        generator = self.generator
        generator.total += 1
        if generator.counting:
            generator.latencies.append(time.perf_counter() - self.sent_at)
        self.sent_at = 0.0
        if self.closes:
            self.transport.close()
        else:
            self.send()

    def read_head(self) -> bool:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.received[:end].lower()
        before, found, after = head.partition(b"\r\ncontent-length:")
        if not found:
            self.generator.errors["no content-length"] += 1
            self.transport.close()
            return False
        self.length = end + 4 + int(after.partition(b"\r\n")[0])
        self.closes = b"\r\nconnection: close" in head
        if not before[9:12].startswith(b"2"):
            self.generator.errors[before[9:12].decode("ascii", "replace")] += 1
        return True

    def connection_lost(self, _error: Exception | None) -> None:
        generator = self.generator
        generator.open -= 1
        if self.sent_at:
            generator.errors["connection lost"] += 1
        if generator.stopping:
            if generator.open == 0:
                generator.idle.set()
        else:
            generator.connect_again()


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


# ---------------------------------------------------------------- the server that does nothing
def serve_fixed() -> None:
    """`python -c "from bench import load; load.serve_fixed()" PORT BYTES`: the same answer to everything, for ever."""
    port, size = int(sys.argv[1]), int(sys.argv[2])
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % size + b" " * size

    class Fixed(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(answer)

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", port)
        await server.serve_forever()

    uvloop.run(serve())
