"""Orders in the admin site: what was bought of whom, how it is paid and sent, what happened, what can be decided."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Max, Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format

from accounts.admin.timeline import mails_about
from commerce import policies
from commerce.admin.parts import ledger_panel, payments_happened, payments_panel, refunds_panel
from commerce.choices import CAME_IN, ORDER_CHANGES, PAID, OrderStatus
from commerce.documents.receipts import receipt_pdf
from commerce.models import DownloadEvent, Order, OrderChange, OrderLine, Payment, PaymentShare
from commerce.services.checkout.downloads import DOWNLOAD_LIMIT
from commerce.services.checkout.fulfilment import order_close, order_force_complete, order_move_on
from commerce.services.orders.letters import order_write
from commerce.services.refunds.refunds import payment_refund, refundable
from config.adminsite.amounts import amount, in_currency
from config.adminsite.decisions import DecisionForm, ReasonForm, choose, decision
from config.adminsite.documents import document
from config.adminsite.links import row_address
from config.adminsite.panels import Panel, link, thumbnail
from config.adminsite.ranges import DateRange, NumberRange
from config.adminsite.records import RecordAdmin
from config.adminsite.rows import ReadOnlyAdmin
from config.adminsite.timeline import Happening
from config.core.idempotency import Once
from config.core.money import ZERO
from config.dialects.papers import pdf
from marketplace.admin.works import LISTING_PAGES
from marketplace.choices import Kind
from marketplace.selectors.pictures import pictures_shown
from marketplace.services.letters import MOST_SUBJECT, MOST_TEXT

UNDER_WAY: Final = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
ALL_SELLERS: Final = ("", "All of it")


def lines_of(order: Order) -> list[OrderLine]:
    """In their order, with their sellers; read once a request."""
    prefetch_related_objects([order], Prefetch("lines", OrderLine.objects.select_related("seller").order_by("pk")))
    return list(order.lines.all())


def payments_of(order: Order) -> list[Payment]:
    """The newest first; read once a request."""
    prefetch_related_objects([order], Prefetch("payments", Payment.objects.order_by("-pk")))
    return list(order.payments.all())


def paid_payment(order: Order) -> Payment | None:
    """There is one at most."""
    return next((payment for payment in payments_of(order) if payment.status in PAID), None)


# ---------------------------------------------------------------- in which states a button is there
def may_be_cancelled(order: Order) -> bool:
    return OrderStatus.CANCELLED in ORDER_CHANGES[order.status]


def may_be_completed(order: Order) -> bool:
    return order.status not in {OrderStatus.CANCELLED, OrderStatus.DELIVERED}


def has_something_to_ship(order: Order) -> bool:
    return order.status in UNDER_WAY and any(line.is_sent and not line.shipped_at for line in lines_of(order))


def has_something_to_deliver(order: Order) -> bool:
    return order.status in UNDER_WAY and any(line.is_sent and not line.delivered_at for line in lines_of(order))


def may_go_back(order: Order) -> bool:
    payment = paid_payment(order)
    return payment is not None and refundable(payment) > 0


# ---------------------------------------------------------------- forms
class OrderRefundForm(ReasonForm):
    """All that is left of the payment or of one line, unless an amount is given."""

    field_order = ("item", "amount", "reason")
    item = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Of")
    amount = forms.DecimalField(required=False, max_digits=14, decimal_places=3, min_value=0)

    def __init__(self, *args: Any, row: Order, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        payment = paid_payment(row)
        left = in_currency(refundable(payment), row.currency) if payment is not None else ""
        lines = [(line.pk, f"{line}, {line.seller_name}") for line in lines_of(row) if line.total_price]
        choose(self.fields["item"], [("", f"The whole payment: {left} are left"), *lines])
        self.fields["amount"].label = f"Amount in {row.currency}"
        self.fields["amount"].help_text = "Empty: all that is left of what was chosen."


class SellerForm(DecisionForm):
    """Whose lines, of those that are sent by post."""

    seller = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="What")

    def __init__(self, *args: Any, row: Order, **kwargs: Any) -> None:
        super().__init__(*args, row=row, **kwargs)
        sellers = {line.seller_id: line.seller.username for line in lines_of(row) if line.is_sent}
        choose(self.fields["seller"], [ALL_SELLERS, *((pk, f"What {name} sends") for pk, name in sellers.items())])


class LetterForm(DecisionForm):
    subject = forms.CharField(max_length=MOST_SUBJECT)
    text = forms.CharField(max_length=MOST_TEXT, widget=forms.Textarea, help_text="As plain text, to the buyer.")


@admin.register(Order)
class OrderAdmin(RecordAdmin):
    list_display = ("id", "buyer", "channel", "order_type", "status", "total", "created_at")
    total = amount("total_amount", "total")
    list_filter = (
        "status",
        "order_type",
        "channel",
        "currency",
        ("created_at", DateRange),
        ("total_amount", NumberRange),
    )
    list_select_related = ("buyer",)
    search_fields = ("=id", "buyer__username", "buyer__email")
    date_hierarchy = "created_at"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *(("buyer", "status"), ("total", "created_at"), ("channel", "order_type"), "shipping_address"),
                    ("coupon_code", "pay_by"),
                )
            },
        ),
        (
            "More",
            {"classes": ("collapse",), "fields": (("checkout_id", "stock_returned_at"), "updated_at")},
        ),
    )
    readonly_fields = ("status", "total", "created_at", "coupon_code", "checkout_id", "stock_returned_at", "updated_at")
    decisions = ("ship", "deliver", "give_back", "write", "cancel", "complete", "receipt")

    # ------------------------------------------------------------ what belongs to it
    def panels(self, request: HttpRequest, row: Order) -> Iterator[Panel]:
        lines, payments = lines_of(row), payments_of(row)
        shares = {
            share.line_id: share
            for share in PaymentShare.objects.filter(payment__order=row, payment__status__in=CAME_IN)
        }
        yield self._lines(request, row, lines, shares)
        yield self._sellers(request, row, lines, shares)
        yield self._downloads(row, lines)
        yield payments_panel(request, payments)
        yield refunds_panel(request, *payments)
        yield ledger_panel(*(payment.pk for payment in payments))

    def _lines(
        self, request: HttpRequest, order: Order, lines: list[OrderLine], shares: dict[int | None, PaymentShare]
    ) -> Panel:
        pictures = pictures_shown({line.listing_id for line in lines})
        return Panel(
            "Lines",
            ("", "What", "Of", "Pieces", "Price", "Off", "Total", "Given back"),
            [
                (
                    thumbnail(pictures.get(line.listing_id, ""), line.title),
                    link(_described(line), row_address(request, LISTING_PAGES[Kind(line.kind)], line.listing_id)),
                    line.seller_name,
                    line.quantity,
                    *(
                        in_currency(value, order.currency)
                        for value in (line.unit_price, line.discount_amount or None, line.total_price)
                    ),
                    in_currency(shares[line.pk].refunded_gross or None if line.pk in shares else None, order.currency),
                )
                for line in lines
            ],
            numeric=(3, 4, 5, 6, 7),
        )

    def _sellers(
        self, request: HttpRequest, order: Order, lines: list[OrderLine], shares: dict[int | None, PaymentShare]
    ) -> Panel:
        theirs: dict[int, list[OrderLine]] = {}
        for line in lines:
            theirs.setdefault(line.seller_id, []).append(line)
        rows: list[tuple[object, ...]] = []
        for seller_id, own in theirs.items():
            parts = [shares[line.pk] for line in own if line.pk in shares]
            sums = (
                sum((share.gross for share in parts), ZERO),
                sum((share.fee - share.refunded_fee for share in parts), ZERO),
                sum((share.earning - share.refunded_gross + share.refunded_fee for share in parts), ZERO),
            )
            rows.append(
                (
                    link(own[0].seller, row_address(request, "accounts.User", seller_id)),
                    len(own),
                    *(in_currency(value if parts else None, order.currency) for value in sums),
                    _so_far(own, "shipped_at"),
                    _so_far(own, "delivered_at"),
                )
            )
        return Panel(
            "Sellers and shipping",
            ("Seller", "Lines", "Paid", "Fee", "Earning", "Shipped", "Delivered"),
            rows,
            numeric=(1, 2, 3, 4),
            note="Fee and earning are less what went back. What is no file is sent by post.",
        )

    def _downloads(self, order: Order, lines: list[OrderLine]) -> Panel:
        events = DownloadEvent.objects.filter(line__order=order).order_by().values_list("line")
        last = dict(events.annotate(at=Max("created_at")))
        return Panel(
            "Downloads",
            ("What", "How often", "Last"),
            [
                (line.title, f"{line.download_count} of {DOWNLOAD_LIMIT}", last.get(line.pk))
                for line in lines
                if line.is_digital
            ],
            empty="There are no files in it.",
        )

    def happened(self, request: HttpRequest, row: Order) -> Iterator[Happening]:
        yield from payments_happened(request, *payments_of(row))
        people = {row.buyer_id, *(line.seller_id for line in lines_of(row))}
        yield from mails_about({"order_id": row.pk}, people=people, since=row.created_at)

    # ------------------------------------------------------------ decisions
    def has_handle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_manage_orders(request.user)

    def has_money_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return policies.may_move_money(request.user)

    @decision("Ship", form=SellerForm, permissions=["handle"], when=has_something_to_ship, icon="local_shipping")
    def ship(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        order_move_on(
            actor=request.user, order_id=row.pk, status=OrderStatus.SHIPPED, seller_id=sent["seller"], once=once
        )
        return "Shipped."

    @decision(
        "Deliver",
        form=SellerForm,
        permissions=["handle"],
        when=has_something_to_deliver,
        icon="package_2",
        warning="What has arrived. Cash that was to be paid on delivery is booked as received with the last of it.",
    )
    def deliver(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        order_move_on(
            actor=request.user, order_id=row.pk, status=OrderStatus.DELIVERED, seller_id=sent["seller"], once=once
        )
        return "Delivered."

    @decision(
        "Refund",
        form=OrderRefundForm,
        permissions=["money"],
        when=may_go_back,
        danger=True,
        icon="undo",
        warning="Fee and earning go back in proportion; the buyer and the sellers are told. The order stays as it is.",
    )
    def give_back(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        payment = paid_payment(row)
        assert payment is not None  # noqa: S101 (else the button is not there)
        made = payment_refund(
            actor=request.user,
            payment_id=payment.pk,
            amount=sent["amount"],
            reason=sent["reason"],
            item=sent["item"],
            once=once,
        )
        return f"Refund of {in_currency(made.amount, row.currency)}: {made.get_status_display().lower()}."

    @decision("Write to the buyer", form=LetterForm, permissions=["handle"], icon="mail")
    def write(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        order_write(actor=request.user, order_id=row.pk, subject=sent["subject"], text=sent["text"], once=once)
        return "Written to the buyer."

    @decision(
        "Cancel the order",
        form=ReasonForm,
        permissions=["handle"],
        when=may_be_cancelled,
        danger=True,
        icon="cancel",
        warning="What was paid is refunded, stock goes back, and everybody in it is told.",
    )
    def cancel(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        order_close(actor=request.user, order_id=row.pk, reason=sent["reason"], once=once)
        return "Cancelled."

    @decision(
        "Complete by force",
        form=ReasonForm,
        permissions=["handle"],
        when=may_be_completed,
        danger=True,
        icon="task_alt",
        warning="It counts as delivered, whatever it lacks. Cash on delivery is booked as received, no other money.",
    )
    def complete(self, request: HttpRequest, row: Order, sent: dict[str, Any], once: Once) -> str:
        order_force_complete(actor=request.user, order_id=row.pk, reason=sent["reason"], once=once)
        return "Completed."

    @document("Receipt", permissions=["handle"])
    def receipt(self, request: HttpRequest, row: Order) -> HttpResponseBase:
        return pdf(receipt_pdf(actor=request.user, order_id=row.pk), f"order-{row.pk}")


def _described(line: OrderLine) -> str:
    wished = ", ".join(filter(None, (line.size, line.color)))
    return f"{line.title} ({wished})" if wished else line.title


def _so_far(lines: list[OrderLine], column: str) -> str:
    """How much of what a seller sends by post has got so far, and when the last of it did."""
    sent = [line for line in lines if line.is_sent]
    if not sent:
        return "nothing to send"
    there = [at for line in sent if (at := getattr(line, column)) is not None]
    if not there:
        return "not yet"
    return f"{len(there)} of {len(sent)}, {date_format(timezone.localtime(max(there)), 'DATETIME_FORMAT')}"


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("id", "order", "title", "seller_name", "quantity", "unit_price", "total_price", "download_count")
    list_filter = ("kind", "is_digital")
    list_select_related = ("order",)
    search_fields = ("=order__id", "title", "seller_name")


@admin.register(OrderChange)
class OrderChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "order", "before", "after", "actor", "reason")
    list_filter = ("after",)
    list_select_related = ("order", "actor")
    search_fields = ("=order__id",)
