"""A link to what was bought, or sent, is good as long as its reader has the right to it."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from accounts.authentication import access_token
from commerce.services.checkout.downloads import line_download
from commerce.services.checkout.fulfilment import order_cancel
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.steps import order_of, paid_order
from community.services.messages import message_delete
from community.tests.factories import MessageFactory
from config.core.storage import Right, signed_link
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def work(artwork):
    name = str(artwork.picture.original.name)
    if not storages["private"].exists(name):
        storages["private"].save(name, ContentFile(b"the original"))
    return artwork


def reached(client, link: str) -> bool:
    answer = client.get(urlsplit(link).path)
    assert answer.status_code in {200, 404}
    return answer.status_code == 200


class TestPurchase:
    def test_it_ends_with_a_whole_refund(self, client, bob, admin, work):
        order, payment = paid_order(bob, work)
        link = line_download(actor=bob, line=order.lines.get()).url
        assert reached(client, link)
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("100.00"))
        assert reached(client, link)
        payment_refund(actor=admin, payment_id=payment.pk)
        assert not reached(client, link)

    def test_it_ends_with_the_refund_of_its_line_alone(self, client, bob, admin, work):
        order, payment = paid_order(bob, work, ArtworkFactory(artwork_type="digital"))
        line = order.lines.get(listing=work)
        link = line_download(actor=bob, line=line).url
        payment_refund(actor=admin, payment_id=payment.pk, item=line.pk)
        assert not reached(client, link)

    def test_it_ends_when_staff_cancel_the_order(self, client, bob, staff, work):
        order, _payment = paid_order(bob, EquipmentFactory(price="40.00"), work)
        link = line_download(actor=bob, line=order.lines.get(is_digital=True)).url
        order_cancel(actor=staff, order_id=order.pk)
        assert not reached(client, link)

    def test_it_ends_with_its_buyers_account(self, client, bob, work):
        order, _payment = paid_order(bob, work)
        link = line_download(actor=bob, line=order.lines.get()).url
        type(bob).objects.filter(pk=bob.pk).update(is_active=False)
        assert not reached(client, link)

    def test_what_was_free_stays(self, client, bob, alice):
        free = ArtworkFactory(seller=alice, price="0.00")
        storages["private"].save(str(free.picture.original.name), ContentFile(b"the original"))
        order = order_of(bob, free)
        assert reached(client, line_download(actor=bob, line=order.lines.get()).url)

    def test_a_right_that_nobody_knows_opens_nothing(self, client, work):
        name = str(work.picture.original.name)
        assert reached(client, signed_link(name))
        assert not reached(client, signed_link(name, right=Right("friendship", (1,))))

    def test_in_a_bucket_it_lives_five_minutes(self, bob, work, settings):
        options = {
            "bucket_name": "b",
            "endpoint_url": "http://127.0.0.1:1",
            "access_key": "a",
            "secret_key": "s",
            "region_name": "us-east-1",
            "querystring_expire": settings.FILE_LINK_SECONDS,
            "signature_version": "s3v4",
        }
        s3 = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"private": s3}
        order, _payment = paid_order(bob, work)
        link = line_download(actor=bob, line=order.lines.get())
        assert parse_qs(urlsplit(link.url).query)["X-Amz-Expires"] == ["300"]
        assert timedelta(minutes=4) < link.expires_at - timezone.now() <= timedelta(minutes=5)
        assert parse_qs(urlsplit(signed_link("a.png")).query)["X-Amz-Expires"] == ["3600"]


class TestAttachment:
    @pytest.fixture
    def message(self, alice, bob):
        return MessageFactory(sender=alice, receiver=bob, attached=b"A logo.", created_at=timezone.now())

    def link_of(self, client, reader, message) -> str:
        headers = {"Authorization": f"Bearer {access_token(reader)}"}
        return client.get(f"/api/messages/{message.pk}/", headers=headers).json()["attachment"]

    def test_it_ends_for_both_when_the_sender_deletes_it(self, client, alice, bob, message):
        links = [self.link_of(client, reader, message) for reader in (alice, bob)]
        assert all(reached(client, link) for link in links)
        message_delete(actor=alice, message_id=message.pk)
        assert not any(reached(client, link) for link in links)

    def test_it_ends_for_whom_the_message_is_hidden(self, client, alice, bob, message):
        hers, his = (self.link_of(client, reader, message) for reader in (alice, bob))
        message_delete(actor=bob, message_id=message.pk)
        assert (reached(client, hers), reached(client, his)) == (True, False)
