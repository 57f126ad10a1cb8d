"""The whole way on a running platform: a service writes, the worker brings, browsers and mailboxes get it once."""

import json
import subprocess
import sys
import time
from email import message_from_bytes
from email.policy import default

import pytest
from websockets.sync.client import connect

from config.launcher import Platform
from config.launcher.environment import PROJECT_DIR
from tests.services.environment import clean_environ

pytestmark = [pytest.mark.timeout(480), pytest.mark.waits]

SEND = """
import sys, django
django.setup()
from accounts.models import User
from accounts.services.sessions import token_issue
from accounts.services.notifications import notification_send
user = User.objects.get(username="buyer_sarah")
print(token_issue(user), flush=True)
for title in sys.stdin:
    notification_send(
        user=user, notification_type="artwork_approved", title=title.strip(), message="On sale", data={"artwork_id": 7},
        email="artwork_approved", email_context={"artwork_id": 7, "title": title.strip(), "reason": ""},
    )
    print("sent", flush=True)
"""


class Sender:
    """Another process of the platform, in which services run."""

    def __init__(self, platform):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SEND],
            cwd=PROJECT_DIR,
            env=platform.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdin and self.process.stdout
        self.written, self.read = self.process.stdin, self.process.stdout
        self.token = self.line()

    def line(self):
        return self.read.readline().strip()

    def send(self, title):
        self.written.write(title + "\n")
        self.written.flush()
        assert self.line() == "sent"

    def stop(self):
        self.process.communicate(timeout=30)


@pytest.fixture(scope="module")
def platform():
    with Platform(environ=clean_environ()) as running:
        yield running


@pytest.fixture
def sender(platform):
    sender = Sender(platform)
    yield sender
    sender.stop()


def subjects(platform: Platform) -> list[str]:
    folder = platform.data_dir / "mail"
    return sorted(message_from_bytes(file.read_bytes(), policy=default)["Subject"] for file in folder.glob("*.eml"))


def wait_for(happened, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.05)


def socket_of(platform: Platform, token: str):
    address = platform.base_url.replace("http", "ws") + "/ws/notifications"
    socket = connect(address, additional_headers={"Authorization": f"Token {token}"}, open_timeout=30, proxy=None)
    assert json.loads(socket.recv(30))["type"] == "connected"
    assert json.loads(socket.recv(30)) == {"type": "ready"}
    return socket


def test_socket_and_email_within_a_moment(platform, sender):
    with socket_of(platform, sender.token) as first, socket_of(platform, sender.token) as second:
        sender.send("Warm")  # the worker's first task also pays for its imports
        for socket in (first, second):
            assert json.loads(socket.recv(30))["title"] == "Warm"
        began = time.monotonic()
        sender.send("Dawn")
        for socket in (first, second):
            message = json.loads(socket.recv(30))
            assert (message["type"], message["title"], message["data"]) == ("notification", "Dawn", {"artwork_id": 7})
        took = time.monotonic() - began
        wait_for(lambda: '"Dawn" is now on sale' in subjects(platform), 30)
    assert took < 1.0
    assert subjects(platform).count('"Dawn" is now on sale') == 1


def test_a_killed_worker_delivers_everything_once_when_it_is_back(platform, sender):
    with socket_of(platform, sender.token) as socket:
        titles = [f"Work {number:02}" for number in range(20)]
        for number, title in enumerate(titles):
            sender.send(title)
            if number == 8:
                platform.kill("worker")
        got = []
        while len(set(got)) < len(titles):
            got.append(json.loads(socket.recv(150))["title"])
    assert sorted(set(got)) == titles
    wanted = sorted(f'"{title}" is now on sale' for title in titles)
    wait_for(lambda: [subject for subject in subjects(platform) if "Work" in subject] == wanted, 150)
    time.sleep(12)  # one more sweep
    assert [subject for subject in subjects(platform) if "Work" in subject] == wanted
