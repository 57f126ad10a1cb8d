import pytest

from commerce.choices import OrderStatus, PaymentMethod
from commerce.models import Order
from commerce.services.checkout.fulfilment import order_cancel, order_progress
from commerce.services.orders.orders import order_confirm
from commerce.services.payments.at_gateway import payment_confirm, payment_process
from commerce.tests.documents.reading import text_of
from commerce.tests.steps import order_of, paid_order, payment_of
from config.core.models import IdempotentCall
from marketplace.tests.factories import ArtworkFactory, EquipmentFactory

pytestmark = pytest.mark.django_db
ADDRESS = "123 Main Street, Gulberg, Lahore, Pakistan"
HOME = "1 Example Street, Lahore"  # of `order_of`
ORDER_KEYS = {
    "id",
    "buyer",
    "order_type",
    "status",
    "total_amount",
    "currency",
    "shipping_address",
    "created_at",
    "updated_at",
    "artwork_items",
    "equipment_items",
}


@pytest.mark.operation("cultureup.orders.create")
class TestCreate:
    def test_the_documented_order(self, client_of, bob, artwork):
        waves = ArtworkFactory(title="Ocean Waves", price="299.99", seller__username="artist_jane")
        answer = client_of(bob).post(
            "/api/orders/",
            {
                "order_type": "artwork",
                "shipping_address": ADDRESS,
                "artwork_items": [
                    {"artwork_id": artwork.pk, "quantity": 1},
                    {"artwork_id": waves.pk, "quantity": 2},
                ],
            },
            format="json",
        )
        assert answer.status_code == 201
        order = answer.json()
        assert set(order) == ORDER_KEYS
        assert order["buyer"] == {"id": bob.pk, "username": "bob"}
        assert (order["status"], order["total_amount"], order["equipment_items"]) == ("pending", "899.97", [])
        assert order["artwork_items"][1] | {"id": 0} == {
            "id": 0,
            "artwork": waves.pk,
            "artwork_title": "Ocean Waves",
            "artwork_artist": "artist_jane",
            "quantity": 2,
            "price": "299.99",
            "total_price": "599.98",
            "discount_amount": "0.00",
            "shipped_at": None,
        }
        assert order["created_at"].endswith("Z")

    def test_a_mixed_order_is_an_equipment_order(self, client_of, bob, artwork):
        brush = EquipmentFactory(title="Brush Set", price="45.99", stock=2)
        answer = client_of(bob).post(
            "/api/orders/",
            {
                "order_type": "equipment",
                "shipping_address": ADDRESS,
                "artwork_items": [{"artwork_id": artwork.pk}],
                "equipment_items": [{"equipment_id": brush.pk, "quantity": 2}],
            },
            format="json",
        )
        assert answer.status_code == 201
        assert answer.json()["equipment_items"][0]["equipment_name"] == "Brush Set"
        assert answer.json()["total_amount"] == "391.97"

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"order_type": "gift"}, "order_type"),
            ({"order_type": None}, "order_type"),
            ({"shipping_address": ""}, "shipping_address"),
            ({"shipping_address": "x" * 501}, "shipping_address"),
            ({"shipping_address": "a\x00b"}, "shipping_address"),
            ({"artwork_items": []}, "artwork_items"),
            ({"artwork_items": "1"}, "artwork_items"),
            ({"artwork_items": [7]}, "artwork_items"),
            ({"artwork_items": [{"artwork_id": 1, "quantity": 0}]}, "artwork_items"),
            ({"artwork_items": [{"artwork_id": 1, "quantity": 10**12}]}, "artwork_items"),
            ({"artwork_items": [{"artwork_id": 10**30}]}, "artwork_items"),
            ({"artwork_items": [{"quantity": 1}]}, "artwork_items"),
            ({"artwork_items": [{"artwork_id": 999999}]}, "artwork_items"),
        ],
    )
    def test_bad_input_names_the_field_and_changes_nothing(self, client_of, bob, artwork, change, field):
        body = {
            "order_type": "artwork",
            "shipping_address": ADDRESS,
            "artwork_items": [{"artwork_id": artwork.pk}],
        }
        answer = client_of(bob).post("/api/orders/", body | change, format="json")
        assert answer.status_code == 400
        assert list(answer.json()) == [field]
        assert not Order.objects.exists()

    @pytest.mark.parametrize("raw", [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 5000])
    def test_bodies_that_are_no_object(self, client_of, bob, raw):
        answer = client_of(bob).post("/api/orders/", raw, content_type="application/json")
        assert answer.status_code == 400, answer.content

    def test_what_the_client_says_about_money_and_status_is_ignored(self, client_of, bob, charlie, artwork):
        answer = client_of(bob).post(
            "/api/orders/",
            {
                "order_type": "artwork",
                "shipping_address": ADDRESS,
                "artwork_items": [{"artwork_id": artwork.pk, "price": "0.01", "total_price": "0.01"}],
                "total_amount": "0.01",
                "status": "delivered",
                "buyer": charlie.pk,
            },
            format="json",
        )
        assert answer.json()["total_amount"] == "299.99"
        assert answer.json()["status"] == "pending"
        assert answer.json()["buyer"]["id"] == bob.pk

    def test_an_idempotency_key_places_one_order(self, client_of, bob, artwork):
        body = {"order_type": "artwork", "shipping_address": ADDRESS, "artwork_items": [{"artwork_id": artwork.pk}]}
        client = client_of(bob)
        first = client.post("/api/orders/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
        again = client.post("/api/orders/", body, format="json", HTTP_IDEMPOTENCY_KEY="one")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again["Idempotent-Replayed"] == "true"
        assert Order.objects.count() == 1
        other = client.post("/api/orders/", body | {"shipping_address": "y"}, format="json", HTTP_IDEMPOTENCY_KEY="one")
        assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")

    def test_a_refusal_is_replayed_too(self, client_of, bob):
        body = {"order_type": "artwork", "shipping_address": ADDRESS, "artwork_items": [{"artwork_id": 5}]}
        for _ in range(2):
            answer = client_of(bob).post("/api/orders/", body, format="json", HTTP_IDEMPOTENCY_KEY="bad")
            assert answer.status_code == 400
        assert IdempotentCall.objects.get().status == 400

    @pytest.mark.parametrize("key", ["x" * 256, "line\u2028break"])
    def test_keys_that_are_no_keys(self, client_of, bob, key):
        answer = client_of(bob).post("/api/orders/", {}, format="json", HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code == 400

    def test_nobody_orders_without_a_token(self, client_of):
        answer = client_of(None).post("/api/orders/", {}, format="json")
        assert (answer.status_code, set(answer.json())) == (401, {"detail"})


@pytest.mark.operation("cultureup.orders.list")
class TestList:
    def test_own_purchases_in_the_envelope(self, client_of, bob, charlie, artwork):
        order_of(bob, artwork)
        order_of(charlie, artwork)
        page = client_of(bob).get("/api/orders/").json()
        assert (page["count"], page["next"], page["previous"]) == (1, None, None)
        assert set(page["results"][0]) == ORDER_KEYS

    def test_filters_and_orderings(self, client_of, bob, artwork):
        cheap = order_of(bob, EquipmentFactory(price="1.00"))
        dear = order_of(bob, artwork)
        order_cancel(actor=bob, order_id=dear.pk)

        def ids(**query):
            answer = client_of(bob).get("/api/orders/", query)
            assert answer.status_code == 200, answer.content
            return [order["id"] for order in answer.json()["results"]]

        assert ids() == [dear.pk, cheap.pk]
        assert ids(ordering="created_at") == [cheap.pk, dear.pk]
        assert ids(ordering="total_amount") == [cheap.pk, dear.pk]
        assert ids(ordering="-total_amount") == [dear.pk, cheap.pk]
        assert ids(order_type="equipment") == [cheap.pk]
        assert ids(status="cancelled") == [dear.pk]
        assert ids(page_size=1) == [dear.pk]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"status": "lost"}, 400),
            ({"ordering": "buyer"}, 400),
            ({"role": "admin"}, 400),
            ({"page": "two"}, 400),
            ({"page": "0"}, 400),
            ({"page_size": "many"}, 400),
            ({"page": "9" * 30}, 404),
            ({"status": "\x00"}, 400),
        ],
    )
    def test_malformed_parameters(self, client_of, bob, query, status):
        assert client_of(bob).get("/api/orders/", query).status_code == status

    def test_a_seller_sees_orders_of_his_works_with_his_lines_alone(self, client_of, alice, bob, artwork):
        other = ArtworkFactory()
        order_of(bob, artwork, other)
        page = client_of(alice).get("/api/orders/", {"role": "seller"}).json()
        assert [item["artwork"] for item in page["results"][0]["artwork_items"]] == [artwork.pk]
        assert page["results"][0]["total_amount"] == "299.99"
        assert client_of(alice).get("/api/orders/").json()["count"] == 0

    def test_a_seller_orders_by_what_theirs_come_to(self, client_of, alice, bob, artwork):
        cheap, dear = ArtworkFactory(seller=alice, price="5.00"), ArtworkFactory(price="9000.00")
        with_dear, alone = order_of(bob, cheap, dear), order_of(bob, artwork)
        query = {"role": "seller", "ordering": "total_amount"}
        rows = client_of(alice).get("/api/orders/", query).json()["results"]
        assert [(row["id"], row["total_amount"]) for row in rows] == [(with_dear.pk, "5.00"), (alone.pk, "299.99")]
        assert client_of(alice).get(f"/api/orders/{with_dear.pk}/").json()["total_amount"] == "5.00"
        assert client_of(bob).get(f"/api/orders/{with_dear.pk}/").json()["total_amount"] == "9005.00"

    def test_the_number_of_queries_does_not_grow(self, client_of, bob, artwork, django_assert_num_queries):
        client = client_of(bob)
        order_of(bob, artwork)
        with django_assert_num_queries(4):
            client.get("/api/orders/")
        for _ in range(15):
            order_of(bob, artwork, ArtworkFactory())
        with django_assert_num_queries(4):
            client.get("/api/orders/")


@pytest.mark.operation("cultureup.orders.get")
def test_an_order_is_for_its_buyer_its_sellers_and_staff(client_of, alice, bob, charlie, staff, artwork):
    order = order_of(bob, artwork)
    for person, status in ((bob, 200), (alice, 200), (staff, 200), (charlie, 404), (None, 401)):
        answer = client_of(person).get(f"/api/orders/{order.pk}/")
        assert answer.status_code == status
    assert client_of(charlie).get(f"/api/orders/{order.pk}/").json() == {"detail": "Order not found"}


class TestTheAddressForSellers:
    """A buyer's home is shown to those who send something there, from payment to cancellation."""

    @pytest.fixture
    def piece(self, alice):
        return ArtworkFactory(seller=alice, artwork_type="physical")

    @pytest.fixture
    def seen(self, client_of):
        def seen(person, order):
            row = next(
                row
                for row in client_of(person).get("/api/orders/", {"role": "seller"}).json()["results"]
                if row["id"] == order.pk
            )
            alone = client_of(person).get(f"/api/orders/{order.pk}/").json()
            assert row == alone
            text = text_of(client_of(person).get(f"/api/orders/{order.pk}/receipt/").content)
            assert ("1 Example Street" in text) == bool(alone["shipping_address"])
            return alone["shipping_address"]

        return seen

    def test_from_payment_on_until_it_is_cancelled(self, seen, client_of, alice, bob, staff, piece):
        order = order_of(bob, piece)
        assert seen(alice, order) == ""
        order_confirm(actor=bob, order_id=order.pk)
        assert seen(alice, order) == ""
        payment = payment_of(order)
        payment_process(actor=bob, payment_id=payment.pk)
        payment_confirm(actor=bob, payment_id=payment.pk, payment_method="pm_card_visa")
        assert seen(alice, order) == HOME
        order_cancel(actor=bob, order_id=order.pk)
        assert seen(alice, order) == ""
        for person in (bob, staff):
            assert client_of(person).get(f"/api/orders/{order.pk}/").json()["shipping_address"] == HOME

    def test_cash_on_delivery_from_the_confirmation_on(self, seen, alice, bob, piece):
        order = order_of(bob, piece)
        payment_of(order, PaymentMethod.CASH_ON_DELIVERY)
        assert seen(alice, order) == ""
        order_confirm(actor=bob, order_id=order.pk)
        assert seen(alice, order) == HOME
        order_progress(actor=alice, order_id=order.pk, status=OrderStatus.SHIPPED)
        assert seen(alice, order) == HOME

    def test_not_by_whoever_sells_files_alone(self, seen, alice, bob, piece):
        file = ArtworkFactory(artwork_type="digital")
        order, _payment = paid_order(bob, piece, file)
        assert (seen(alice, order), seen(file.seller, order)) == (HOME, "")


@pytest.mark.operation("cultureup.orders.update")
def test_a_pending_order_can_be_rewritten_by_its_buyer(client_of, bob, charlie, artwork):
    order = order_of(bob, artwork)
    body = {
        "order_type": "artwork",
        "shipping_address": "2 New Street",
        "artwork_items": [{"artwork_id": artwork.pk, "quantity": 3}],
    }
    assert client_of(charlie).put(f"/api/orders/{order.pk}/", body, format="json").status_code == 404
    answer = client_of(bob).put(f"/api/orders/{order.pk}/", body, format="json")
    assert answer.status_code == 200
    assert (answer.json()["total_amount"], answer.json()["shipping_address"]) == ("899.97", "2 New Street")


@pytest.mark.operation("cultureup.orders.partial_update")
class TestPartialUpdate:
    def test_the_buyer_changes_the_address(self, client_of, bob, artwork):
        order = order_of(bob, artwork)
        answer = client_of(bob).patch(
            f"/api/orders/{order.pk}/", {"shipping_address": "456 New Street", "status": ""}, format="json"
        )
        assert answer.status_code == 400
        answer = client_of(bob).patch(f"/api/orders/{order.pk}/", {"shipping_address": "456 New Street"}, format="json")
        assert answer.json()["shipping_address"] == "456 New Street"

    def test_the_seller_ships_and_delivers_and_cannot_touch_the_address(self, client_of, alice, bob):
        order, _payment = paid_order(bob, ArtworkFactory(seller=alice, artwork_type="physical"))
        for status in ("shipped", "delivered"):
            answer = client_of(alice).patch(f"/api/orders/{order.pk}/", {"status": status}, format="json")
            assert (answer.status_code, answer.json()["status"]) == (200, status)
        answer = client_of(alice).patch(f"/api/orders/{order.pk}/", {"shipping_address": "Mine"}, format="json")
        assert answer.status_code == 403

    def test_the_buyer_cannot_deliver_to_himself_and_strangers_see_nothing(self, client_of, alice, bob, charlie):
        order, _payment = paid_order(bob, ArtworkFactory(seller=alice, artwork_type="physical"))
        for person, status in ((bob, 403), (charlie, 404)):
            answer = client_of(person).patch(f"/api/orders/{order.pk}/", {"status": "delivered"}, format="json")
            assert answer.status_code == status
        order.refresh_from_db()
        assert order.status == OrderStatus.CONFIRMED

    def test_what_is_refused_in_part_is_refused_whole(self, client_of, alice, bob):
        order, _payment = paid_order(bob, ArtworkFactory(seller=alice, artwork_type="physical"))
        both = {"shipping_address": "456 New Street", "status": "shipped"}
        for person in (alice, bob):
            assert client_of(person).patch(f"/api/orders/{order.pk}/", both, format="json").status_code == 403
        after = client_of(bob).get(f"/api/orders/{order.pk}/").json()
        assert (after["shipping_address"], after["status"]) == (order.shipping_address, "confirmed")


@pytest.mark.operation("cultureup.orders.delete")
def test_delete(client_of, bob, charlie, artwork):
    order = order_of(bob, artwork)
    assert client_of(charlie).delete(f"/api/orders/{order.pk}/").status_code == 404
    answer = client_of(bob).delete(f"/api/orders/{order.pk}/")
    assert (answer.status_code, answer.content) == (204, b"")
    paid, _payment = paid_order(bob, artwork)
    answer = client_of(bob).delete(f"/api/orders/{paid.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong_order_status")


@pytest.mark.operation("cultureup.orders.confirm")
def test_confirm(client_of, bob, charlie, artwork):
    order = order_of(bob, artwork)
    assert client_of(charlie).post(f"/api/orders/{order.pk}/confirm/").status_code == 404
    answer = client_of(bob).post(f"/api/orders/{order.pk}/confirm/")
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Order confirmed successfully",
        "order": {"id": order.pk, "status": "confirmed"},
    }
    assert client_of(bob).post(f"/api/orders/{order.pk}/confirm/").status_code == 400


@pytest.mark.operation("cultureup.orders.cancel")
def test_cancel(client_of, bob, charlie, artwork):
    order = order_of(bob, artwork)
    payment_of(order)
    assert client_of(charlie).post(f"/api/orders/{order.pk}/cancel/").status_code == 404
    answer = client_of(bob).post(f"/api/orders/{order.pk}/cancel/")
    assert answer.json() == {
        "message": "Order cancelled successfully",
        "order": {"id": order.pk, "status": "cancelled"},
    }


@pytest.mark.operation("cultureup.orders.download")
class TestDownload:
    def url(self, order):
        return f"/api/orders/{order.pk}/items/{order.lines.get().pk}/download/"

    def test_a_paid_file_comes_by_a_link_that_works_without_a_token(self, client_of, bob, artwork):
        order, _payment = paid_order(bob, artwork)
        answer = client_of(bob).post(self.url(order))
        assert answer.status_code == 200
        assert answer.json()["download_count"] == 1
        assert answer.json()["expires_at"].endswith("Z")
        file = client_of(None).get(answer.json()["download_url"].removeprefix("http://testserver"))
        assert (file.status_code, file["Content-Type"]) == (200, "image/jpeg")
        assert file["Content-Disposition"] == f'attachment; filename="artwork-{artwork.pk}.jpg"'

    def test_ten_links_and_no_more(self, client_of, bob, artwork):
        order, _payment = paid_order(bob, artwork)
        answers = [client_of(bob).post(self.url(order)) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [403]
        assert order.lines.get().download_count == 10

    def test_not_unpaid_refunded_physical_or_for_others(self, client_of, alice, bob, charlie, admin, artwork):
        unpaid = order_of(bob, artwork)
        assert client_of(bob).post(self.url(unpaid)).status_code == 403
        order, payment = paid_order(bob, artwork)
        for person in (alice, charlie, admin):
            assert client_of(person).post(self.url(order)).status_code == 404
        from commerce.services.refunds.refunds import payment_refund

        payment_refund(actor=admin, payment_id=payment.pk)
        assert client_of(bob).post(self.url(order)).status_code == 403
        canvas, _payment = paid_order(bob, ArtworkFactory(artwork_type="physical"))
        assert client_of(bob).post(self.url(canvas)).status_code == 400
