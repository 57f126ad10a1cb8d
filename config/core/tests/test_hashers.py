"""Hashing passwords in turn."""

import os
import sys
import threading
import time

import pytest
from django.contrib.auth.hashers import check_password, make_password

from config.core import hashers
from config.core.errors import Busy
from config.core.hashers import Desk


class Slow:
    """Work that ends when it is told to; counts how many do it at once."""

    def __init__(self):
        self.go = threading.Event()
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __call__(self):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(10)
        with self.lock:
            self.now -= 1
        return "done"


def several(number, desk, work):
    outcomes = []

    def one():
        try:
            outcomes.append(desk.run(work))
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=one) for _ in range(number)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_some_at_once_some_wait_and_the_others_are_sent_away_at_once():
    work = Slow()
    threads, outcomes = several(12, Desk(at_once=2, waiting=3), work)

    until(lambda: len(outcomes) == 7 and work.now == 2)
    assert outcomes == ["busy"] * 7
    work.go.set()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy"] * 7 + ["done"] * 5
    assert work.most == 2


def test_nobody_waits_for_ever_and_places_are_given_back():
    work, desk = Slow(), Desk(at_once=1, waiting=1, longest_wait=0.05)
    threads, outcomes = several(2, desk, work)

    until(lambda: outcomes == ["busy"])  # who waited; the one that began is not interrupted
    work.go.set()
    for thread in threads:
        thread.join()
    assert outcomes == ["busy", "done"]
    assert [desk.run(lambda: "again") for _ in range(3)] == ["again"] * 3


def test_what_fails_gives_its_place_back():
    desk = Desk(at_once=1, waiting=0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            desk.run(lambda: 1 // 0)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own")
@pytest.mark.parametrize("own", [0, 10, 19])
def test_hashing_comes_after_all_others(monkeypatch, own):
    """Also of a service that itself comes after others: it could not go before itself, and nobody could sign in."""
    chosen = []
    monkeypatch.setattr(os, "getpriority", lambda _kind, _thread: own)
    monkeypatch.setattr(os, "setpriority", lambda _kind, _thread, niceness: chosen.append(niceness))

    assert Desk(at_once=1, waiting=0).run(lambda: "done") == "done"
    assert chosen == [min(own + hashers.NICENESS, 19)]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own")
def test_and_the_thread_that_asks_for_it_stays_where_it_is():
    def niceness():
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    assert Desk(at_once=1, waiting=0).run(niceness) == min(before + hashers.NICENESS, 19)
    assert niceness() == before


@pytest.mark.parametrize("hasher", ["argon2", "pbkdf2_sha256"])
def test_every_hash_is_made_in_turn(settings, monkeypatch, hasher):
    settings.RATE_LIMITS = "on"
    made = []

    class Counting(Desk):
        def run(self, make):
            made.append(1)
            return super().run(make)

    desk = Counting(at_once=1, waiting=0)
    monkeypatch.setattr(hashers, "_desk", lambda: desk)
    encoded = make_password("a long enough passphrase 1", hasher=hasher)

    assert check_password("a long enough passphrase 1", encoded)
    assert not check_password("another", encoded, preferred=hasher)
    assert len(made) >= 3
    settings.RATE_LIMITS = "off"
    assert check_password("a long enough passphrase 1", encoded, preferred=hasher)
