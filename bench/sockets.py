"""Many sockets in one community over two server processes: how soon a post reaches all, and what an outage loses.

    python -m bench.sockets [--sockets 1000] [--posts 30] [--pause 0.5] [--smallest]

Every socket is another member's. A post is made over REST, which has processes of its own, as in production; the time
is from before it is sent until the socket has it. Then Valkey is killed while posts are made, and started again: the
sockets close or stay, their clients come back with `since`, and each must have every post. Ends with status 1 when a
target is missed.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bench.runs import ended, parsed
from bench.servers import GUNICORN, PYTHON, Server, Services, ask, cpu_seconds, machine
from config.launcher.environment import PROJECT_DIR, free_port
from config.launcher.processes import Child
from tests.services.base import guard, wait_until

PROCESSES = 2
MEDIAN_MS, P99_MS = 1000.0, 3000.0
"""At a thousand sockets on two cores, which the clients use as well."""
OUTAGE_POSTS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(machine())
    with ExitStack() as stack:
        services = Services(stack)
        database = services.database("atelier_sockets")
        file = services.folder / "sockets.json"
        fill = "from bench import sockets; sockets.fill()"
        services.run([PYTHON, "-c", fill, str(options.sockets), str(file)], services.environment(database) | LONG)
        filled = json.loads(file.read_text())
        rest = stack.enter_context(_serving(services, database, "rest", GUNICORN))
        live = [
            stack.enter_context(_serving(services, database, f"live-{number}", UVICORN)) for number in range(PROCESSES)
        ]
        crowd = Crowd(services, rest, live, filled)
        print(f"{options.sockets:,} sockets in one community, {PROCESSES} processes, {options.posts} posts\n")
        missed, wrong = asyncio.run(crowd.run(options))
    return ended(options, missed=missed, wrong=wrong)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sockets", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sockets", type=int, default=1000)
    parser.add_argument("--posts", type=int, default=30)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between a post that all have and the next")
    return parsed(parser, arguments, sockets=20, posts=3, pause=0.1)


# ---------------------------------------------------------------- the people and the servers
LONG = {"ACCESS_TOKEN_EXPIRE_MINUTES": "600"}
UVICORN = [
    *(PYTHON, "-m", "uvicorn", "config.asgi:application", "--lifespan", "off", "--no-access-log"),
    *("--log-level", "warning", "--ws-max-size", "65536"),
]


def fill() -> None:
    """In a process with the platform's environment: so many members of a community, and their tokens."""
    number, file = int(sys.argv[1]), Path(sys.argv[2])
    import django

    django.setup()
    from accounts.authentication import access_token
    from accounts.models import User
    from community.choices import RANKS, CommunityRole, CommunityStatus
    from community.models import Community, CommunityMember

    people = User.objects.bulk_create(
        User(
            username=f"member{place}",
            username_key=f"MEMBER{place}".casefold(),
            email=f"member{place}@example.com",
            email_key=f"member{place}@example.com",
        )
        for place in range(number + 1)
    )
    creator = people[0]
    community = Community.objects.create(
        name="Crowd",
        description="Everybody",
        icon="*",
        banner_gradient="x",
        category="Art",
        creator=creator,
        status=CommunityStatus.ACTIVE,
        member_count=len(people),
    )
    CommunityMember.objects.bulk_create(
        CommunityMember(
            community=community,
            user=person,
            role=CommunityRole.ADMIN if person is creator else CommunityRole.MEMBER,
            rank=RANKS[CommunityRole.ADMIN if person is creator else CommunityRole.MEMBER],
        )
        for person in people
    )
    tokens = [access_token(person) for person in people]
    file.write_text(json.dumps({"community": community.pk, "author": tokens[0], "tokens": tokens[1:]}))


@contextmanager
def _serving(services: Services, database: str, name: str, command: list[str]) -> Iterator[Server]:
    port = free_port()
    child = Child(
        name,
        [*command, "--port", str(port)] if command is UVICORN else command,
        guard=guard(),
        log_file=services.folder / f"{name}.log",
        env=services.environment(database) | LONG | {"WEB_CONCURRENCY": "2", "PORT": str(port)},
        cwd=PROJECT_DIR,
    )
    child.start()
    try:
        wait_until(partial(_answers, port), seconds=60, what=name, child=child)
        assert child.pid is not None
        yield Server(port, child.pid)
    finally:
        child.stop()


def _answers(port: int) -> bool:
    try:
        return ask(port, "/healthz").status < 500
    except OSError:
        return False


# ---------------------------------------------------------------- the crowd
@dataclass
class Member:
    """A front-end with one socket that is opened again when it closes, with what it saw last."""

    address: str
    token: str
    heard: dict[int, float] = field(default_factory=dict)
    since: str = ""
    openings: int = 0
    is_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def live(self) -> None:
        while True:
            try:
                address = self.address + (f"?since={self.since}" if self.since else "")
                headers = {"Authorization": f"Bearer {self.token}", "Host": "localhost"}
                async with connect(
                    address, additional_headers=headers, proxy=None, open_timeout=120, ping_interval=None
                ) as socket:
                    async for text in socket:
                        self._take(orjson.loads(text))
            except (OSError, ConnectionClosed, TimeoutError):
                pass
            self.is_in.clear()
            await asyncio.sleep(0.5)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "post_created":
            self.heard.setdefault(message["post"]["id"], time.perf_counter())
            self.since = message["post"]["created_at"]
        elif message["type"] == "ready":
            self.openings += 1
            self.is_in.set()


class Crowd:
    def __init__(self, services: Services, rest: Server, live: list[Server], filled: dict[str, Any]) -> None:
        self.services, self.rest, self.live_servers, self.filled = services, rest, live, filled
        self.members = [
            Member(f"ws://127.0.0.1:{live[place % PROCESSES].port}/ws/community/{filled['community']}", token)
            for place, token in enumerate(filled["tokens"])
        ]
        self.sent: dict[int, float] = {}
        self.took: list[float] = []

    async def run(self, options: argparse.Namespace) -> tuple[list[str], list[str]]:
        before, began = self._memory(), time.perf_counter()
        tasks = [asyncio.create_task(member.live()) for member in self.members]
        await asyncio.gather(*[member.is_in.wait() for member in self.members])
        print(f"all open after {time.perf_counter() - began:.1f} s")
        print(f"memory of the live processes: {before} MB without, {self._memory()} MB with their sockets")
        try:
            await self._post("warm")
            await self._all_heard(60)
            self.sent.clear()
            missed, wrong = await self._measure(options)
            wrong += await self._outage(options)
            return missed, wrong
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _measure(self, options: argparse.Namespace) -> tuple[list[str], list[str]]:
        cpu = [cpu_seconds(server.pid) for server in self.live_servers]
        lost = 0
        for number in range(options.posts):
            await self._post(f"post {number}")
            lost = await self._all_heard(60)
            await asyncio.sleep(options.pause)
        spent = sum(cpu_seconds(server.pid) for server in self.live_servers) - sum(cpu)
        times = sorted(
            1000 * (member.heard[post] - at)
            for post, at in self.sent.items()
            for member in self.members
            if post in member.heard
        )
        last = sorted(
            1000 * max(member.heard[post] - at for member in self.members if post in member.heard)
            for post, at in self.sent.items()
        )
        p50, p95, p99 = (times[min(int(len(times) * share), len(times) - 1)] for share in (0.5, 0.95, 0.99))
        print(f"\n{'':<22}{'p50 ms':>8}{'p95 ms':>8}{'p99 ms':>8}{'worst':>8}")
        print(f"{'a post at a socket':<22}{p50:>8.0f}{p95:>8.0f}{p99:>8.0f}{times[-1]:>8.0f}")
        middle = last[len(last) // 2]
        print(f"{'a post at the last':<22}{middle:>8.0f}{'':>8}{'':>8}{last[-1]:>8.0f}")
        print(f"processor of the live processes: {1000 * spent / len(self.sent):.0f} ms a post")
        missed = []
        if p50 > MEDIAN_MS or p99 > P99_MS:
            missed.append(f"p50 {p50:.0f} ms, p99 {p99:.0f} ms; at most {MEDIAN_MS:.0f} and {P99_MS:.0f} are wanted")
        return missed, [f"{lost} posts did not reach a socket"] if lost else []

    async def _outage(self, options: argparse.Namespace) -> list[str]:
        self.sent.clear()
        openings = sum(member.openings for member in self.members)
        await asyncio.to_thread(self.services.valkey.kill)
        for number in range(OUTAGE_POSTS):
            await self._post(f"meanwhile {number}")
        began = time.perf_counter()
        slowest = max(self.took[-OUTAGE_POSTS:])
        await asyncio.to_thread(self.services.valkey.start_again)
        lost = await self._all_heard(180)
        again = sum(member.openings for member in self.members) - openings
        print(
            f"\nValkey killed, {OUTAGE_POSTS} posts meanwhile (the slowest answered in {1000 * slowest:.0f} ms), "
            f"started again: all sockets have all after {time.perf_counter() - began:.1f} s; "
            f"{again} were opened again; lost: {lost}"
        )
        return [f"{lost} posts were lost in the outage"] if lost else []

    async def _post(self, content: str) -> None:
        address, token = f"/api/communities/{self.filled['community']}/posts", self.filled["author"]
        at = time.perf_counter()
        answer = await asyncio.to_thread(
            ask,
            self.rest.port,
            address,
            "POST",
            json.dumps({"content": content}),
            **{"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        assert answer.status == 201, answer.body
        self.took.append(time.perf_counter() - at)
        self.sent[answer.json()["id"]] = at

    async def _all_heard(self, seconds: float) -> int:
        """How many (post, socket) are missing when the time is up."""
        deadline = time.perf_counter() + seconds
        while (lost := self._missing()) and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
        return lost

    def _missing(self) -> int:
        return sum(post not in member.heard for post in self.sent for member in self.members)

    def _memory(self) -> str:
        """Of each live process with its children, in MB."""
        return " and ".join(str(sum(map(_resident, _family(server.pid))) // 1024) for server in self.live_servers)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(int(child) for child in (children.read_text().split() if children.exists() else []))]


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    sys.exit(main())
