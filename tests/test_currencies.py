"""Currencies of two, no and three decimals, from the listing to the payout: what is typed fits them, what is shown is
what is charged."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import Notification, User
from accounts.tests.factories import PASSWORD
from commerce.choices import PaymentMethod
from commerce.models import LedgerEntry, Payment
from commerce.services.audit.ledger import ledger_faults
from commerce.services.refunds.refunds import payment_refund
from commerce.tests.services.payments.test_saved_methods import default_of
from commerce.tests.steps import paid_job, paid_order
from config.core.money import shown
from jobs.models import Job
from jobs.tests.factories import BidFactory, JobFactory, hired_job
from marketplace.models import Listing
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory, Model3DFactory

pytestmark = pytest.mark.django_db
# A price that fits, one that has too many decimals, and what a third off the first comes to.
PRICES = {"USD": ("18.61", "18.605", "12.41"), "JPY": ("1001", "0.40", "667"), "KWD": ("18.605", "18.6055", "12.404")}
V1 = "/api/v1"


@pytest.fixture(params=PRICES)
def currency(request, settings) -> str:
    """All dialects use it, as with PAYMENT_CURRENCY."""
    _everything_in(settings, request.param)
    return request.param


def _everything_in(settings: Any, currency: str) -> None:
    for name, value in settings_of(currency).items():
        setattr(settings, name, value)


def settings_of(currency: str) -> dict[str, Any]:
    return {
        "CURRENCIES": dict.fromkeys(settings.CURRENCIES, currency),
        "SANDBOX_ALLOWED": True,
        "BANK_TRANSFER_ACCOUNT": "PK00 EXAMPLE 0001",
        "JAZZCASH_MERCHANT_ID": "",
    }


def of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
    return client


def _call(client: APIClient, method: str, address: str, body: dict[str, Any], form: bool) -> Any:
    return getattr(client, method.lower())(address, body, format="multipart" if form else "json")


def picture() -> Any:
    file = BytesIO()
    Image.effect_noise((64, 48), 90).save(file, "PNG")
    file.seek(0)
    file.name = "work.png"
    return file


def artwork_form(**changes: Any) -> dict[str, Any]:
    details = {"title": "Vase", "description": "Blue.", "artwork_type": "physical", "image": picture()}
    return details | {"category_id": CategoryFactory.create().pk} | changes


def job_body(**changes: Any) -> dict[str, Any]:
    details: dict[str, Any] = {"title": "Mural", "description": "A wall.", "duration_days": 10, "required_skills": "p"}
    details |= {"category_id": CategoryFactory.create().pk, "experience_level": "entry"}
    deadline = f"{timezone.now() + timedelta(days=9):%Y-%m-%d}"
    return details | {"budget_min": "100", "budget_max": "2000", "deadline": deadline} | changes


def campaign_body(listing: Listing, **changes: Any) -> dict[str, Any]:
    today = f"{timezone.now():%Y-%m-%d}"
    details: dict[str, Any] = {"name": "Sale", "discount_type": "percentage", "discount_value": 33.33}
    return details | {"start_date": today, "end_date": today, "design_ids": [listing.pk]} | changes


def numbers(price: float | str, **changes: Any) -> dict[str, Any]:
    return {"name": "Gear", "price": price, "status": "active"} | changes


# ---------------------------------------------------------------- typed
Typed = Callable[[dict[str, Any], str], Any]


def _artwork(world: dict[str, Any], amount: str) -> Any:
    return _call(of(world["alice"]), "POST", "/api/artworks/", artwork_form(price=amount), True)


def _at(who: str, verb: str, address: str, /, **body: Any) -> Typed:
    """`{name}` in the address is the number of what the world holds under that name; `...` in the body the amount."""

    def call(world: dict[str, Any], amount: str) -> Any:
        filled = {name: amount if value is ... else value for name, value in body.items()}
        filled = {name: value(world) if callable(value) else value for name, value in filled.items()}
        places = {name: thing.pk for name, thing in world.items()}
        return _call(of(world[who]), verb, address.format(**places), filled, False)

    return call


def pk_of(name: str) -> Callable[[dict[str, Any]], int]:
    return lambda world: world[name].pk


TYPED: dict[str, tuple[str, Typed]] = {
    "artwork": ("price", _artwork),
    "artwork edited": ("price", _at("alice", "PATCH", "/api/artworks/{artwork}/", price=...)),
    "equipment": (
        "price",
        _at("admin", "POST", "/api/equipment/", name="Brush", equipment_type="brush", price=..., stock_quantity=3),
    ),
    "equipment edited": ("price", _at("admin", "PATCH", "/api/equipment/{equipment}/", price=...)),
    "design": ("price", _at("alice", "POST", f"{V1}/commerce/designs", name="Gear", price=..., status="active")),
    "design sold": (
        "price",
        _at(
            *("alice", "POST", f"{V1}/commerce/designs/sell"),
            designName="Gear",
            description="x",
            price=...,
            category="other",
            fileOrigin="original",
            licenseType="personal",
            originDeclaration=True,
            qualityAssurance=True,
        ),
    ),
    "design edited": ("price", _at("alice", "PUT", V1 + "/commerce/designs/{design}/edit", price=...)),
    "cart": (
        "price",
        _at(
            *("bob", "POST", f"{V1}/commerce/cart"),
            design_id=pk_of("design"),
            name="x",
            price=...,
            size="M",
            color="",
            icon="",
        ),
    ),
    "job, least": ("budget_min", lambda world, amount: _job(world, budget_min=amount, budget_max="90000")),
    "job, most": ("budget_max", lambda world, amount: _job(world, budget_min="1", budget_max=amount)),
    "job edited": ("budget_min", _at("bob", "PATCH", "/api/jobs/{job}/", budget_min=...)),
    "bid": (
        "bid_amount",
        _at("dora", "POST", "/api/bids/", job_id=pk_of("job"), bid_amount=..., delivery_time=3, cover_letter="x"),
    ),
    "bid changed": ("bid_amount", _at("alice", "PATCH", "/api/bids/{bid}/", bid_amount=...)),
    "hiring": ("final_amount", _at("bob", "POST", "/api/jobs/{job}/hire/", bid_id=pk_of("bid"), final_amount=...)),
    "contract": (
        "amount",
        _at(
            *("bob", "POST", "/api/contracts/"),
            job=pk_of("hired"),
            artist=pk_of("alice"),
            terms="x",
            rights_type="exclusive",
            amount=...,
            deadline="2099-01-01",
        ),
    ),
    "payment": (
        "amount",
        _at(
            *("bob", "POST", "/api/payments/"),
            job=pk_of("hired"),
            payee=pk_of("alice"),
            amount=...,
            payment_method="bank_transfer",
        ),
    ),
    "refund": ("amount", _at("admin", "POST", "/api/admin/payments/{payment}/refund/", amount=...)),
    "dispute": (
        "artist_amount",
        _at(
            *("admin", "POST", "/api/admin/disputes/{dispute}/decide/"),
            outcome="split",
            artist_amount=...,
            buyer_amount="1",
            answer="x",
        ),
    ),
    "campaign": ("discount_value", lambda world, amount: _campaign(world, discount_value=amount)),
    "campaign's budget": ("budget", lambda world, amount: _campaign(world, discount_value="1", budget=amount)),
    "campaign changed": (
        "budget",
        _at("alice", "PUT", V1 + "/advanced-tools/promotion-campaigns/{campaign}", budget=...),
    ),
    "promotion": (
        "budget",
        _at(
            *("alice", "POST", V1 + "/commerce/designs/{design}/promote"),
            promotion_type="featured",
            duration_days=3,
            budget=...,
        ),
    ),
    "payout": (
        "amount",
        _at("alice", "POST", f"{V1}/commerce/payouts", amount=..., method="paypal", net_amount=..., payout_account="a"),
    ),
    "smallest payout": (
        "minimum_payout",
        _at("alice", "PUT", f"{V1}/payment-methods/payout-settings", method="paypal", minimum_payout=...),
    ),
    "rate": (
        "hourly_rate",
        _at("alice", "POST", "/api/artist-profiles/", experience_level="expert", hourly_rate=...),
    ),
}


def _job(world: dict[str, Any], **changes: Any) -> Any:
    return _call(of(world["bob"]), "POST", "/api/jobs/", job_body(**changes), False)


def _campaign(world: dict[str, Any], **changes: Any) -> Any:
    body = campaign_body(world["design"], discount_type="fixed_amount", **changes)
    return _call(of(world["alice"]), "POST", f"{V1}/advanced-tools/promotion-campaigns", body, False)


@pytest.fixture
def world(alice, bob, dora, admin) -> dict[str, Any]:
    """Something of every kind that has an amount, in the currency of the test: 1,000 each."""
    return {"alice": alice, "bob": bob, "dora": dora, "admin": admin}


def things(world: dict[str, Any]) -> None:
    from commerce.services.escrow.disputes import dispute_open
    from commerce.tests.shop import campaign_of

    alice, bob = world["alice"], world["bob"]
    thousand = Decimal(1000)
    world["artwork"] = ArtworkFactory.create(seller=alice, price=thousand)
    world["equipment"] = EquipmentFactory.create(price=thousand)
    world["design"] = Model3DFactory.create(seller=alice, price=thousand)
    world["campaign"] = campaign_of(alice, world["design"], off="10", budget=Decimal(90))
    world["job"] = JobFactory.create(buyer=bob, budget_min=Decimal(1), budget_max=Decimal(9000))
    world["bid"] = BidFactory.create(job=world["job"], artist=alice, bid_amount=Decimal(700))
    world["hired"] = hired_job(buyer=bob, artist=alice)
    _order, world["payment"] = paid_order(bob, ArtworkFactory.create(seller=alice, price=thousand))
    quarrel = paid_job(hired_job(buyer=bob, artist=alice))
    world["dispute"] = dispute_open(actor=bob, job_id=quarrel.job_id, reason="It is late.")
    default_of(alice)


def state() -> list[Any]:
    """What an amount could have changed."""
    return [
        *Listing.objects.order_by("pk").values_list("pk", "price"),
        *Job.objects.order_by("pk").values_list("pk", "budget_min", "budget_max", "final_amount", "status"),
        *Payment.objects.order_by("pk").values_list("pk", "amount", "refunded_amount", "held_amount"),
        LedgerEntry.objects.count(),
    ]


@pytest.mark.parametrize("place", ["artwork", "design", "job, least", "campaign", "payout", "dispute"])
def test_with_stripe_thousandths_are_charged_in_tens(settings, world, place):
    _everything_in(settings, "KWD")
    things(world)
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    field, call = TYPED[place]
    answer = call(world, "18.605")
    assert answer.status_code in (400, 422)
    assert "steps of 0.010" in str(answer.json()), answer.json()
    assert field in str(answer.json())


def test_a_price_from_before_stripe_is_shown_as_it_is_charged(settings, world):
    _everything_in(settings, "KWD")
    design = Model3DFactory.create(seller=world["alice"], price=Decimal("18.605"))
    artwork = ArtworkFactory.create(seller=world["alice"], price=Decimal("18.605"))
    settings.STRIPE_SECRET_KEY = "sk_test_1"
    bob = of(world["bob"])
    asked = bob.get(f"{V1}/commerce/designs/{design.uuid}").json()["price"]
    assert bob.get(f"/api/artworks/{artwork.pk}/").json()["price"] == "18.610"
    body = {"design_id": design.pk, "name": "x", "price": asked, "size": "M", "color": "", "icon": ""}
    answer = bob.post(f"{V1}/commerce/cart", body, format="json")
    assert (asked, answer.status_code, answer.json()["price"]) == (18.61, 201, 18.61)
    order = {"order_type": "artwork", "shipping_address": "x", "artwork_items": [{"artwork_id": artwork.pk}]}
    assert bob.post("/api/orders/", order, format="json").json()["total_amount"] == "18.610"


def test_what_floating_point_adds_is_taken_off(currency, world):
    """100.1 - 2.2 is 97.89999999999999 in a front-end; what it means is what counts."""
    price, _unfit, _sale = PRICES[currency]
    answer = _call(of(world["alice"]), "POST", f"{V1}/commerce/designs", numbers(float(price) + 1e-13), False)
    assert (answer.status_code, answer.json()["price"]) == (201, float(price))
    answer = _call(of(world["alice"]), "POST", f"{V1}/commerce/designs", numbers(float(price) + 0.0004), False)
    assert answer.status_code == 422


# ---------------------------------------------------------------- bought, paid, given back
@pytest.mark.parametrize("method", ["stripe", "bank_transfer", "cash_on_delivery"])
def test_an_order_at_a_third_off_is_paid_by_every_method(currency, world, method):
    """Listed, put into the cart, ordered, paid, refunded in part: each sum is the one that was shown."""
    price, _unfit, sale = PRICES[currency]
    alice, bob, admin = of(world["alice"]), of(world["bob"]), of(world["admin"])
    made = _call(alice, "POST", "/api/artworks/", artwork_form(price=price), True).json()["artwork"]
    Listing.objects.filter(pk=made["id"]).update(status="approved")
    assert made["price"] == price
    answer = _call(
        alice,
        "POST",
        f"{V1}/advanced-tools/promotion-campaigns",
        campaign_body(Listing.objects.get(pk=made["id"])),
        False,
    )
    assert answer.status_code == 201, answer.json()
    body = {"order_type": "artwork", "shipping_address": "x", "artwork_items": [{"artwork_id": made["id"]}]}
    order = bob.post("/api/orders/", body, format="json").json()
    [line] = order["artwork_items"]
    assert (order["total_amount"], line["price"], line["total_price"]) == (sale, sale, sale)

    body = {"order": order["id"], "payee": world["alice"].pk, "amount": sale, "payment_method": method}
    payment = bob.post("/api/payments/", body, format="json").json()
    assert payment["amount"] == sale, payment
    assert Decimal(payment["platform_fee"]) + Decimal(payment["artist_earning"]) == Decimal(sale)
    if method == PaymentMethod.STRIPE:
        bob.post(f"/api/payments/{payment['id']}/process/")
        answer = bob.post(f"/api/payments/{payment['id']}/confirm/", {"payment_method_id": "pm_card_visa"})
    else:
        if method == PaymentMethod.CASH_ON_DELIVERY:
            bob.post(f"/api/orders/{order['id']}/confirm/")
        answer = admin.post(f"/api/admin/payments/{payment['id']}/complete/")
    assert answer.status_code == 200, answer.json()
    smallest = shown(Decimal(1).scaleb(-len(sale.partition(".")[2])), currency)
    for _time in range(2):
        answer = admin.post(f"/api/admin/payments/{payment['id']}/refund/", {"amount": smallest}, format="json")
        assert answer.status_code == 200, answer.json()
    assert answer.json()["payment"]["refund_amount"] == shown(2 * Decimal(smallest), currency)

    row = next(row for row in admin.get("/api/admin/payments/").json()["results"] if row["id"] == payment["id"])
    assert (row["amount"], row["refund_amount"]) == (sale, shown(2 * Decimal(smallest), currency))
    _statement_adds_up(world["alice"], currency)
    answer = admin.post(f"/api/admin/payments/{payment['id']}/refund/", {}, format="json")
    assert answer.json()["payment"]["refund_amount"] == sale
    [account] = alice.get("/api/payments/statement/").json()["balances"]
    assert account == {
        "currency": currency,
        "balance": shown(Decimal(0), currency),
        "held": shown(Decimal(0), currency),
    }
    assert list(ledger_faults()) == []


def test_a_design_is_bought_at_checkout_and_paid_out(currency, world):
    price, _unfit, sale = PRICES[currency]
    alice, bob = of(world["alice"]), of(world["bob"])
    default_of(world["bob"])
    design = Model3DFactory.create(seller=world["alice"], price=Decimal(price))
    _call(alice, "POST", f"{V1}/advanced-tools/promotion-campaigns", campaign_body(design), False)
    body = {"design_id": design.pk, "name": "x", "price": float(price), "size": "M", "color": "", "icon": ""}
    assert bob.post(f"{V1}/commerce/cart", body, format="json").status_code == 201
    [item] = bob.get(f"{V1}/commerce/cart").json()
    assert (item["price"], item["original_price"]) == (float(sale), float(price))
    again = bob.post(f"{V1}/commerce/cart", body | {"price": item["price"]}, format="json")
    assert (again.status_code, again.json()["price"]) == (201, float(sale))
    done = bob.post(f"{V1}/commerce/checkout").json()
    assert (done["success"], done["total_amount"]) == (True, float(shown(2 * Decimal(sale), currency)))

    [sold] = alice.get(f"{V1}/commerce/sales").json()
    figures = alice.get(f"{V1}/analytics/sales", {"period": "day"}).json()
    assert sold["price"] == figures["total_revenue"] == figures["daily_sales"][-1]["revenue"] == done["total_amount"]
    earned = Decimal(str(sold["seller_earnings"]))
    body = {"amount": sold["seller_earnings"], "net_amount": sold["seller_earnings"], "method": "paypal"}
    answer = alice.post(f"{V1}/commerce/payouts", body | {"payout_account": "alice@example.com"}, format="json")
    assert (answer.status_code, answer.json()["amount"]) == (201, float(earned)), answer.json()
    _statement_adds_up(world["alice"], currency)
    assert alice.get("/api/payments/statement/").json()["balances"][0]["balance"] == shown(Decimal(0), currency)
    assert list(ledger_faults()) == []


def test_a_job_is_hired_for_paid_and_split(currency, world):
    """The budget, the bid and the agreed sum stay what they were written as, in every answer and notification."""
    price, _unfit, sale = PRICES[currency]
    alice, bob, admin = of(world["alice"]), of(world["bob"]), of(world["admin"])
    job = bob.post("/api/jobs/", job_body(budget_min=sale, budget_max=price), format="json").json()
    assert (job["budget_min"], job["budget_max"]) == (sale, price)
    bid = {"job_id": job["id"], "bid_amount": sale, "delivery_time": 3, "cover_letter": "x"}
    bid = alice.post("/api/bids/", bid, format="json").json()
    assert (bid["bid_amount"], Notification.objects.get(user=world["bob"]).data["bid_amount"]) == (sale, sale)
    assert bob.get(f"/api/jobs/{job['id']}/").json()["average_bid"] == float(sale)
    hired = bob.post(f"/api/jobs/{job['id']}/hire/", {"bid_id": bid["id"], "final_amount": price}, format="json").json()
    assert hired["job"]["final_amount"] == price
    told = Notification.objects.filter(user=world["alice"]).latest("pk")
    assert (told.data["final_amount"], told.data["bid_amount"]) == (price, sale)
    assert f"for {currency} {price} instead of the {currency} {sale} you bid" in told.message

    paid_job(Job.objects.get(pk=job["id"]))
    dispute = bob.post("/api/disputes/", {"job": job["id"], "reason": "late"}, format="json").json()
    assert (dispute["amount"], dispute["held_amount"]) == (price, price)
    parts = {"artist_amount": sale, "buyer_amount": shown(Decimal(price) - Decimal(sale), currency)}
    body = {"outcome": "split", "answer": "x"} | parts
    decided = admin.post(f"/api/admin/disputes/{dispute['id']}/decide/", body, format="json").json()
    assert {name: decided[name] for name in parts} == parts
    _statement_adds_up(world["alice"], currency)


def _statement_adds_up(seller: User, currency: str) -> None:
    told = of(seller).get("/api/payments/statement/").json()
    [account] = told["balances"]
    so_far = Decimal(0)
    for line in told["results"]:
        so_far += Decimal(line["amount"])
        assert (line["amount"], line["balance"]) == (
            shown(Decimal(line["amount"]), currency),
            shown(so_far, currency),
        )
    assert account["balance"] == shown(so_far, currency)


# ---------------------------------------------------------------- pages of staff
PAGES = {
    "artwork": "/admin/marketplace/artwork/",
    "equipment": "/admin/marketplace/equipment/",
    "model": "/admin/marketplace/model3d/",
    "order": "/admin/commerce/order/",
    "line": "/admin/commerce/orderline/",
    "payment": "/admin/commerce/payment/",
    "share": "/admin/commerce/paymentshare/",
    "entry": "/admin/commerce/ledgerentry/",
    "dispute": "/admin/commerce/dispute/",
    "campaign": "/admin/commerce/campaign/",
    "job": "/admin/jobs/job/",
    "bid": "/admin/jobs/bid/",
}


@pytest.fixture
def office(db) -> Client:
    User.objects.create_superuser("root", "root@example.com", PASSWORD)
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client


@pytest.mark.parametrize("page", PAGES)
def test_lists_of_staff_show_what_is_charged(currency, world, office, page):
    things(world)
    text = office.get(PAGES[page]).content.decode()
    whole = {"USD": "{}.00 USD", "JPY": "{} JPY", "KWD": "{}.000 KWD"}[currency]
    assert any(whole.format(amount) in text for amount in (1000, 900, 850, 700, 10)), page
    if currency != "KWD":
        assert ".000" not in text


ROWS = (
    *("commerce/order", "commerce/orderline", "commerce/payment", "commerce/paymentshare", "commerce/refund"),
    *("commerce/ledgerentry", "commerce/campaign", "jobs/job", "jobs/bid", "marketplace/artwork", "accounts/user"),
)


@pytest.mark.parametrize("page", ROWS)
def test_pages_of_a_row_show_what_is_charged(settings, world, office, admin, page):
    """Three places stand in every column; a yen has none."""
    _everything_in(settings, "JPY")
    things(world)
    payment_refund(actor=admin, payment_id=world["payment"].pk, amount=Decimal(10))
    table = apps.get_model(page.replace("/", ".")).objects
    row = table.get(username="alice") if page == "accounts/user" else table.order_by("pk").first()
    text = office.get(f"/admin/{page}/{row.pk}/change/").content.decode()
    assert " JPY" in text
    assert ".000" not in text


def test_a_price_in_a_form_of_staff(currency, world, office):
    price, unfit, _sale = PRICES[currency]
    equipment = EquipmentFactory.create(price=Decimal(price), image="")
    address = f"/admin/marketplace/equipment/{equipment.pk}/change/"
    assert f'value="{price}"' in office.get(address).content.decode()
    form = {"title": "Brush", "description": "x", "equipment_type": "brush", "stock": "3", "price": unfit}
    answer = office.post(address, form | {"category": equipment.category_id})
    assert answer.status_code == 200
    assert "decimal places" in answer.content.decode()
    equipment.refresh_from_db()
    assert equipment.price == Decimal(price)
