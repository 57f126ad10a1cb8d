"""Measure the platform over HTTP, against a bare server and against plain Django REST framework, in one run.

    python -m bench.http [--sizes 10000,1000000] [--connections 1,16,64,256] [--seconds 3] [--only list,detail]
                         [--smallest]

Ends with status 1 when a target is missed. What is measured, and how to read it: bench/README.md.
"""

import argparse
import itertools
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import quote

from bench.catalogue import COMMON_WORD, RARE_WORD
from bench.load import Load, Measured, measure
from bench.runs import ended, parsed
from bench.servers import (
    BARE,
    PLAIN,
    PLATFORM,
    Catalogue,
    Server,
    Services,
    ask,
    cpu_seconds,
    machine,
    serving,
    serving_nothing,
)

BARE_SHARE = 1 / 4
PLAIN_TIMES = 2.0
GROWTH = 1.5
COLLAPSE = 0.5
AGENT = "Mozilla/5.0 (X11; Linux x86_64) bench"
FEW = 16
"""The number of connections that ratios are taken at."""


@dataclass(frozen=True)
class Case:
    """`requests` gives whole HTTP requests. A list has targets; the others are measured for comparison."""

    name: str
    requests: Callable[[Catalogue], list[str]]
    is_list: bool = False
    every_size: bool = False


@dataclass(frozen=True)
class Figure:
    """What the generator measured, and processor milliseconds an answer: of the server, and of PostgreSQL for it."""

    load: Measured
    server_cpu: float
    database_cpu: float

    @property
    def cpu(self) -> float:
        return self.server_cpu + self.database_cpu


@dataclass
class Results:
    """By case, artworks, connections and server."""

    found: dict[tuple[str, int, int, str], Figure] = field(default_factory=dict)

    def rate(self, case: str, size: int, connections: int, server: str) -> float:
        return self.found[case, size, connections, server].load.rate

    def p50(self, case: str, size: int, connections: int, server: str = PLATFORM) -> float:
        return self.found[case, size, connections, server].load.p50


# ---------------------------------------------------------------- what is asked for
def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\nAccept: application/json\r\n\r\n"


def order_body(catalogue: Catalogue, chance: random.Random) -> str:
    one, other = chance.sample(range(catalogue.first, catalogue.last + 1), 2)
    return (
        '{"order_type":"artwork","shipping_address":"7 Mall Road, Lahore","artwork_items":'
        f'[{{"artwork_id":{one},"quantity":1}},{{"artwork_id":{other},"quantity":2}}]}}'
    )


def orders(catalogue: Catalogue) -> list[str]:
    """Two artworks without a stock limit, each time others, by buyers in turn."""
    chance = random.Random(1)
    requests = []
    for token in itertools.islice(itertools.cycle(catalogue.tokens), 4000):
        body = order_body(catalogue, chance)
        requests.append(
            f"POST /api/orders/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {AGENT}\r\nAuthorization: Token {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )
    return requests


def details(catalogue: Catalogue) -> list[str]:
    """4,000 artworks all over the catalogue; the first visit to each is counted, and those after it are not."""
    chance = random.Random(2)
    return [get(f"/api/artworks/{chance.randint(catalogue.first, catalogue.last)}/") for _ in range(4000)]


def model_details(catalogue: Catalogue) -> list[str]:
    chance = random.Random(4)
    return [get(f"/api/models/{chance.randint(catalogue.first_model, catalogue.last_model)}") for _ in range(4000)]


def models_by_price(catalogue: Catalogue) -> str:
    return f"/api/models?page=1&limit=20&category={quote(catalogue.category_name)}&sort=price_asc"


CASES = (
    Case("list", lambda _: [get("/api/artworks/")], is_list=True, every_size=True),
    Case(
        "category by price",
        lambda filled: [get(f"/api/artworks/?category={filled.category}&ordering=price")],
        is_list=True,
        every_size=True,
    ),
    Case("search", lambda _: [get(f"/api/artworks/?search={RARE_WORD}")], is_list=True, every_size=True),
    Case("detail", details, every_size=True),
    Case("models", lambda _: [get("/api/models?page=1&limit=20")], is_list=True, every_size=True),
    Case("models by price", lambda filled: [get(models_by_price(filled))], is_list=True, every_size=True),
    Case("model", model_details, every_size=True),
    Case("order", orders),
)


# ---------------------------------------------------------------- the run
def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    print(machine())
    results = Results()
    missed: list[str] = []
    wrong: list[str] = []
    with ExitStack() as stack:
        services = Services(stack)
        print(f"PostgreSQL {services.version()}, {options.workers} workers a server, {options.seconds:g} s a figure")
        _ceiling(services, options)
        database = services.database_pid()
        for size in options.sizes:
            started = time.perf_counter()
            catalogue = services.catalogue(size)
            print(f"\n{size:,} artworks (made in {time.perf_counter() - started:.0f} s)")
            with serving(services, catalogue, options.workers) as servers:
                _verify(catalogue, servers, wrong)
                for case in _chosen(options, first=size == options.sizes[0]):
                    _measure(case, catalogue, servers, database, options, results)
    _ratios(results, options, missed)
    wrong += _errors(results)
    return ended(options, missed=missed, wrong=wrong)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return sorted(int(word) for word in text.split(","))

    parser = argparse.ArgumentParser(prog="python -m bench.http", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=numbers, default=[10_000, 1_000_000], help="artworks, separated by commas")
    parser.add_argument("--connections", type=numbers, default=[1, FEW, 64, 256], help="separated by commas")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each figure is measured")
    parser.add_argument("--warm", type=float, default=1.0, help="seconds before each figure that do not count")
    parser.add_argument("--workers", type=int, default=2 * (os.cpu_count() or 1) + 1, help="processes a server")
    parser.add_argument("--only", default="", help=f"cases, separated by commas: {', '.join(c.name for c in CASES)}")
    options = parsed(parser, arguments, sizes=[300], connections=[1], seconds=0.3, warm=0.1, workers=1)
    if options.connections[0] > FEW:
        parser.error(f"--connections needs a number up to {FEW}: the ratios are taken there")
    return options


def _chosen(options: argparse.Namespace, *, first: bool) -> list[Case]:
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    return [case for case in CASES if (first or case.every_size) and (not names or case.name in names)]


def _ceiling(services: Services, options: argparse.Namespace) -> None:
    """How much the generator asks of a server that does nothing: above this it would measure itself."""
    with serving_nothing(services, 12_000) as port:
        found = measure(Load(port, [get("/")], FEW, options.seconds, options.warm))
    print(f"The generator alone: {found.rate:,.0f} answers of 12 kB a second, {found.busy:.0%} of a core")


def _measure(
    case: Case,
    catalogue: Catalogue,
    servers: dict[str, Server],
    database: int,
    options: argparse.Namespace,
    results: Results,
) -> None:
    """The servers in turn at each number of connections, so that a busy moment of the machine hits them alike."""
    requests = case.requests(catalogue)
    head = f"{'conn':>5}{'rate':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'cpu':>7}{'db cpu':>7}{'busy':>6}{'load':>6}  errors"
    print(f"\n{case.name:<18}{head}")
    for connections in options.connections:
        for name in (PLATFORM, BARE, PLAIN):
            # Its counts of a million rows would queue up, and go on while the others are measured.
            if name == PLAIN and connections > FEW:
                continue
            server = servers[name]
            before = cpu_seconds(server.pid), cpu_seconds(database)
            load = measure(Load(server.port, requests, connections, options.seconds, options.warm))
            spent = cpu_seconds(server.pid) - before[0], cpu_seconds(database) - before[1]
            figure = Figure(load, *(1000 * seconds / max(load.total, 1) for seconds in spent))
            results.found[case.name, catalogue.artworks, connections, name] = figure
            errors = ", ".join(f"{number} x {what}" for what, number in load.errors.items())
            print(
                f"  {name:<16}{connections:>5}{load.rate:>8.0f}{load.p50:>8.1f}{load.p95:>8.1f}{load.p99:>8.1f}"
                f"{figure.server_cpu:>7.2f}{figure.database_cpu:>7.2f}{load.busy:>6.0%}{os.getloadavg()[0]:>6.1f}"
                f"  {errors or '-'}",
                flush=True,
            )


def _verify(catalogue: Catalogue, servers: dict[str, Server], wrong: list[str]) -> None:
    """All three give the same answers, or they would not be compared."""
    ports = [servers[name].port for name in (PLATFORM, BARE, PLAIN)]
    sorted_category = f"?category={catalogue.category}&ordering=price"
    for query in ("", "?page=3", sorted_category, f"?search={RARE_WORD}", f"?search={COMMON_WORD}"):
        _same(f"list {query}", [ask(port, f"/api/artworks/{query}").json() for port in ports], wrong)
    robot = {"User-Agent": "bench robot, a bot"}  # whom the platform does not count as a visitor; the others may
    details = [ask(port, f"/api/artworks/{catalogue.first + 7}/", **robot).json() for port in ports]
    _same("detail", [detail | {"views_count": None} for detail in details], wrong)
    for path in ("/api/models?page=1&limit=20", "/api/models?page=3", models_by_price(catalogue)):
        _same(path, [ask(port, path).json() for port in ports], wrong)
    shown = [ask(port, f"/api/models/{catalogue.first_model + 7}", **robot).json() for port in ports]
    _same("model", [model | {"views": None} for model in shown], wrong)
    headers = {"Authorization": f"Token {catalogue.tokens[0]}", "Content-Type": "application/json"}
    body = order_body(catalogue, random.Random(3))
    placed = [ask(port, "/api/orders/", "POST", body, **headers) for port in ports]
    _same("order", [(order.status, _without_ids(order.json())) for order in placed], wrong)


def _same(what: str, answers: Sequence[object], wrong: list[str]) -> None:
    if any(answer != answers[0] for answer in answers):
        wrong.append(f"{what}: the servers answer differently")


def _without_ids(order: dict[str, object]) -> dict[str, object]:
    lines: Iterable[dict[str, object]] = order.get("artwork_items", [])  # type: ignore[assignment]
    own = {"id", "created_at", "updated_at"}
    return {name: value for name, value in order.items() if name not in own} | {
        "artwork_items": [{name: value for name, value in line.items() if name != "id"} for line in lines]
    }


# ---------------------------------------------------------------- what it means
def _ratios(results: Results, options: argparse.Namespace, missed: list[str]) -> None:
    few = max(number for number in options.connections if number <= FEW)
    many = options.connections[-1]
    print(
        f"\n{f'At {few} connections':<20}{'artworks':>10}{'of bare':>9}{'x plain':>9}{f'{many}/{few}':>9}"
        f"{'by cpu: of bare':>17}{'x plain':>9}"
    )
    measured = {(case, size) for case, size, _connections, _server in results.found}
    for case in CASES:
        for size in options.sizes:
            if (case.name, size) not in measured:
                continue
            ours = results.rate(case.name, size, few, PLATFORM)
            share = ours / results.rate(case.name, size, few, BARE)
            plain = results.rate(case.name, size, few, PLAIN)  # 0 when it answered nothing in time
            times = ours / plain if plain else math.inf
            kept = results.rate(case.name, size, many, PLATFORM) / ours
            cpu = {name: results.found[case.name, size, few, name].cpu or 1 for name in (PLATFORM, BARE, PLAIN)}
            print(
                f"{case.name:<20}{size:>10,}{share:>9.2f}{times:>9.2f}{kept:>9.2f}"
                f"{cpu[BARE] / cpu[PLATFORM]:>17.2f}{cpu[PLAIN] / cpu[PLATFORM]:>9.2f}"
            )
            where = f"{case.name} at {size:,}"
            if case.is_list and share < BARE_SHARE:
                missed.append(f"{where}: {share:.2f} of bare, at least {BARE_SHARE:.2f} is wanted")
            if case.is_list and times < PLAIN_TIMES:
                missed.append(f"{where}: {times:.2f} x plain DRF, at least {PLAIN_TIMES:g} is wanted")
            if kept < COLLAPSE:
                missed.append(f"{where}: the rate falls to {kept:.0%} at {many} connections")
    _growth(results, options, few, missed)


def _errors(results: Results) -> list[str]:
    """Answers that are errors, of any server; and requests that the platform left without an answer."""
    found = []
    for (case, size, connections, server), figure in results.found.items():
        errors = {what: n for what, n in figure.load.errors.items() if server == PLATFORM or what.isdigit()}
        if errors:
            found.append(f"{case} at {size:,}, {connections} connections: {server}: {errors}")
    return found


def _growth(results: Results, options: argparse.Namespace, few: int, missed: list[str]) -> None:
    small, large = options.sizes[0], options.sizes[-1]
    if small == large:
        return
    print(f"\n{f'p50 at {large:,} / {small:,}':<28}" + "".join(f"{n:>8}" for n in options.connections))
    for case in CASES:
        if (case.name, large, few, PLATFORM) not in results.found:
            continue
        growth = {n: results.p50(case.name, large, n) / results.p50(case.name, small, n) for n in options.connections}
        print(f"{case.name:<28}" + "".join(f"{times:>8.2f}" for times in growth.values()))
        if case.is_list and growth[few] > GROWTH:
            missed.append(f"{case.name}: p50 grows {growth[few]:.2f} times from {small:,} to {large:,} artworks")


if __name__ == "__main__":
    sys.exit(main())
