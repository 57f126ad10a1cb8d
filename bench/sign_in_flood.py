"""Flood each login, and measure meanwhile how long readers wait for the public list of artworks.

    python -m bench.sign_in_flood [--seconds 60] [--clients 12] [--readers 4] [--artworks 10000] [--smallest]

Every client tries one name after another as fast as it is answered, so that each attempt costs a password's hash and no
account is locked. Once with RATE_LIMITS=off, which is without any defence; and as in production, from one network, and
with each attempt from another one, where only the budget of hashes is left. Readers are signed in: strangers may ask
CultureUp for no more than a hundred lists an hour. Ends with status 1 when a target is missed.
"""

import argparse
import itertools
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

from bench.load import Load, Measured, measure
from bench.runs import ended, parsed
from bench.servers import Catalogue, Server, Services, machine, serving_platform

LOGINS = {"cultureup": "/api/auth/login/", "nexus": "/api/auth/login", "v1": "/api/v1/login"}
NAMES = 5000
AS_MANY_READERS = 1.5
"""Times the p95 of as many clients that ask for the list itself: a flood at a login is to cost no more than that."""


@dataclass(frozen=True)
class Flooded:
    readers: Measured
    flood: Measured


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(machine())
    missed, wrong = [], []
    with ExitStack() as stack:
        services = Services(stack)
        catalogue = services.catalogue(options.artworks)
        print(f"{options.artworks:,} artworks, {options.workers} workers, {options.seconds:g} s a figure")
        print(f"{options.readers} readers of the list, and {options.clients} clients at a login\n")
        print(f"{'limits':<8}{'flooded':<23}{'p50 ms':>8}{'p95 ms':>8}{'rate':>7}  attempts, by answer")
        for limits in ("off", "on"):
            with serving_platform(
                services, catalogue, options.workers, RATE_LIMITS=limits, TRUSTED_PROXIES="1"
            ) as server:
                load = _Loads(server, catalogue, options)
                _line(limits, "nothing", load.readers(options.readers))
                crowd = load.readers(options.readers + options.clients)
                _line(limits, "the list", crowd)
                networks = {"off": [""], "on": ["", ", everywhere"]}[limits]
                for dialect, from_where in itertools.product(LOGINS, networks):
                    found = load.flooded(LOGINS[dialect], everywhere=bool(from_where))
                    name = dialect + from_where
                    _line(limits, name, found.readers, found.flood)
                    if limits == "off":
                        continue  # what comes of it is shown, and is as it may
                    if found.readers.errors:
                        wrong.append(f"{name}: the list answered {found.readers.errors}")
                    strange = set(found.flood.errors) - {"401", "429", "503"}
                    if strange:
                        wrong.append(f"{name}: the login answered {sorted(strange)}")
                    p95, most = found.readers.p95, AS_MANY_READERS * crowd.p95
                    if p95 > most:
                        missed.append(f"{name}: p95 of the list {p95:.0f} ms, at most {most:.0f} is wanted")
    return ended(options, missed=missed, wrong=wrong)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in_flood", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each login is flooded")
    parser.add_argument("--clients", type=int, default=12, help="connections of the flood")
    parser.add_argument("--readers", type=int, default=4, help="connections that ask for the list")
    parser.add_argument("--artworks", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1) + 1, help="processes of the server")
    return parsed(parser, arguments, seconds=0.2, clients=4, readers=1, artworks=200, workers=1)


class _Loads:
    def __init__(self, server: Server, catalogue: Catalogue, options: argparse.Namespace) -> None:
        self.port, self.seconds, self.clients, self.few = server.port, options.seconds, options.clients, options.readers
        self.warm = min(0.5, self.seconds)
        head = "GET /api/artworks/ HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nAuthorization: Token "
        self.lists = [f"{head}{token}\r\n\r\n" for token in catalogue.tokens]

    def readers(self, connections: int) -> Measured:
        return measure(Load(self.port, self.lists, connections, min(self.seconds, 5.0), self.warm))

    def flooded(self, path: str, *, everywhere: bool) -> Flooded:
        attempts = [_attempt(path, number, everywhere) for number in range(NAMES)]
        with ThreadPoolExecutor(1) as thread:
            flood = thread.submit(measure, Load(self.port, attempts, self.clients, self.seconds + self.warm, 0.0))
            readers = measure(Load(self.port, self.lists, self.few, self.seconds, self.warm))
            return Flooded(readers, flood.result())


def _attempt(path: str, number: int, everywhere: bool) -> str:
    body = json.dumps({"username": f"nobody{number}", "password": "Password123!"})
    network = f"198.18.{number // 256}.{number % 256}" if everywhere else "203.0.113.7"
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {network}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


def _line(limits: str, flooded: str, readers: Measured, flood: Measured | None = None) -> None:
    attempts = ", ".join(f"{number} x {answer}" for answer, number in sorted(flood.errors.items())) if flood else ""
    print(f"{limits:<8}{flooded:<23}{readers.p50:>8.1f}{readers.p95:>8.1f}{readers.rate:>7.0f}  {attempts}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
