"""Nexus's checkout over HTTP: an order from the cart, paid by a second call; and a model bought at once."""

import re
from decimal import Decimal

import pytest

from accounts.models import Delivery
from commerce.errors import GatewayUnavailable
from commerce.gateways.sandbox import SandboxGateway, challenge_finish
from commerce.models import CartItem, Order, Payment, SandboxIntent
from commerce.services.payments.at_gateway import payment_settle
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.shop import coupon_of, design_of, fill_cart, uses_of
from commerce.tests.steps import balances

pytestmark = pytest.mark.django_db
CHECKOUT, PAY = "/api/checkout", "/api/checkout/process-payment"
TRANSACTION = [
    *("id", "transaction_id", "buyer_id", "seller_id", "model_id", "amount", "platform_fee", "seller_amount"),
    *("seller_revenue", "coupon_code", "discount_amount", "currency", "payment_method", "payment_status"),
    "status",
    *("created_at", "completed_at"),
]
PURCHASE = [
    *("id", "user_id", "model_id", "transaction_id", "download_count", "download_limit", "created_at"),
    *("model", "transaction", "further_files"),
]


@pytest.fixture
def drone(alice):
    return design_of(alice, price="40.00", title="Sci-Fi Drone")


@pytest.fixture
def client(client_of, bob):
    return client_of(bob)


@pytest.fixture
def opened(client, bob, drone):
    fill_cart(bob, drone)
    return client.post(CHECKOUT, {"payment_method": "card"}, format="json").json()


def pay(client, checkout, token="pm_card_visa", **more):
    body = {"checkout_id": checkout["checkout_id"], "payment_token": token} | more
    return client.post(PAY, body, format="json")


@pytest.mark.operation("nexus.checkout.create")
class TestOpening:
    def test_with_a_coupon(self, client, bob, drone):
        coupon = coupon_of()
        fill_cart(bob, drone)
        answer = client.post(CHECKOUT, {"payment_method": "card", "coupon_code": "spring10"}, format="json")
        assert answer.status_code == 201
        body = answer.json()
        line = Order.objects.get().lines.get()
        assert re.fullmatch(r"chk_[0-9a-f]{16}", body.pop("checkout_id"))
        assert body.pop("created_at")
        assert body == {
            "status": "pending",
            "payment_method": "card",
            "coupon_code": "SPRING10",
            "items": [
                {
                    "model_id": drone.pk,
                    "title": "Sci-Fi Drone",
                    "price": 40.0,
                    "discount_amount": 4.0,
                    "amount": 36.0,
                    "transaction_id": f"txn_{line.uuid.hex}",
                }
            ],
            "subtotal": 40.0,
            "discount_amount": 4.0,
            "total": 36.0,
            "currency": "USD",
            "client_secret": None,
        }
        assert (CartItem.objects.count(), uses_of(coupon)) == (1, 1)

    def test_another_one_takes_its_place(self, client, opened, bob):
        coupon = coupon_of(uses=1)
        sent = {"payment_method": "paypal", "coupon_code": "SPRING10"}
        first, second = (client.post(CHECKOUT, sent, format="json").json() for _ in range(2))
        assert uses_of(coupon) == 1
        assert [order.status for order in Order.objects.order_by("pk")] == ["cancelled", "cancelled", "pending"]
        for checkout in (opened, first):
            over = pay(client, checkout)
            assert (over.status_code, over.json()["detail"]) == (409, "This checkout is over. Check out again.")
        assert pay(client, second).json()["total"] == 36.0

    def test_what_is_free(self, client, alice, bob, client_of):
        gift = design_of(alice, price="0.00")
        fill_cart(bob, gift)
        body = client.post(CHECKOUT, {"payment_method": "card"}, format="json").json()
        assert (body["status"], body["total"]) == ("completed", 0.0)
        paid = pay(client, body, token="")
        assert (paid.status_code, paid.json()["payment_status"]) == (200, "completed")
        [purchase] = paid.json()["purchases"]
        assert purchase["model_id"] == gift.pk
        assert set(Delivery.objects.values_list("template", flat=True)) >= {
            "sale_notification",
            "purchase_confirmation",
        }

    @pytest.mark.parametrize(
        ("sent", "status", "detail"),
        [
            ({"payment_method": "card", "coupon_code": "NONE"}, 400, "Coupon not found"),
            ({"payment_method": "cash"}, 422, None),
            ({}, 422, None),
        ],
    )
    def test_refused(self, client, bob, drone, sent, status, detail):
        fill_cart(bob, drone)
        answer = client.post(CHECKOUT, sent, format="json")
        assert answer.status_code == status
        assert detail in (None, answer.json()["detail"])
        assert not Order.objects.exists()

    def test_an_empty_cart(self, client):
        answer = client.post(CHECKOUT, {"payment_method": "card"}, format="json")
        assert (answer.status_code, answer.json()) == (400, {"detail": "Cart is empty"})

    def test_at_stripe(self, client, opened, stripe):
        answer = client.post(CHECKOUT, {"payment_method": "stripe"}, format="json").json()
        assert answer["client_secret"]
        refused = client.post(CHECKOUT, {"payment_method": "paypal"}, format="json")
        assert (refused.status_code, refused.json()["detail"]) == (400, "Payment by paypal is not set up here.")


@pytest.mark.operation("nexus.checkout.payment_methods")
def test_payment_methods(client, settings):
    assert client.get(f"{CHECKOUT}/payment-methods").json() == [
        {"id": "card", "name": "Credit or debit card", "enabled": True},
        {"id": "paypal", "name": "PayPal", "enabled": True},
        {"id": "crypto", "name": "Cryptocurrency", "enabled": True},
    ]
    settings.SANDBOX_ALLOWED = False
    assert client.get(f"{CHECKOUT}/payment-methods").json() == []
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    assert [row["id"] for row in client.get(f"{CHECKOUT}/payment-methods").json()] == ["card"]


@pytest.mark.operation("nexus.checkout.process_payment")
class TestPaying:
    def test_success(self, client, opened, alice, bob, drone):
        answer = pay(client, opened, "tok_visa")
        assert answer.status_code == 200
        body = answer.json()
        [sold], [bought] = body.pop("transactions"), body.pop("purchases")
        assert body == {
            "message": "Payment successful",
            "checkout_id": opened["checkout_id"],
            "payment_status": "completed",
            "total": 40.0,
            "currency": "USD",
        }
        assert (list(sold), list(bought)) == (TRANSACTION, PURCHASE)
        assert (sold["amount"], sold["platform_fee"], sold["seller_amount"]) == (40.0, 3.0, 37.0)
        assert (sold["buyer_id"], sold["seller_id"], sold["model_id"]) == (bob.pk, alice.pk, drone.pk)
        assert bought["transaction"] == sold
        assert (bought["transaction_id"], bought["download_limit"]) == (sold["id"], 10)
        drone.refresh_from_db()
        assert (drone.downloads_count, CartItem.objects.count()) == (1, 0)
        assert balances()[("seller", alice.pk)] == 37
        mails = {mail.template: mail.context for mail in Delivery.objects.exclude(template="")}
        assert mails["sale_notification"]["revenue"] == "37.00"
        assert mails["purchase_confirmation"]["model_name"] == "Sci-Fi Drone"
        again = pay(client, opened)
        assert (again.status_code, again.json()) == (409, {"detail": "Checkout has already been paid"})

    def test_declined_and_tried_again(self, client, opened):
        refused = pay(client, opened, "pm_card_chargeDeclined")
        assert (refused.status_code, refused.json()["detail"]) == (402, "Payment failed")
        assert CartItem.objects.count() == 1
        assert pay(client, opened).status_code == 200

    def test_3d_secure_and_the_webhook(self, client, opened, alice):
        waits = pay(client, opened, "pm_card_threeDSecure2Required")
        assert (waits.status_code, waits.json()["payment_status"]) == (202, "pending")
        assert waits.json()["next_action"]["type"] == "redirect_to_url"
        state = pay(client, opened, "")  # asks how it stands, and charges nothing else
        assert (state.status_code, state.json()["next_action"]) == (202, waits.json()["next_action"])
        challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=True)
        payment_settle(actor=Payment.objects.get().payer, payment_id=Payment.objects.get().pk)
        assert pay(client, opened).status_code == 409
        assert Order.objects.get().status == "delivered"
        for _ in range(2):  # the page comes back from the bank after the webhook did
            ended = pay(client, opened, "")
            assert (ended.status_code, ended.json()["payment_status"]) == (200, "completed")
            assert [row["model_id"] for row in ended.json()["purchases"]] == [opened["items"][0]["model_id"]]
        assert sum(balances().values()) == 0 and balances()[("seller", alice.pk)] == 37

    def test_3d_secure_failed(self, client, opened):
        pay(client, opened, "pm_card_threeDSecure2Required")
        challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=False)
        assert pay(client, opened, "").status_code == 402
        assert pay(client, opened).status_code == 200

    def test_asking_how_3d_secure_failed_charges_no_other_card(self, client, opened, bob):
        default_of(bob, "pm_card_visa")
        pay(client, opened, "pm_card_threeDSecure2Required")
        challenge_finish(challenge=SandboxIntent.objects.get().challenge, succeeded=False)
        payment = Payment.objects.get()
        payment_settle(actor=payment.payer, payment_id=payment.pk)  # by the webhook
        for _ in range(2):
            asked = pay(client, opened, "")
            assert (asked.status_code, asked.json()["detail"]) == (402, "Payment failed")
        assert (SandboxIntent.objects.count(), Order.objects.get().status) == (1, "pending")
        assert pay(client, opened, "", payment_method="card").status_code == 200  # that is a new try

    def test_by_the_default_method(self, client, opened):
        assert pay(client, opened, "", payment_method="crypto").json()["transactions"][0]["payment_method"] == "crypto"

    def test_a_key_pays_once(self, client, opened):
        body = {"checkout_id": opened["checkout_id"], "payment_token": "pm_card_visa"}
        first, second = (client.post(PAY, body, format="json", HTTP_IDEMPOTENCY_KEY="one") for _ in range(2))
        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert first.status_code == 200

    def test_refused(self, client, client_of, charlie, opened):
        other = pay(client_of(charlie), opened)
        assert (other.status_code, other.json()) == (404, {"detail": "Checkout not found"})
        assert pay(client, {"checkout_id": "chk_0"}).status_code == 404
        wrong = pay(client, opened, "4242424242424242")
        assert (wrong.status_code, wrong.json()["detail"][0]["loc"]) == (422, ["body", "payment_token"])
        assert pay(client, opened, payment_method="gold").status_code == 422
        assert Order.objects.get().status == "pending"


@pytest.mark.operation("nexus.models.purchase")
class TestAtOnce:
    def address(self, model):
        return f"/api/models/{model.pk}/purchase"

    def test_bought(self, client, bob, drone):
        coupon_of()
        answer = client.post(self.address(drone), {"buyer_id": bob.pk, "coupon_code": "SPRING10"}, format="json")
        line = Order.objects.get().lines.get()
        assert (answer.status_code, answer.json()) == (
            200,
            {"message": "Purchase successful", "transaction_id": line.pk},
        )
        assert (line.total_price, line.payment_shares.get().fee) == (36, Decimal("2.70"))
        again = client.post(self.address(drone), format="json")
        assert (again.status_code, again.json()["detail"]) == (400, "You already own this model")

    def test_free(self, client, alice):
        gift = design_of(alice, price="0.00")
        assert client.post(self.address(gift), format="json").status_code == 200
        gift.refresh_from_db()
        assert gift.downloads_count == 1

    def test_nobody_buys_for_another(self, client, charlie, drone):
        address = self.address(drone)
        for answer in (
            client.post(address, {"buyer_id": charlie.pk}, format="json"),
            client.post(f"{address}?buyer_id={charlie.pk}", format="json"),
        ):
            assert (answer.status_code, answer.json()) == (403, {"detail": "Not enough permissions"})
        assert not Order.objects.exists()

    def test_refused(self, client, client_of, alice, drone):
        own = client_of(alice).post(self.address(drone), format="json")
        assert (own.status_code, own.json()["detail"]) == (400, "You cannot buy your own model")
        assert client.post("/api/models/999999/purchase", format="json").json() == {"detail": "Model not found"}
        declined = client.post(self.address(drone), {"payment_token": "tok_chargeDeclined"}, format="json")
        assert (declined.status_code, declined.json()["detail"]) == (402, "Payment failed")
        assert Order.objects.get().status == "cancelled"
        assert client.post(self.address(drone), format="json").status_code == 200

    def test_what_is_being_bought_is_not_bought_beside_it(self, client, drone):
        coupon_of()
        waits = client.post(self.address(drone), {"payment_token": "tok_threeDSecure2Required"}, format="json")
        again = client.post(self.address(drone), format="json")
        assert (again.status_code, again.json()) == (202, waits.json())
        other = client.post(self.address(drone), {"coupon_code": "SPRING10"}, format="json")
        assert (other.status_code, other.json()["detail"].partition(" already")[0]) == (
            409,
            '"Sci-Fi Drone" is being bought',
        )
        paid = client.post(self.address(drone), {"payment_token": "tok_visa"}, format="json")
        assert (paid.status_code, paid.json()["transaction_id"]) == (200, waits.json()["transaction_id"])
        assert (Order.objects.count(), SandboxIntent.objects.count(), balances()[("gateway", None)]) == (1, 1, -40)

    def test_an_answer_that_was_lost(self, client, drone, monkeypatch):
        charge = SandboxGateway.confirm

        def work_and_fall_silent(self, **call):
            charge(self, **call)
            raise GatewayUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(SandboxGateway, "confirm", work_and_fall_silent)
            assert client.post(self.address(drone), {"payment_token": "tok_visa"}, format="json").status_code >= 500
        again = client.post(self.address(drone), {"payment_token": "tok_mastercard"}, format="json")
        assert (again.status_code, balances()[("gateway", None)]) == (200, -40)

    def test_3d_secure(self, client, drone):
        sent = {"payment_token": "tok_threeDSecure2Required"}
        answer = client.post(self.address(drone), sent, format="json")
        assert (answer.status_code, answer.json()["next_action"]["type"]) == (202, "redirect_to_url")
