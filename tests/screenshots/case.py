"""What a full page of the desk shows, on top of the month: an order of two artists and the house of which a line is
given back, a ticket and letters about it, a job in dispute, a work with sales, and reports of abuse.

Run in the platform's environment, after the month: `python -m tests.screenshots.case`. It tells the pages' addresses.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.urls import reverse

# Django is set up by what the month imports.
from tests.screenshots.month import hold, on, post

from accounts.models import User  # isort: skip
from commerce.choices import OrderStatus, OrderType, PaymentMethod  # isort: skip
from commerce.models import Dispute, Order, OrderLine  # isort: skip
from commerce.services.checkout.downloads import line_download  # isort: skip
from commerce.services.checkout.fulfilment import order_progress  # isort: skip
from commerce.services.escrow.disputes import dispute_open  # isort: skip
from commerce.services.orders.letters import order_write  # isort: skip
from commerce.services.orders.orders import Item, order_place  # isort: skip
from commerce.services.payments.at_gateway import payment_confirm, payment_process  # isort: skip
from commerce.services.payments.creation import payment_create  # isort: skip
from commerce.services.refunds.refunds import payment_refund  # isort: skip
from community.choices import ReportedKind, ReportReason, TicketIssue  # isort: skip
from community.services.messages import message_send  # isort: skip
from community.services.reports import report_file  # isort: skip
from community.services.tickets import ticket_answer, ticket_open  # isort: skip
from config.core.notes import note_write  # isort: skip
from jobs.models import Job  # isort: skip
from jobs.services.bids import bid_place  # isort: skip
from jobs.services.contracts import contract_create, contract_sign  # isort: skip
from jobs.services.hiring import job_deliver, job_hire  # isort: skip
from marketplace.choices import Kind, Status  # isort: skip
from marketplace.models import Category, Listing, Model3D  # isort: skip
from marketplace.services.comments import model_comment  # isort: skip

BUYER = "buyer_sarah"
ADDRESS = "12 Mall Road, Lahore"
BOUGHT = (("Two Pendulums", 1), ("Night Shift", 1), ("Professional Brush Set", 2))


def main() -> None:
    sarah, manager = User.objects.get(username=BUYER), User.objects.get(username="admin_manager")
    order = bought(sarah)
    looked_after(order, sarah, manager)
    dispute = disputed(sarah)
    reported(sarah)
    work = Listing.objects.get(title=BOUGHT[1][0])
    pages = {
        "order": order,
        "payment": order.payments.get(),
        "person": sarah,
        "dispute": dispute,
        "listing": work.artwork,
    }
    print(
        json.dumps(
            {
                name: reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk])
                for name, row in pages.items()
            }
        )
    )


def bought(sarah: User) -> Order:
    listings = [(Listing.objects.get(title=title), quantity) for title, quantity in BOUGHT]
    with on(9):
        order = order_place(
            actor=sarah,
            channel="cultureup",
            order_type=OrderType.ARTWORK,
            shipping_address=ADDRESS,
            items=[Item(listing.pk, quantity, Kind(listing.kind)) for listing, quantity in listings],
        )
        payment = payment_create(
            actor=sarah,
            order_id=order.pk,
            method=PaymentMethod.STRIPE,
            amount=order.total_amount,
            payee_id=listings[0][0].seller_id,
        )
        payment_process(actor=sarah, payment_id=payment.pk)
        payment_confirm(actor=sarah, payment_id=payment.pk, payment_method="pm_card_visa")
    return order


def looked_after(order: Order, sarah: User, manager: User) -> None:
    picture, file, brushes = (OrderLine.objects.get(order=order, title=title) for title, _quantity in BOUGHT)
    with on(8):
        order_progress(actor=picture.seller, order_id=order.pk, status=OrderStatus.SHIPPED)
        line_download(actor=sarah, line=file)
    with on(5):
        order_progress(actor=picture.seller, order_id=order.pk, status=OrderStatus.DELIVERED)
    with on(4):
        ticket = ticket_open(
            actor=sarah,
            purchase=brushes.pk,
            issue_type=TicketIssue.QUALITY_ISSUE,
            subject="The brushes have not come",
            description="The picture is here, framed and well. Of the brushes I have heard nothing for five days.",
        )
    with on(3):
        ticket_answer(actor=manager, ticket_id=ticket.pk, content="We have asked the carrier, and write tomorrow.")
        order_write(
            actor=manager,
            order_id=order.pk,
            subject="Your brushes",
            text="The carrier has lost the parcel. You get your money back today; the rest of the order stays.",
        )
        note_write(actor=manager, target=order, text="The carrier pays for it: claim 4411.")
        note_write(actor=manager, target=sarah, text="Prefers to be written to, not called.")
    with on(2):
        payment_refund(actor=manager, payment_id=order.payments.get().pk, item=brushes.pk, reason="The parcel was lost")


def disputed(sarah: User) -> Dispute:
    ayesha = User.objects.get(username="ayesha_khan")
    category = Category.objects.get(name="Painting")
    with on(20):
        job = post(sarah, "Portrait of a grandmother", "From two photographs, 40 x 50 cm, oil on canvas.", category)
        bid = bid_place(
            actor=ayesha, job_id=job.pk, bid_amount=Decimal(1200), delivery_time=10, cover_letter="With pleasure."
        )
    with on(19):
        job_hire(actor=sarah, job_id=job.pk, bid_id=bid.pk)
        hold(job, sarah, ayesha)
        signed(job, sarah, ayesha)
    with on(11):
        message_send(actor=ayesha, receiver_id=sarah.pk, job_id=job.pk, content="Here is the sketch. Shall I go on?")
        message_send(actor=sarah, receiver_id=ayesha.pk, job_id=job.pk, content="Yes, but her shawl was green.")
    with on(3):
        job_deliver(actor=ayesha, job_id=job.pk)
        message_send(actor=sarah, receiver_id=ayesha.pk, job_id=job.pk, content="The shawl is still blue.")
    with on(1):
        return dispute_open(
            actor=sarah,
            job_id=job.pk,
            reason="The painting is good, but the shawl is blue, though I said twice that it was green.",
        )


def signed(job: Job, sarah: User, ayesha: User) -> None:
    job.refresh_from_db()
    assert job.final_amount is not None
    contract = contract_create(
        actor=sarah,
        job=job.pk,
        artist=ayesha.pk,
        terms="One portrait in oil, 40 x 50 cm, with two rounds of changes.",
        rights_type="display_only",
        amount=job.final_amount,
        deadline=datetime.now(UTC) + timedelta(days=20),
    )
    for person in (sarah, ayesha):
        contract_sign(actor=person, contract_id=contract.pk)


def reported(sarah: User) -> None:
    model = Model3D.objects.filter(status=Status.APPROVED).order_by("pk").first()
    bilal = User.objects.get(username="startup_buyer")
    assert model is not None
    with on(2):
        comment = model_comment(actor=bilal, model_id=model.pk, content="Cheap filament, write to me outside of here!")
    with on(1):
        report_file(
            actor=sarah,
            kind=ReportedKind.COMMENT,
            target_id=comment.pk,
            reason=ReportReason.SPAM,
            details="They write this under everything.",
        )


if __name__ == "__main__":
    main()
