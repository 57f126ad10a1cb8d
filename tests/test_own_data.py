"""What is given of a person, over all apps: all that points to them or the reason why not, and nothing secret."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Field, Model
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services.archives import archive_of
from config.core.own_data import own_data
from config.core.zips import zipped

pytestmark = pytest.mark.django_db


def columns_to_people() -> set[tuple[type[Model], str]]:
    """Every column, and table between two, that points to a person: its model and its name."""
    found = set()
    for relation in User._meta.get_fields(include_hidden=True):
        if not isinstance(relation, Field) and relation.auto_created and not relation.concrete:
            column: Any = relation.field
            if column.model is not User and not column.model._meta.auto_created:
                found.add((column.model, column.name))
    return found


def pointing() -> set[tuple[str, str]]:
    """The same by the model's name."""
    return {(model.__name__, column) for model, column in columns_to_people()}


def test_all_that_points_to_a_person_is_given_or_left_out_for_a_reason():
    given, left_out = set(), {}
    for part in own_data():
        left_out |= part.left_out
        for each in part.given:
            for path in each.by.split():
                if "__" not in path and path != "pk":
                    column: Any = each.model._meta.get_field(path)
                    given.add((column.model.__name__, path))
    reasons = {tuple(name.split(".")) for name, why in left_out.items() if why}
    missing = pointing() - given - reasons
    assert not missing, f"give it in <app>/selectors/own_data.py, or say there why not: {sorted(missing)}"
    assert not given & reasons and not reasons - pointing()
    names = [each.name for part in own_data() for each in part.given]
    assert len(names) == len(set(names))


def export(user: User) -> dict[str, bytes]:
    pieces = b"".join(zipped(archive_of(user, lambda _percent: None)))
    archive = zipfile.ZipFile(io.BytesIO(pieces))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_person_gets_theirs_and_nothing_of_others(world):
    bob, alice = world.people["buyer"], world.people["artist"]
    people = {name: person for name, person in world.people.items() if person != bob}
    with CaptureQueriesContext(connection) as queries:
        members = export(bob)
    kinds = {name.removesuffix(".json"): json.loads(text) for name, text in members.items() if name.endswith(".json")}
    assert len(queries) <= 2 * (len(kinds) + 12)

    [account] = kinds["account"]
    assert (account["username"], account["email"]) == ("bob", "bob@example.com") and "password" not in account
    assert {order["id"] for order in kinds["orders"]} == set(bob.orders.values_list("pk", flat=True))
    assert kinds["order_lines"][0]["seller"] == "alice" and kinds["payments"][0]["currency"] == "PKR"
    [sent] = [each for each in kinds["messages_sent"] if each["id"] == world.message.pk]
    assert (sent["to"], sent["content"]) == ("alice", "Could it be in gold?")
    assert members[f"files/messages/{world.message.pk}-brief.txt"] == b"A logo, please."
    [card] = [each for each in kinds["payment_methods"] if each["type"] == "credit_card"]
    assert card["last_four"] == "4242" and "token" not in card
    assert kinds["about"]["account"] == "bob" and kinds["about"]["rows"]["orders"] == len(kinds["orders"])
    assert all(file["is_included"] for file in kinds["files"] if file["path"].startswith("files/messages"))

    everything = b"".join(text for name, text in members.items() if name.endswith(".json")).decode()
    for person in people.values():
        assert person.email not in everything
    for secret in (bob.password, world.saved_card.token, "whsec_", "pm_card_visa"):
        assert secret not in everything
    theirs = json.loads(export(alice)["messages_received.json"])
    assert [each["from"] for each in theirs if each["id"] == world.message.pk] == ["bob"]
    assert export(world.bystander).keys() == {*members} - {name for name in members if name.startswith("files/")}


def test_a_print_shop_gives_no_secrets_of_its_own_nor_data_of_its_customers(world):
    owner = world.shop.owner
    members = export(owner)
    [printer, *_rest] = json.loads(members["printers.json"])
    [shop] = json.loads(members["print_shop.json"])
    assert printer["name"] and not {"access_code", "certificate"} & printer.keys()
    assert not {"access_token", "refresh_token"} & shop.keys()
    orders = json.loads(members["shop_orders.json"])
    assert orders and not {"buyer_name", "buyer_email", "address", "message"} & orders[0].keys()


def test_the_reference_names_every_file():
    text = Path(settings.BASE_DIR, "docs/reference/own_data.md").read_text()
    for part in own_data():
        for each in part.given:
            assert f"`{each.name}`" in text, each.name
