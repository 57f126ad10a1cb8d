"""The AsyncAPI document is that of the sockets: its channels are their routes, its messages what the code says.

That each message has the described shape is seen wherever a test hears one: `SocketClient` looks at it.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator

from accounts import consumers as notifications
from accounts import sockets
from accounts.services import notifications as notification_service
from accounts.sockets import AuthenticatedConsumer
from community.consumers import chats, communities, live, support
from community.consumers.communities import PRESENTED
from config.launcher.environment import PROJECT_DIR
from config.sockets import socket_application
from marketplace.services.models_3d import analyses
from printshop import consumers as printers
from printshop.bridge import screens
from printshop.services.printers import notices
from tests.asyncapi import document, messages, resolved

CHANNELS = sorted(document()["channels"])
# Whose code speaks on a channel, beside what every socket says.
SPEAKERS: dict[str, tuple[ModuleType, ...]] = {
    "notifications": (notifications, notification_service, analyses),
    "chat": (chats,),
    "support": (support, live),
    "community": (communities, live),
    "printers": (printers, screens, notices),
}
PUSHERS = {
    *("accounts/sockets.py", "accounts/services/notifications.py", "accounts/services/sending.py"),
    *("accounts/services/sessions.py", "marketplace/services/models_3d/analyses.py"),
    *("community/services/live.py", "community/consumers/support.py"),
    *("printshop/services/live.py", "printshop/bridge/screens.py"),
}


def routed(route: Any) -> str:
    spelled = re.sub(
        r"\(\?P<(\w+)>[^)]*\)|<\w+:(\w+)>", lambda found: f"{{{found[1] or found[2]}}}", str(route.pattern)
    )
    return "/" + spelled.lstrip("^").removesuffix("$").removesuffix("?").removesuffix("/")


def test_the_channels_are_the_routes():
    routes = {routed(route) for route in socket_application.routes} - {"/"}
    assert routes == {channel["address"] for channel in document()["channels"].values()}


def said(trees: list[ast.AST]) -> set[str]:
    """The types of messages that are written out. Those with a dot are events between our own processes."""

    def constants() -> Iterator[Any]:
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                yield from (
                    value.value
                    for key, value in pairs
                    if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
                )
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tell_shop":
                yield ast.literal_eval(node.args[1])

    return {value for value in constants() if "." not in value}


def heard(trees: list[ast.AST]) -> set[str]:
    """The types that a message's type is compared with."""
    asked = {"asked", "content.get('type')", "message.get('type')"}
    found: set[str] = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Compare) and ast.unparse(node.left) in asked:
            found |= {str(part.value) for part in ast.walk(node.comparators[0]) if isinstance(part, ast.Constant)}
        if isinstance(node, ast.Match) and ast.unparse(node.subject) in asked:
            cases = (part for case in node.cases for part in ast.walk(case.pattern))
            found |= {part.value.value for part in cases if isinstance(part, ast.MatchValue)}  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_messages_are_those_of_the_code(channel):
    trees = [ast.parse(inspect.getsource(part)) for part in (AuthenticatedConsumer, *SPEAKERS[channel])]
    more = set(PRESENTED) if channel == "community" else set()
    assert said(trees) | more == set(messages(channel, "send"))
    assert heard(trees) == set(messages(channel, "receive"))


def test_nobody_else_speaks():
    """Who does is added to SPEAKERS, and what they say to the document."""
    files = [file for file in PROJECT_DIR.glob("*/**/*.py") if not {"tests", ".venv", "var"} & set(file.parts)]
    speak = re.compile(r"settings\.(SOCKET|LIVE)_PUSH|group_send\(")
    found = {str(file.relative_to(PROJECT_DIR)) for file in files if speak.search(file.read_text())}
    assert found == PUSHERS


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_message_of_a_channel_is_said_or_heard_and_has_a_valid_example(channel):
    about = document()["channels"][channel]["messages"]
    operations = [document()["operations"][f"{channel}.{action}"] for action in ("send", "receive")]
    listed = [part["$ref"].rpartition("/")[2] for operation in operations for part in operation["messages"]]
    assert sorted(listed) == sorted(about)
    for name in about:
        message = resolved(f"#/channels/{channel}/messages/{name}")
        assert message["title"] and message["summary"], name
        whole = {**message["payload"], "components": document()["components"]}
        for example in message["examples"]:
            assert list(Draft202012Validator(whole).iter_errors(example["payload"])) == [], name


def test_the_close_codes_are_all_told():
    codes = {value for value in vars(sockets).values() if isinstance(value, int) and 1000 <= value < 5000}
    told = set(map(int, re.findall(r"^\| (\d{4}) \|", document()["info"]["description"], re.MULTILINE)))
    assert told == codes


def test_it_is_served_with_the_server_that_was_asked():
    answer = Client().get("/api/schema/sockets/", headers={"host": "localhost:8123"})
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "application/vnd.aai.asyncapi+yaml")
    served = yaml.load(answer.content, yaml.CSafeLoader)
    assert (served["servers"]["atelier"]["host"], served["servers"]["atelier"]["protocol"]) == ("localhost:8123", "ws")
    assert {**served, "servers": document()["servers"]} == document()
    for asked in ({"query_params": {"format": "json"}}, {"headers": {"accept": "application/json"}}):
        as_json = Client().get("/api/schema/sockets/", **asked, secure=True)
        assert as_json.json()["servers"]["atelier"]["protocol"] == "wss"
