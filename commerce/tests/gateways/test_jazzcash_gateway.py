"""JazzCash: the form we sign, the answer the payer's browser brings back, and the inquiry that alone counts."""

import time
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import requests
import time_machine

from commerce.choices import PaymentMethod, PaymentStatus
from commerce.errors import EventNotGenuine, GatewayRefused, GatewayUnavailable, MethodUnavailable
from commerce.gateways import jazzcash
from commerce.gateways.base import IntentStatus
from commerce.gateways.chosen import gateway
from commerce.gateways.jazzcash import checkout_form
from commerce.models import GatewayEvent, Payment
from commerce.services.payments.at_gateway import payment_process, payment_settle
from commerce.tests.steps import balances, order_of, payment_of
from tests.stand_ins.jazzcash import JazzCashStandIn

pytestmark = pytest.mark.django_db

RETURN = "/api/webhooks/jazzcash"


@pytest.fixture
def server(settings):
    settings.PUBLIC_URL = "https://atelier.example"
    settings.FRONTEND_URL = "https://shop.example"
    with JazzCashStandIn() as stand_in:
        stand_in.configure(settings)
        yield stand_in


@pytest.fixture
def payment(server, bob, artwork) -> Payment:
    """Processed: the payer has the form."""
    payment = payment_of(order_of(bob, artwork), PaymentMethod.JAZZCASH)
    return payment_process(actor=bob, payment_id=payment.pk).payment


def come_back(client, answer):
    return client.post(RETURN, urlencode(answer), content_type="application/x-www-form-urlencoded")


class TestForm:
    @time_machine.travel(datetime(2026, 11, 24, 20, 30, tzinfo=UTC), tick=False)
    def test_fields(self, server, payment, settings):
        form = checkout_form(payment)
        fields = form.fields
        assert form.url == f"{server.url}/CustomerPortal/transactionmanagement/merchantform/"
        assert fields["pp_Amount"] == "29999"
        assert fields["pp_TxnCurrency"] == "PKR"
        assert fields["pp_MerchantID"] == server.merchant
        assert fields["pp_Password"] == server.password
        assert fields["pp_BillReference"] == payment.transaction_id
        assert fields["pp_TxnRefNo"].startswith(payment.transaction_id)
        assert len(fields["pp_TxnRefNo"]) == 20
        assert fields["pp_ReturnURL"] == "https://atelier.example/api/webhooks/jazzcash"
        assert fields["pp_TxnDateTime"] == "20261125013000"  # in Pakistan
        assert fields["pp_TxnExpiryDateTime"] == "20261126013000"
        assert fields["pp_SecureHash"] == server.hash_of(fields)

    def test_the_secrets_stay_out_of_representations(self, server, payment):
        assert server.password not in repr(checkout_form(payment))

    def test_the_hash_is_that_of_the_guide(self):
        """Salt, then the values in the order of their names; empty values and the hash itself are left out."""
        fields = {
            "pp_Version": "1.1",
            "pp_Amount": "100",
            "pp_BankID": "",
            "pp_SecureHash": "x",
            "ppmpf_1": "a",
            "o": "b",
        }
        # printf 'salt&100&1.1&a' | openssl dgst -sha256 -hmac salt
        assert (
            jazzcash.secure_hash(fields, salt="salt")
            == "3CE683435FABEAF5EB8A6186CCFAB45342BEDDC147B9D2E9755C24A2A3E10CCF"
        )

    def test_the_same_try_has_one_reference_and_another_try_another(self, server, payment, bob):
        first = checkout_form(payment).fields["pp_TxnRefNo"]
        assert payment_process(actor=bob, payment_id=payment.pk).details["form"]["pp_TxnRefNo"] == first
        server.pay(checkout_form(payment).fields, "999")
        assert payment_settle(actor=bob, payment_id=payment.pk).status == PaymentStatus.FAILED
        form = payment_process(actor=bob, payment_id=payment.pk).details["form"]
        assert form["pp_TxnRefNo"][:18] == first[:18]
        assert form["pp_TxnRefNo"] != first
        server.pay(form)
        assert payment_settle(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED

    @pytest.mark.parametrize("missing", ["MERCHANT_ID", "PASSWORD", "INTEGRITY_SALT"])
    def test_without_a_merchant_there_is_none(self, server, payment, settings, missing):
        setattr(settings, f"JAZZCASH_{missing}", "")
        with pytest.raises(MethodUnavailable):
            checkout_form(payment)
        with pytest.raises(MethodUnavailable):
            gateway("jazzcash")

    def test_other_currencies_are_refused(self, server, payment):
        payment.currency = "USD"
        with pytest.raises(MethodUnavailable):
            checkout_form(payment)


class TestReturn:
    def test_a_paid_one_completes_and_the_payer_goes_on_to_the_shop(self, server, payment, client):
        answer = server.pay(checkout_form(payment).fields)
        response = come_back(client, answer)
        assert response.status_code == 303
        assert response["Location"] == "https://shop.example/payments/return?gateway=jazzcash"
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.COMPLETED
        assert balances()["gateway", None] == Decimal("-299.99")

    def test_twice_is_once(self, server, payment, client):
        answer = server.pay(checkout_form(payment).fields)
        come_back(client, answer)
        asked = len(server.requests)
        assert come_back(client, answer).status_code == 303
        assert len(server.requests) == asked
        assert GatewayEvent.objects.count() == 1

    def test_a_voucher_waits_until_it_is_paid(self, server, payment, client, bob):
        come_back(client, server.pay(checkout_form(payment).fields, "124"))
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING
        server.settle(payment.gateway_reference)
        assert payment_settle(actor=bob, payment_id=payment.pk).status == PaymentStatus.COMPLETED

    def test_a_refused_one_fails_with_jazzcashs_reason(self, server, payment, client):
        come_back(client, server.pay(checkout_form(payment).fields, "999"))
        payment.refresh_from_db()
        assert (payment.status, payment.failure_code) == (PaymentStatus.FAILED, "999")
        assert payment.failure_message == "The transaction was refused by the bank."

    def test_a_signed_answer_moves_nothing_when_the_inquiry_disagrees(self, server, payment, client):
        paid = server.pay(checkout_form(payment).fields)
        server.settle(payment.gateway_reference, "157")
        come_back(client, paid)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING

    @pytest.mark.parametrize(
        "change",
        [
            {"pp_ResponseCode": "000"},
            {"pp_Amount": "29998"},
            {"pp_TxnRefNo": "TXN000000000000000XX"},
            {"pp_SecureHash": ""},
            {"pp_SecureHash": "é"},
            {"pp_extra": "1"},
        ],
    )
    def test_forged_ones_are_refused_and_not_stored(self, server, payment, client, change):
        answer = server.pay(checkout_form(payment).fields, "999") | change
        asked = len(server.requests)
        assert come_back(client, answer).status_code == 400
        assert not GatewayEvent.objects.exists()
        assert len(server.requests) == asked

    @pytest.mark.parametrize(
        "change",
        [
            {"pp_Amount": "100"},
            {"pp_TxnCurrency": "USD"},
            {"pp_MerchantID": "MC2"},
            {"pp_Amount": "-1"},
            {"pp_Amount": ""},
            {"pp_TxnRefNo": ""},
        ],
    )
    def test_signed_ones_that_are_not_about_our_payment_are_refused(self, server, payment, client, change):
        answer = server.pay(checkout_form(payment).fields)
        assert come_back(client, server.signed(answer | change)).status_code == 400
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING
        assert not GatewayEvent.objects.exists()

    def test_a_value_given_twice_is_refused(self, server, payment, client):
        body = "pp_Amount=1&" + urlencode(server.pay(checkout_form(payment).fields))
        response = client.post(RETURN, body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 400

    def test_without_our_salt_nothing_is_believed(self, server, payment, settings):
        chosen = gateway("jazzcash")
        answer = server.pay(checkout_form(payment).fields)
        settings.JAZZCASH_INTEGRITY_SALT = ""
        signed_with_nothing = answer | {"pp_SecureHash": jazzcash.secure_hash(answer, salt="")}
        for given in (answer, signed_with_nothing):
            with pytest.raises(EventNotGenuine):
                chosen.read_event(urlencode(given).encode(), {})

    def test_jazzcash_is_down_when_the_payer_comes_back(self, server, payment, client):
        answer = server.pay(checkout_form(payment).fields)
        with server.down():
            assert come_back(client, answer).status_code == 303
        event = GatewayEvent.objects.get()
        assert (event.applied_at, event.attempts, event.error) == (None, 1, "gateway_unavailable")
        assert come_back(client, answer).status_code == 303  # reloading the page asks again
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.COMPLETED


class TestInquiry:
    def retrieve(self, payment):
        return gateway("jazzcash").retrieve(payment.gateway_reference)

    def test_a_form_that_was_not_posted_is_waiting(self, payment):
        intent = self.retrieve(payment)
        assert (intent.status, intent.amount, intent.currency) == (
            IntentStatus.NEEDS_METHOD,
            Decimal("299.99"),
            "PKR",
        )

    @pytest.mark.parametrize(
        ("answer", "status"),
        [
            ({"pp_ResponseCode": "000", "pp_PaymentResponseCode": "121", "pp_Status": "Completed"}, "succeeded"),
            ({"pp_ResponseCode": "000", "pp_PaymentResponseCode": "000", "pp_Status": "Completed"}, "succeeded"),
            ({"pp_ResponseCode": "000", "pp_PaymentResponseCode": "124", "pp_Status": "Completed"}, "processing"),
            ({"pp_ResponseCode": "000", "pp_PaymentResponseCode": "121", "pp_Status": "Pending"}, "processing"),
            ({"pp_ResponseCode": "000", "pp_PaymentResponseCode": "121"}, "processing"),
            ({"pp_ResponseCode": "000", "pp_Status": "Failed"}, "failed"),
            ({"pp_ResponseCode": "115", "pp_PaymentResponseCode": "121", "pp_Status": "Completed"}, "needs_method"),
            ({}, "needs_method"),
        ],
    )
    def test_only_what_is_clearly_paid_is_paid(self, answer, status):
        assert jazzcash.status_of(answer) == status

    def test_an_answer_that_names_another_amount_is_handed_on(self, server, payment, bob, monkeypatch):
        server.pay(checkout_form(payment).fields)
        reply = server._reply
        monkeypatch.setattr(server, "_reply", lambda values: reply({**values, "pp_Amount": "100"}))
        assert self.retrieve(payment).amount == Decimal("1.00")
        with pytest.raises(GatewayRefused):
            payment_settle(actor=bob, payment_id=payment.pk)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING

    def test_an_answer_somebody_else_signed_is_none(self, server, payment, monkeypatch):
        server.pay(checkout_form(payment).fields)
        monkeypatch.setattr(server, "signed", lambda values: {**values, "pp_SecureHash": "0" * 64})
        with pytest.raises(GatewayUnavailable):
            self.retrieve(payment)

    @pytest.mark.parametrize("status", [500, 429, 404, 302])
    def test_jazzcash_is_not_well(self, server, payment, status):
        server.fail(status)
        with pytest.raises(GatewayUnavailable):
            self.retrieve(payment)

    def test_silence_ends_with_the_time_out(self, server, payment, monkeypatch):
        monkeypatch.setattr(jazzcash, "REQUEST_SECONDS", 0.5)
        server.hang(30)
        begin = time.monotonic()
        with pytest.raises(GatewayUnavailable):
            self.retrieve(payment)
        assert time.monotonic() - begin < 5

    def test_cancelling_makes_sure_that_nothing_was_paid(self, server, payment):
        assert gateway("jazzcash").cancel(payment.gateway_reference).status == IntentStatus.CANCELLED
        server.pay(checkout_form(payment).fields)
        with pytest.raises(GatewayRefused):
            gateway("jazzcash").cancel(payment.gateway_reference)

    def test_refunds_are_for_the_merchants_portal(self, payment):
        with pytest.raises(GatewayRefused, match="portal"):
            gateway("jazzcash").refund(reference=payment.gateway_reference, amount=Decimal(1), currency="PKR", key="1")

    def test_nothing_secret_is_logged(self, server, payment, client, caplog):
        caplog.set_level("DEBUG")
        come_back(client, server.pay(checkout_form(payment).fields))
        server.fail(500)
        with pytest.raises(GatewayUnavailable):
            self.retrieve(payment)
        assert caplog.records
        assert server.password not in caplog.text
        assert server.salt not in caplog.text


def test_the_stand_in_is_posted_to_like_the_real_page(server, payment):
    form = checkout_form(payment)
    page = requests.post(form.url, data=form.fields, timeout=5)
    assert page.status_code == 200
    assert 'action="https://atelier.example/api/webhooks/jazzcash"' in page.text
    assert gateway("jazzcash").retrieve(payment.gateway_reference).status == IntentStatus.SUCCEEDED
