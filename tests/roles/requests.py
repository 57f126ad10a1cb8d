"""One valid request for each route, in the world of `world`: what is called, and with what.

A second one of the same route says in brackets what is different about it.
A value that depends on the caller is made by a function of world and role.
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from accounts.services.sessions import refresh_token_issue
from accounts.services.verification import verification_token
from accounts.tests.factories import PASSWORD
from jobs.models import Job
from marketplace.tests.solids import mesh_file
from tests.roles.world import World

Body = dict[str, Any]


@dataclass
class Request:
    """`path` has the path's parameters. `body` is JSON, or a form when `form` says so."""

    path: Callable[[World], dict[str, int]] = field(default=lambda _world: {})
    body: Callable[[World, str], Body] | None = None
    form: bool = False
    query: dict[str, str] | Callable[[World], dict[str, Any]] = field(default_factory=dict)
    before: Callable[[World, str], None] = field(default=lambda _world, _role: None)


def of(name: str, parameter: str = "id") -> Callable[[World], dict[str, int]]:
    """The id of a thing of the world."""
    return lambda world: {parameter: getattr(world, name).pk}


def person(role: str, parameter: str = "id") -> Callable[[World], dict[str, int]]:
    return lambda world: {parameter: world.people[role].pk}


def fixed(**values: Any) -> Callable[[World, str], Body]:
    return lambda _world, _role: dict(values)


def label(_world: World, _role: str) -> Body:
    return {"position_x": 1.5, "position_y": 0.0, "position_z": -2.25, "text": "Gear tooth", "category": "Part"}


def picture() -> SimpleUploadedFile:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(file, "JPEG")
    return SimpleUploadedFile("work.jpg", file.getvalue(), "image/jpeg")


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


def ticket_body(world: World, _role: str) -> Body:
    return {
        "purchase_id": world.paid_order.lines.get().pk,
        "issue_type": "download_problem",
        "subject": "Cannot download my purchased file",
        "description": "The download link is not working properly",
        "priority": "medium",
    }


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
    "payments.list": Request(),
    "payments.create": Request(body=payment_body),
    "payments.get": Request(path=of("payment")),
    "payments.process": Request(path=of("payment")),
    "payments.confirm": Request(path=of("payment"), body=CARD),
    "payments.three_d_secure": Request(path=of("paid")),
    "payments.create (a job)": Request(body=job_payment_body),
    "payments.statement": Request(),
    "disputes.list": Request(),
    "disputes.create": Request(body=dispute_body),
    "disputes.get": Request(path=of("dispute")),
    "disputes.withdraw": Request(path=of("dispute")),
    "messages.list": Request(),
    "messages.create": Request(body=message_body),
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

NEXUS: dict[str, Request] = {
    "auth.register": Request(
        body=fixed(username="newcomer", email="newcomer@example.com", password=PASSWORD, full_name="New Comer")
    ),
    "auth.login": Request(body=fixed(email="eve@example.com", password=PASSWORD)),
    "auth.logout": Request(body=fixed()),
    "auth.refresh": Request(body=lambda world, _role: {"refresh_token": refresh_token_issue(world.bystander)}),
    "auth.verify_email": Request(body=lambda world, _role: {"token": verification_token(world.bystander)}),
    "users.me": Request(),
    "categories.list": Request(),
}
V1: dict[str, Request] = {
    "auth.register": Request(
        body=fixed(username="newcomer", email="newcomer@example.com", password=PASSWORD, full_name="New Comer")
    ),
    "auth.login": Request(body=fixed(username="eve", password=PASSWORD), form=True),
    "designs.sell": Request(
        body=fixed(
            designName="Mechanical Gear",
            description="Precision gear for small gearboxes",
            price="29.99",
            category="mechanical",
            fileOrigin="original",
            licenseType="commercial",
            originDeclaration=True,
            qualityAssurance=True,
            technicalSpecs="Module 1.5, 24 teeth",
            tags="gear,mechanical",
            instructions="Print at 0.2 mm",
        )
    ),
    "designs.create": Request(
        body=fixed(name="Mechanical Gear", description="A gear", price=29.99, category="mechanical", status="draft")
    ),
    "designs.list": Request(query={"category": "mechanical", "search": "gear"}),
    "designs.get": Request(path=of("design", "design_id")),
    "designs.get (a draft)": Request(path=of("design_draft", "design_id")),
    "design_reviews.list": Request(path=of("reviewed", "design_id")),
    "design_reviews.create": Request(
        path=of("bought", "design_id"),
        body=fixed(rating=5, comment="Fits well."),
    ),
    "design_reviews.update": Request(path=of("reviewed", "design_id"), body=fixed(rating=3, comment="It broke.")),
    "labels.create": Request(path=of("design", "model_id"), body=label),
    "labels.create (on a draft)": Request(path=of("design_draft", "model_id"), body=label),
    "labels.list": Request(path=of("design", "model_id")),
    "labels.list (of a draft)": Request(path=of("design_draft", "model_id")),
    "labels.update": Request(path=of("label", "label_id"), body=fixed(text="Worn gear tooth", category="Texture")),
    "labels.ai_suggestions": Request(path=of("design", "model_id")),
    "labels.ai_suggestions (of a draft)": Request(path=of("design_draft", "model_id")),
    "models.upload_stl": Request(
        body=lambda _world, _role: {
            "file": mesh_file(),
            "name": "Mechanical Gear",
            "description": "Precision gear",
            "project_name": "Gearbox",
            "designer": "John Doe",
            "tags": ["gear", "mechanical"],
        },
        form=True,
    ),
    "designs.edit": Request(
        path=of("design", "design_id"),
        body=fixed(
            title="Updated Mechanical Gear v2",
            description="Improved version",
            price=35.00,
            category="Engineering",
            tags=["mechanical", "gear"],
            is_featured=True,
        ),
    ),
    "cart.add": Request(
        body=lambda world, _role: {
            "design_id": str(world.gear.uuid),
            "name": "Mechanical Gear",
            "price": 29.99,
            "size": "M",
            "color": "red",
            "icon": "gear",
            "quantity": 1,
        }
    ),
    "cart.list": Request(),
    "cart.update": Request(path=of("wish", "cart_item_id"), body=fixed(quantity=2, size="L", color="blue")),
    "cart.remove": Request(path=of("wish", "cart_item_id")),
    "checkout.create": Request(),
    "sales.purchases": Request(),
    "sales.refund": Request(path=of("line_without_file", "transaction_id")),
    "sales.refund (its file is there)": Request(path=of("line_with_file", "transaction_id")),
    "sales.pay": Request(path=of("line_to_pay", "transaction_id")),
    "sales.list": Request(),
    "payouts.create": Request(
        body=fixed(amount=20.5, method="paypal", fees=0, net_amount=20.5, payout_account="alice@example.com")
    ),
    "payouts.list": Request(),
    "purchases.mine": Request(),
    "purchases.download": Request(path=of("line_with_file", "purchase_id")),
    "purchases.download (its file is not there)": Request(path=of("line_without_file", "purchase_id")),
    "campaigns.create": Request(
        body=lambda world, _role: {
            "name": "Summer Sale",
            "description": "25% off all engineering designs",
            "discount_type": "percentage",
            "discount_value": 25.0,
            "start_date": "2024-06-01T00:00:00Z",
            "end_date": "2124-08-31T23:59:59Z",
            "design_ids": [world.gear.pk],
            "target_audience": "returning_customers",
            "budget": 500.0,
        }
    ),
    "campaigns.list": Request(),
    "campaigns.update": Request(
        path=of("campaign", "campaign_id"),
        body=fixed(name="Extended Sale", discount_value=30.0, end_date="2125-09-15T23:59:59Z", budget=750.0),
    ),
    "campaigns.delete": Request(path=of("campaign", "campaign_id")),
    "designs.promote": Request(
        path=of("gear", "design_id"),
        body=fixed(promotion_type="featured", duration_days=30, budget=100.0, target_audience="followers"),
    ),
    "analytics.design": Request(query=lambda world: {"period": "month", "design_id": world.design.pk}),
    "analytics.user": Request(query={"period": "week"}),
    "analytics.sales": Request(query={"period": "month", "start_date": "2024-01-01", "end_date": "2024-01-31"}),
    "tools.pricing_suggestions": Request(
        body=lambda world, _role: {
            "design_id": world.design.pk,
            "category": "Engineering",
            "complexity": "high",
            "file_size_mb": 15.5,
            "print_time_hours": 8.5,
        }
    ),
    "tools.bulk_review_update": Request(
        body=lambda world, _role: {
            "review_ids": [world.reviewed.reviews.get().pk],
            "action": "mark_helpful",
            "response_template": "Thank you for your feedback!",
        }
    ),
    "designs.performance": Request(path=of("design", "design_id"), query={"days": "30"}),
    "payment_methods.list": Request(),
    "payment_methods.add": Request(
        body=fixed(
            type="credit_card",
            provider="stripe",
            card_number="4242424242424242",
            expiry_month=12,
            expiry_year=2030,
            cvc="123",
            cardholder_name="John Doe",
            billing_address={"street": "123 Main St", "city": "New York", "postal_code": "10001", "country": "US"},
        )
    ),
    "payment_methods.verify": Request(
        path=of("saved_card", "payment_method_id"), body=lambda world, _role: {"verification_code": world.card_code()}
    ),
    "payment_methods.send_code": Request(path=of("saved_card", "payment_method_id")),
    "payment_methods.set_default": Request(path=of("saved_card", "payment_method_id")),
    "payment_methods.delete": Request(path=of("saved_card", "payment_method_id")),
    "chat.sessions.create": Request(body=fixed(model_id=None)),
    "chat.sessions.list": Request(),
    "chat.messages.send": Request(
        path=of("chat", "session_id"), body=fixed(message="How do I print this part?", message_type="text")
    ),
    "chat.messages.list": Request(path=of("chat", "session_id")),
    "support_tickets.create": Request(body=ticket_body),
    "support_tickets.list": Request(),
    "support_tickets.get": Request(path=of("ticket", "ticket_id")),
    "support_tickets.write": Request(path=of("ticket", "ticket_id"), body=fixed(message="It works now.")),
    "payout_settings.get": Request(),
    "payout_settings.update": Request(
        body=fixed(
            method="bank_transfer",
            bank_name="Chase Bank",
            account_number="1234567890",
            routing_number="987654321",
            account_holder_name="John Doe",
            minimum_payout=50.0,
            payout_schedule="monthly",
        )
    ),
}
PRINTSHOP: dict[str, Request] = {
    "auth.user": Request(),
    "auth.logout": Request(),
}

REQUESTS = {"cultureup": CULTUREUP, "nexus": NEXUS, "v1": V1, "printshop": PRINTSHOP}
MOUNTS = {"cultureup": "/api", "nexus": "/api", "v1": "/api/v1", "printshop": "/api/printshop"}


def as_json(body: Body) -> bytes:
    return json.dumps(body).encode()
