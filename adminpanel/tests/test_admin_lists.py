"""Django's admin site: every list and every row opens, and a list costs the same for many rows."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuthenticatorDevice
from accounts.services.sessions import token_issue
from accounts.tests.factories import ArtistFactory, SuperuserFactory
from adminpanel.tests.elsewhere import loaded_from_elsewhere
from adminpanel.tests.test_admin_site import REGISTERED, page
from commerce.tests.steps import paid_order
from community.choices import TicketIssue
from community.services.chats import chat_ask, chat_start
from community.services.tickets import ticket_open, ticket_write
from community.tests.factories import BlockFactory, EmailFactory, MessageFactory, NotificationFactory
from config.core.audit import audit_record
from jobs.models import ContractChange
from jobs.tests.factories import ContractFactory, ReviewFactory, completed_job, hired_job
from marketplace.models import ModelLabel
from marketplace.services.appeals import appeal_create
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory, Model3DFactory
from tests.once import made_once

pytestmark = pytest.mark.django_db
every_list = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


def fill(number):
    """Rows in most of the tables."""
    for _ in range(number):
        alice, bob = ArtistFactory(), ArtistFactory()
        artwork = ArtworkFactory(seller=alice)
        held = ArtworkFactory(seller=alice, status="pending", picture__verdict="held", picture__matched=artwork)
        appeal_create(actor=alice, artwork_id=held.pk, reason="Mine")
        EquipmentFactory()
        model = Model3DFactory(seller=alice)
        ModelLabel.objects.create(model=model, author=alice, position_x=0, position_y=0, position_z=0, text="Top")
        paid_order(bob, artwork)
        token_issue(bob)
        AuthenticatorDevice.objects.create(user=bob, secret="JBSWY3DPEHPK3PXP")
        NotificationFactory()
        EmailFactory()
        MessageFactory(sender=alice, receiver=bob, content="Between the two of us")
        BlockFactory(blocker=alice, blocked=bob)
        contract = ContractFactory(job=hired_job(buyer=bob, artist=alice))
        ContractChange.objects.create(contract=contract, after=contract.status, actor=bob)
        ReviewFactory(job=completed_job(buyer=bob, artist=alice))
        chat_ask(actor=bob, session=chat_start(actor=bob, model=model.pk).pk, text="Between the two of us")
        ticket = ticket_open(
            actor=bob, purchase=None, issue_type=TicketIssue.OTHER, subject="Help", description="It does not work."
        )
        ticket_write(actor=bob, ticket_id=ticket.pk, content="Please")
        audit_record(actor=alice, action="test", target=bob)


@pytest.fixture(scope="module")
def filled(django_db_setup, django_db_blocker) -> Iterator[tuple[Client, dict[str, int]]]:
    """A superuser's client, five rows of most things, and how many queries each list took when there was one."""

    def make() -> tuple[Client, dict[str, int]]:
        client, costs = Client(), {}
        client.force_login(SuperuserFactory.create(username="boss"))
        fill(1)
        client.get(page(REGISTERED[0], "changelist"))  # what is looked up once a process
        for model in REGISTERED:
            with CaptureQueriesContext(connection) as few:
                assert client.get(page(model, "changelist")).status_code == 200
            costs[model._meta.label] = len(few)
        fill(4)
        return client, costs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.SANDBOX_ALLOWED", True)
        yield from made_once(django_db_blocker, make)


@every_list
def test_lists_cost_the_same_for_more_rows(model, filled, django_assert_max_num_queries):
    client, costs = filled
    address = page(model, "changelist")
    with django_assert_max_num_queries(costs[model._meta.label]):
        shown = client.get(address)
    assert shown.status_code == 200
    assert loaded_from_elsewhere(shown.content.decode()) == []
    assert client.get(address, {"q": "a"}).status_code == 200
    file = client.post(f"{address}export/", {"form": "csv"})
    text = b"".join(file.streaming_content).decode()
    assert text.startswith("id") and text.count("\n") > shown.context["cl"].result_count
    assert "<span" not in text and "</" not in text


@every_list
def test_details_open_and_hold_no_secrets(model, filled, without_menu):
    client, _costs = filled
    row = model._default_manager.order_by("pk").last()
    if row is None:
        return
    answer = client.get(page(model, "change", row.pk))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "JBSWY3DPEHPK3PXP" not in text
    assert "Between the two of us" not in text
    assert "argon2" not in text and "client_secret" not in text
    assert loaded_from_elsewhere(text) == []
