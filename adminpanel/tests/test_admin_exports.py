"""Lists of the admin site as files."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient
from openpyxl import load_workbook

from accounts.models import User
from accounts.services.levels import groups_prepare
from accounts.tests.factories import AdminFactory, BuyerFactory, ModeratorFactory, StaffFactory
from adminpanel.pages import exports
from adminpanel.pages.export_files import csv_of
from adminpanel.tests.test_admin_site import page
from commerce.models import Order, Payment
from commerce.tests.steps import paid_order
from config.core.models import AuditEntry
from marketplace.models import Artwork
from marketplace.tests.factories import ArtworkFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 1, 2, 14, 5, 59, tzinfo=UTC)


@pytest.fixture
def signed_in(client):
    groups_prepare()

    def as_level(factory):
        person = factory.create()
        client.force_login(person)
        return person

    return as_level


def asked(client, model, form="csv", query=""):
    return client.post(f"{page(model, 'changelist')}export/?{query}", {"form": form})


def read(answer) -> list[dict[str, str]]:
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def sold(**changes):
    order, payment = paid_order(BuyerFactory.create(username="bob"), ArtworkFactory.create(price=Decimal("250.00")))
    Order.objects.filter(pk=order.pk).update(created_at=AT, **changes)
    return order, payment


def test_a_list_is_given_as_it_is_filtered_and_shown(client, signed_in):
    boss = signed_in(AdminFactory)
    order, payment = sold()
    query = "created_at_from=2026-01-02&created_at_to=2026-01-02&q=bob"
    answer = asked(client, Order, query=query)
    assert re.fullmatch(r'attachment; filename="order-[0-9-]+\.csv"', answer["Content-Disposition"])
    rows = read(answer)
    status = Order.objects.get(pk=order.pk).get_status_display()
    assert rows == [
        {
            "id": str(order.pk),
            "buyer": "bob",
            "channel": order.channel,
            "order type": order.get_order_type_display(),
            "status": status,
            "total": "250.00",
            "total currency": "PKR",
            "created at": "2026-01-02T14:05:59Z",
        }
    ]
    assert read(asked(client, Order, query="created_at_from=2026-01-03")) == []
    entry = AuditEntry.objects.order_by("pk").first()
    assert (entry.actor, entry.action, entry.target_type, entry.target_id) == (boss, "order.export", "order", "")
    asked_for = {"created_at_from": "2026-01-02", "created_at_to": "2026-01-02", "q": "bob"}
    assert entry.after == {"filter": asked_for, "rows": 1, "form": "csv"}
    [paid] = read(asked(client, Payment))
    assert (paid["id"], paid["transaction id"]) == (str(payment.pk), payment.transaction_id)
    assert (paid["amount"], paid["amount currency"]) == ("250.00", "PKR")


def test_a_sheet_has_numbers_and_text_that_is_never_a_formula(client, signed_in):
    signed_in(AdminFactory)
    order, _payment = sold()
    User.objects.filter(pk=order.buyer_id).update(username="=cmd|'/c calc'!A0")
    answer = asked(client, Order, "xlsx")
    assert answer["Content-Disposition"].endswith('.xlsx"')
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    titles, row = book.active.iter_rows()
    found = {title.value: cell for title, cell in zip(titles, row, strict=True)}
    assert (found["buyer"].value, found["buyer"].data_type) == ("=cmd|'/c calc'!A0", "s")
    assert (found["total"].value, found["total"].number_format, found["id"].value) == (250, "0.00", order.pk)
    assert read(asked(client, Order))[0]["buyer"] == "'=cmd|'/c calc'!A0"
    dangerous = ["=1", "+1", "-1", "@a", "\tx", "\rx", "a=1", Decimal("-1.50"), -3, "\n=1", "\uff1d1"]
    text = "".join(csv_of([str(number) for number in range(len(dangerous))], [dangerous]))
    assert list(csv.reader(io.StringIO(text, newline="")))[1] == [
        *("'=1", "'+1", "'-1", "'@a", "'\tx", "'\rx", "a=1", "-1.50", "-3", "'\n=1", "'\uff1d1")
    ]


def test_personal_data_is_for_administrators(client, signed_in):
    bob = BuyerFactory.create(username="bob", email="bob@example.com")
    signed_in(StaffFactory)
    assert "email" not in read(asked(client, User, query="q=bob@example.com"))[0]
    assert AuditEntry.objects.get().after["filter"] == {"q": "(an e-mail address)"}
    entry = read(asked(client, AuditEntry))[-1]
    assert "address" not in entry and entry["action"] == "user.export"
    signed_in(AdminFactory)
    [row] = read(asked(client, User, query=f"id__exact={bob.pk}"))
    assert (row["username"], row["email"]) == ("bob", "bob@example.com")
    assert read(asked(client, AuditEntry))[0]["address"] == "127.0.0.1"


def test_nobody_gets_a_list_that_they_may_not_see(client, signed_in):
    signed_in(ModeratorFactory)
    ArtworkFactory.create(title="Blue")
    assert asked(client, User).status_code == 403
    assert read(asked(client, Artwork))[0]["artwork"].startswith("Blue")
    signed_in(BuyerFactory)
    assert asked(client, Artwork).status_code == 302
    assert AuditEntry.objects.count() == 1


def test_what_cannot_be_given_is_refused(client, signed_in, monkeypatch):
    signed_in(AdminFactory)
    BuyerFactory.create_batch(2)
    address = f"{page(User, 'changelist')}export/"
    assert client.get(address, {"form": "csv"}).status_code == 405
    assert client.post(address, {"form": "pdf"}).status_code == 404
    assert client.post("/admin/accounts/nothing/export/", {"form": "csv"}).status_code == 404
    assert client.post("/admin/marketplace/listing/export/", {"form": "csv"}).status_code == 404
    assert asked(client, User, query="password__startswith=a").status_code == 400
    assert asked(client, User, query="created_at_from=x")["Location"].endswith("?e=1")
    monkeypatch.setitem(exports.MOST, "xlsx", 2)
    refused = client.post(f"{address}?is_active__exact=1", {"form": "xlsx"}, follow=True)
    assert refused.redirect_chain[0][0].endswith("/user/?is_active__exact=1")
    assert "3 rows; XLSX takes up to 2. Choose fewer by the filters, or CSV." in refused.content.decode()
    assert AuditEntry.objects.count() == 0


def test_an_asynchronous_server_sends_it_piece_by_piece(signed_in):
    boss, client = signed_in(AdminFactory), AsyncClient()
    client.force_login(boss)

    async def taken() -> str:
        answer = await client.post(f"{page(User, 'changelist')}export/", {"form": "csv"})
        assert answer.is_async
        return b"".join([piece async for piece in answer.streaming_content]).decode()

    assert boss.email in async_to_sync(taken)()


def test_the_buttons_carry_the_filters(client, signed_in):
    signed_in(StaffFactory)
    shown = client.get(page(Order, "changelist"), {"status__exact": "pending"}).content.decode()
    assert '/admin/commerce/order/export/?status__exact=pending"' in shown
    assert 'value="csv"' in shown and 'value="xlsx"' in shown
