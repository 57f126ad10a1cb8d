"""Receipts and statements as files, over HTTP, in each dialect that has them."""

import pytest

from commerce.tests.documents.reading import text_of
from commerce.tests.shop import design_of
from commerce.tests.steps import paid_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(alice, bob):
    order, _payment = paid_order(bob, design_of(alice, title="Gear"), channel="v1")
    return order.lines.get()


def is_file(answer, kind: str, name: str) -> bool:
    told = {header: answer[header] for header in ("Content-Type", "Content-Disposition", "Cache-Control")}
    assert told == {
        "Content-Type": kind,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return answer.status_code == 200 and answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.operation("cultureup.orders.receipt")
@pytest.mark.operation("nexus.purchases.receipt")
@pytest.mark.operation("v1.purchases.receipt")
def test_a_receipt_in_each_dialect(client_of, line, alice, bob, charlie):
    addresses = (
        f"/api/orders/{line.order_id}/receipt/",
        f"/api/orders/{line.order_id}/receipt",
        f"/api/purchases/txn_{line.uuid.hex}/receipt",
        f"/api/v1/purchase-management/receipt/{line.uuid}",
    )
    for address in addresses:
        answer = client_of(bob).get(address, HTTP_ACCEPT="application/pdf")
        assert is_file(answer, "application/pdf", f"order-{line.order_id}.pdf")
        assert f"Receipt of order {line.order_id}" in text_of(answer.content)
        refused = client_of(charlie).get(address, HTTP_ACCEPT="application/pdf")
        assert (refused.status_code, refused["Content-Type"]) == (404, "application/json")
        assert client_of(None).get(address).status_code == 401
    assert client_of(alice).get(addresses[0]).status_code == 200
    assert client_of(alice).get(addresses[2]).status_code == 404


@pytest.mark.operation("nexus.dashboard.statement")
@pytest.mark.operation("cultureup.payments.statement")
@pytest.mark.parametrize(
    ("address", "status", "wrong"),
    [("/api/dashboard/statement", 422, "detail"), ("/api/payments/statement/", 400, "format")],
)
def test_a_statement_in_each_form(client_of, line, alice, address, status, wrong):
    client = client_of(alice)
    text = client.get(address, {"format": "pdf"})
    assert is_file(text, "application/pdf", "statement.pdf")
    assert "Statement in USD" in text_of(text.content)
    table = client.get(address, {"format": "csv", "start": "2020-01-01", "end": "2099-12-31"})
    assert is_file(table, "text/csv; charset=utf-8", "statement.csv")
    head, opening, sale, closing, rest = table.getvalue().decode().split("\r\n")
    assert head.startswith("line,booked_at,kind,amount,balance,currency,payment,order,")
    assert (opening, rest) == (",2020-01-01T00:00:00Z,opening,,0.00,USD,,,,,,", "")
    assert f",payment,27.00,27.00,USD,{line.payment_shares.get().payment.transaction_id},{line.order_id},,," in sale
    assert closing == ",2099-12-31T23:59:59Z,closing,,27.00,USD,,,,,,"
    later = client.get(address, {"format": "json", "start": "2099-01-01"}).json()
    assert later == [] or later["results"] == []
    refused = client.get(address, {"format": "xml"})
    assert (refused.status_code, wrong in refused.json()) == (status, True)
