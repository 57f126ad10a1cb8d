"""CultureUp's requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.tests.factories import PASSWORD
from jobs.models import Job
from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Body, Request, fixed, of, person, picture
from tests.roles.requests.sign_ins import sign_ins

if TYPE_CHECKING:
    from tests.roles.world import World


def artwork_form(world: World, _role: str) -> Body:
    return {
        "title": "New work",
        "description": "In oil.",
        "category_id": world.category.pk,
        "artwork_type": "digital",
        "price": "10.00",
        "image": picture(),
    }


def artwork_text(world: World, role: str) -> Body:
    return {name: value for name, value in artwork_form(world, role).items() if name != "image"}


def job_body(world: World, _role: str) -> Body:
    return {
        "title": "Logo design for a start-up",
        "description": "A modern, minimalist logo.",
        "category_id": world.category.pk,
        "budget_min": "500.00",
        "budget_max": "1000.00",
        "duration_days": 7,
        "required_skills": "Logo Design, Branding",
        "experience_level": "expert",
        "deadline": f"{timezone.now() + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
    }


def order_body(world: World, _role: str) -> Body:
    return {
        "order_type": "artwork",
        "shipping_address": "1 Example Street, Lahore",
        "artwork_items": [{"artwork_id": world.artwork.pk, "quantity": 1}],
        "equipment_items": [{"equipment_id": world.equipment.pk, "quantity": 1}],
    }


def payment_body(world: World, _role: str) -> Body:
    return {
        "payee": world.people["artist"].pk,
        "order": world.order_to_pay.pk,
        "amount": f"{world.order_to_pay.total_amount:.2f}",
        "payment_method": "stripe",
    }


def message_body(world: World, _role: str) -> Body:
    return {"receiver_id": world.bystander.pk, "content": "Could it be in gold?", "job": None}


def message_with_attachment(world: World, _role: str) -> Body:
    return {"receiver_id": world.bystander.pk, "content": "As drawn here.", "attachment": picture()}


def equipment_form(_world: World, _role: str) -> Body:
    return {
        "name": "Brush set",
        "description": "Twelve sizes.",
        "equipment_type": "brush",
        "price": "45.99",
        "stock_quantity": 50,
        "image": picture(),
    }


def contract_body(job: str) -> Callable[[World, str], Body]:
    """For the job of that name in the world."""

    def body(world: World, _role: str) -> Body:
        agreed: Job = getattr(world, job)
        return {
            "job": agreed.pk,
            "artist": world.people["artist"].pk,
            "terms": "A unique logo with three revisions.",
            "rights_type": "exclusive",
            "amount": f"{agreed.final_amount:.2f}",
            "deadline": "2099-10-20T23:59:59Z",
        }

    return body


def job_payment_body(world: World, _role: str) -> Body:
    job = world.job_in_progress
    return {
        "payee": world.people["artist"].pk,
        "job": job.pk,
        "amount": f"{job.final_amount:.2f}",
        "payment_method": "stripe",
    }


def dispute_body(world: World, _role: str) -> Body:
    return {"job": world.job_paid.job_id, "reason": "It is not what we agreed on."}


def item_of_paid_order(world: World) -> dict[str, int]:
    line = world.paid_order.lines.get()
    return {"id": world.paid_order.pk, "item_id": line.pk}


def second_factor_on(world: World, role: str) -> None:
    world.code_of(role)


REGISTRATION = {
    "username": "newcomer",
    "email": "newcomer@example.com",
    "password": PASSWORD,
    "password_confirm": PASSWORD,
    "user_type": "artist",
    "first_name": "New",
    "last_name": "Comer",
}
ACCOUNT = fixed(first_name="Ann", last_name="Example", email="ann@example.com", phone_number="+92 42 1234567")
ARTIST = fixed(experience_level="expert", hourly_rate="60.00", bio="Paints.", is_available=True)
BUYER = fixed(company_name="Creative Co", address="2 Example Street, Lahore")
BID = {"bid_amount": "750.00", "delivery_time": 5, "cover_letter": "I have drawn logos for ten years."}
CARD = fixed(payment_method_id="pm_card_visa", return_url="http://localhost:3000/paid")
REVIEW = {"rating": 5, "comment": "Excellent work."}

CULTUREUP: dict[str, Request] = {
    "auth.register": Request(body=fixed(**REGISTRATION)),
    "auth.login": Request(body=fixed(username="eve", password=PASSWORD)),
    "auth.profile_get": Request(),
    "auth.profile_put": Request(body=ACCOUNT),
    "auth.profile_patch": Request(body=fixed(first_name="Ann")),
    "auth.logout": Request(),
    "auth.password.change": CHANGE,
    "auth.password.forgot": FORGOT,
    "auth.password.reset": RESET,
    **sign_ins("auth."),
    "twofactor.verify": Request(body=lambda world, _role: world.half_signed_in()),
    "twofactor.setup": Request(),
    "twofactor.reset_setup": Request(),
    "twofactor.enable": Request(body=lambda world, role: {"totp_code": world.code_of_a_new_setup(role)}),
    "twofactor.disable": Request(body=lambda world, role: {"password": PASSWORD, "totp_code": world.code_of(role)}),
    "twofactor.status": Request(),
    "twofactor.backup_codes": Request(before=second_factor_on),
    "artist_profiles.list": Request(),
    "artist_profiles.create": Request(body=ARTIST),
    "artist_profiles.get": Request(path=person("artist")),
    "artist_profiles.update": Request(path=person("artist"), body=ARTIST),
    "artist_profiles.partial_update": Request(path=person("artist"), body=fixed(bio="Paints in oil.")),
    "artist_profiles.delete": Request(path=person("artist")),
    "artist_profiles.reviews": Request(path=person("artist")),
    "artist_profiles.artworks": Request(path=person("artist")),
    "buyer_profiles.list": Request(),
    "buyer_profiles.create": Request(body=BUYER),
    "buyer_profiles.get": Request(path=person("buyer", "user_id")),
    "buyer_profiles.update": Request(path=person("buyer", "user_id"), body=BUYER),
    "buyer_profiles.partial_update": Request(path=person("buyer", "user_id"), body=fixed(company_name="Ours")),
    "buyer_profiles.delete": Request(path=person("buyer", "user_id")),
    "buyer_profiles.purchases": Request(path=person("buyer", "user_id")),
    "categories.list": Request(),
    "categories.get": Request(path=of("category")),
    "artworks.list": Request(),
    "artworks.create": Request(body=artwork_form, form=True),
    "artworks.featured": Request(),
    "artworks.get": Request(path=of("artwork")),
    "artworks.get (not approved)": Request(path=of("pending")),
    "artworks.update": Request(path=of("artwork"), body=artwork_text, form=True),
    "artworks.partial_update": Request(path=of("artwork"), body=fixed(title="Sunset, again"), form=True),
    "artworks.partial_update (an image)": Request(path=of("artwork"), body=artwork_form, form=True),
    "artworks.delete": Request(path=of("artwork")),
    "artworks.like": Request(path=of("artwork")),
    "artworks.unlike": Request(path=of("artwork")),
    "artworks.duplicate_check": Request(path=of("artwork")),
    "artworks.appeal": Request(path=of("held"), body=fixed(reason="I painted it.")),
    "jobs.list": Request(),
    "jobs.get": Request(path=of("job")),
    "jobs.create": Request(body=job_body),
    "jobs.update": Request(path=of("job"), body=job_body),
    "jobs.partial_update": Request(path=of("job"), body=fixed(budget_max="1200.00")),
    "jobs.delete": Request(path=of("job")),
    "jobs.bids": Request(path=of("job")),
    "jobs.hire": Request(path=of("job"), body=lambda w, _role: {"bid_id": w.bid.pk, "final_amount": "850.00"}),
    "jobs.deliver": Request(path=of("job_in_progress")),
    "jobs.request_changes": Request(path=of("job_delivered"), body=fixed(message="Make it blue, please.")),
    "jobs.complete": Request(path=of("job_in_progress")),
    "jobs.cancel": Request(path=of("job"), body=fixed(reason="No longer needed.")),
    "jobs.cancel (in progress)": Request(path=of("job_in_progress"), body=fixed(reason="No longer needed.")),
    "bids.list": Request(),
    "bids.get": Request(path=of("bid")),
    "bids.create": Request(body=lambda world, _role: BID | {"job_id": world.job_without_bids.pk}),
    "bids.update": Request(path=of("bid"), body=fixed(**BID)),
    "bids.partial_update": Request(path=of("bid"), body=fixed(bid_amount="725.00", delivery_time=6)),
    "bids.delete": Request(path=of("bid")),
    "orders.list": Request(),
    "orders.create": Request(body=order_body),
    "orders.get": Request(path=of("order")),
    "orders.update": Request(path=of("order"), body=order_body),
    "orders.partial_update": Request(path=of("order"), body=fixed(shipping_address="2 Example Street, Lahore")),
    "orders.partial_update (shipped)": Request(path=of("posted"), body=fixed(status="shipped")),
    "orders.delete": Request(path=of("order")),
    "orders.confirm": Request(path=of("order")),
    "orders.cancel": Request(path=of("order")),
    "orders.download": Request(path=item_of_paid_order),
    "orders.receipt": Request(path=of("paid_order")),
    "payments.list": Request(),
    "payments.create": Request(body=payment_body),
    "payments.get": Request(path=of("payment")),
    "payments.process": Request(path=of("payment")),
    "payments.confirm": Request(path=of("payment"), body=CARD),
    "payments.three_d_secure": Request(path=of("paid")),
    "payments.create (a job)": Request(body=job_payment_body),
    "payments.statement": Request(),
    "payments.statement (as CSV)": Request(query={"format": "csv", "currency": "PKR"}),
    "disputes.list": Request(),
    "disputes.create": Request(body=dispute_body),
    "disputes.get": Request(path=of("dispute")),
    "disputes.withdraw": Request(path=of("dispute")),
    "messages.list": Request(),
    "messages.create": Request(body=message_body),
    "messages.create (an attachment)": Request(body=message_with_attachment, form=True),
    "messages.get": Request(path=of("message")),
    "messages.update": Request(path=of("message"), body=fixed(content="In silver, then.")),
    "messages.partial_update": Request(path=of("message"), body=fixed(content="In silver, then.")),
    "messages.delete": Request(path=of("message")),
    "messages.mark_read": Request(path=of("message")),
    "messages.conversations": Request(),
    "blocks.list": Request(),
    "blocks.add": Request(path=of("bystander")),
    "blocks.remove": Request(path=of("bystander")),
    "reviews.list": Request(),
    "reviews.create": Request(body=lambda world, _role: REVIEW | {"job": world.job_completed.pk}),
    "reviews.get": Request(path=of("review")),
    "reviews.update": Request(path=of("review"), body=lambda world, _role: REVIEW | {"job": world.review.job_id}),
    "reviews.partial_update": Request(path=of("review"), body=fixed(rating=4)),
    "reviews.delete": Request(path=of("review")),
    "contracts.list": Request(),
    "contracts.create": Request(body=contract_body("job_in_progress")),
    "contracts.get": Request(path=of("contract")),
    "contracts.get (a draft)": Request(path=of("contract_draft")),
    "contracts.update": Request(path=of("contract"), body=contract_body("contract_job")),
    "contracts.partial_update": Request(path=of("contract"), body=fixed(terms="Two logos.", rights_type="commercial")),
    "contracts.delete": Request(path=of("contract")),
    "contracts.sign": Request(path=of("contract")),
    "notifications.list": Request(),
    "notifications.unread_count": Request(),
    "notifications.mark_all_read": Request(),
    "notifications.get": Request(path=of("notification")),
    "notifications.mark_read": Request(path=of("notification")),
    "equipment.list": Request(),
    "equipment.create": Request(body=equipment_form, form=True),
    "equipment.get": Request(path=of("equipment")),
    "equipment.update": Request(path=of("equipment"), body=equipment_form, form=True),
    "equipment.partial_update": Request(path=of("equipment"), body=fixed(price="49.99")),
    "equipment.delete": Request(path=of("equipment")),
    "equipment.in_stock": Request(),
    "dashboard.stats": Request(),
    "search": Request(query={"q": "sunset"}),
    "analytics.list": Request(),
    "analytics.get": Request(path=of("figures")),
    "analytics.calculate_today": Request(),
    "admin.dashboard": Request(),
    "admin.revenue_report": Request(),
    "admin.users.list": Request(),
    "admin.users.verify": Request(path=person("other_artist")),
    "admin.users.activate": Request(path=of("bystander")),
    "admin.users.deactivate": Request(path=of("bystander")),
    "admin.users.deactivate (an administrator)": Request(path=person("admin")),
    "admin.users.deactivate (a superuser)": Request(path=person("superuser")),
    "admin.users.make_staff": Request(path=of("bystander")),
    "admin.users.make_staff (a superuser)": Request(path=person("superuser")),
    "admin.users.stats": Request(),
    "admin.users.bulk": Request(body=lambda world, _role: {"user_ids": [world.bystander.pk], "action": "verify"}),
    "admin.artworks.list": Request(),
    "admin.artworks.approve": Request(path=of("held")),
    "admin.artworks.feature": Request(path=of("artwork")),
    "admin.artworks.stats": Request(),
    "admin.artworks.bulk": Request(body=lambda world, _role: {"artwork_ids": [world.held.pk], "action": "approve"}),
    "admin.appeals.list": Request(),
    "admin.appeals.decide": Request(path=of("appeal"), body=fixed(accept=True, answer="It is yours.")),
    "admin.jobs.list": Request(),
    "admin.jobs.close": Request(path=of("job_in_progress"), body=fixed(reason="Against the rules.")),
    "admin.jobs.stats": Request(),
    "admin.payments.list": Request(),
    "admin.payments.release": Request(path=of("paid"), body=fixed(force=True, reason="Agreed.")),
    "admin.payments.release (a job's)": Request(path=of("job_paid"), body=fixed(force=True, reason="Agreed.")),
    "admin.payments.refund": Request(path=of("paid"), body=fixed(amount="10.00", reason="A scratch.")),
    "admin.payments.complete": Request(path=of("transfer")),
    "admin.payments.stats": Request(),
    "admin.disputes.list": Request(),
    "admin.disputes.decide": Request(
        path=of("dispute"),
        body=fixed(outcome="split", artist_amount="500.00", buyer_amount="350.00", answer="Half of it is done."),
    ),
    "admin.categories.create": Request(body=fixed(name="Sculpture", description="In stone.")),
    "admin.categories.activate": Request(path=of("category")),
    "admin.categories.deactivate": Request(path=of("category")),
    "admin.equipment.update_stock": Request(path=of("equipment"), body=fixed(stock_quantity=75)),
    "admin.orders.force_complete": Request(path=of("posted"), body=fixed(reason="It has arrived.")),
    "admin.orders.cancel": Request(path=of("order"), body=fixed(reason="Against the rules.")),
}
