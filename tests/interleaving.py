"""Another call that comes between two steps of one: at the same place each time, whoever's turn it is.

It is called whole, in a thread, on a connection of its own; what it gives, or raises, is in the list afterwards. A test
of it needs transactions of its own. One that would wait for what the first call holds never ends.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection


def comes_before(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, other: Callable[[], Any]) -> list[Any]:
    """Before the next call of `place.name`."""
    step = getattr(place, name)
    results: list[Any] = []

    def between(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(place, name, step)
        _call(other, results)
        return step(*args, **kwargs)

    monkeypatch.setattr(place, name, between)
    return results


@contextmanager
def comes_after(words: str, other: Callable[[], Any]) -> Iterator[list[Any]]:
    """After the first query within that has these words."""
    results: list[Any] = []

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if words in sql and not results:
            _call(other, results)
        return answer

    with connection.execute_wrapper(between):
        yield results
    assert results, f"nothing asked for {words}"


def begins_before(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, other: Callable[[], Any]
) -> Callable[[], list[Any]]:
    """As `comes_before`, of one that may wait for what the first call holds, which goes on then. What is given back
    waits until the other has ended, and has what came of it."""
    step = getattr(place, name)
    threads: list[threading.Thread] = []
    results: list[Any] = []

    def between(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(place, name, step)
        threads.append(_begun(other, results))
        while threads[0].is_alive() and not somebody_waits():
            pass
        return step(*args, **kwargs)

    def ended() -> list[Any]:
        threads[0].join(timeout=20)
        return results

    monkeypatch.setattr(place, name, between)
    return ended


def somebody_waits() -> bool:
    """For a lock that this connection holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
        return cursor.fetchone() is not None


def _call(other: Callable[[], Any], results: list[Any]) -> None:
    _begun(other, results).join()


def _begun(other: Callable[[], Any], results: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            results.append(other())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread
