"""A receipt as PDF, made anew whenever it is asked for: it shows how its order stands now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from django.utils import timezone

from accounts.actors import Actor
from commerce.models import OrderLine
from commerce.selectors.orders import address_shown
from commerce.selectors.receipts import Reader, Receipt, issuer, receipt_of
from config.core.money import ZERO, shown
from config.core.papers.paper import Column, Paper

COLUMNS = (Column("Item", 46), Column("Pieces", 9, "R"), Column("Price", 15, "R"), Column("Off", 13, "R"))
BUYERS = (*COLUMNS, Column("Total", 17, "R"))
SELLERS = (
    *(Column("Item", 30), Column("Pieces", 8, "R"), Column("Price", 13, "R"), Column("Off", 10, "R")),
    *(Column("Total", 13, "R"), Column("Fee", 12, "R"), Column("Earning", 14, "R")),
)


def receipt_pdf(*, actor: Actor, order_id: int) -> bytes:
    """The receipt of an order for its buyer and staff, or of their own lines for a seller. Raises Missing.

    Amounts stand with their currency and its decimals, times in UTC. What was free, or is not paid yet, says so.
    """
    receipt, now = receipt_of(actor=actor, order_id=order_id), timezone.now()
    order = receipt.order
    title = f"Receipt of order {order.pk}" if receipt.is_paid else f"Order {order.pk}, not paid yet"
    foot = f"{issuer()[0] if issuer() else 'Atelier'} · order {order.pk} · as of {moment(now)}"
    paper = Paper(title=title, made_at=now, text="\n".join(_texts(receipt)), foot=foot)
    paper.heading(title, size=16)
    paper.blocks(
        [
            ("Issued by", "\n".join(issuer())),
            ("Buyer", "\n".join(filter(None, [*receipt.buyer, address_shown(order)]))),
            ("Order", _facts(receipt)),
        ]
    )
    _items(paper, receipt)
    _totals(paper, receipt)
    _payments(paper, receipt)
    _licences(paper, receipt)
    return paper.content()


def moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _texts(receipt: Receipt) -> Iterator[str]:
    """All that people wrote of what will be shown."""
    order = receipt.order
    yield from issuer()
    yield from receipt.buyer
    yield from (address_shown(order), order.coupon_code, order.tax_name)
    for line in receipt.lines:
        yield from (line.title, line.seller_name, line.color)
    for back in receipt.returns:
        yield back.of


def _facts(receipt: Receipt) -> str:
    order = receipt.order
    facts = [f"No. {order.pk}", f"Placed {moment(order.created_at)}", f"Status: {order.get_status_display().lower()}"]
    if receipt.reader == Reader.SELLER:
        facts.append("Your items of it alone")
    if order.coupon_code:
        facts.append(f"Coupon {order.coupon_code}")
    return "\n".join(facts)


def _items(paper: Paper, receipt: Receipt) -> None:
    paper.heading(f"Items, in {receipt.order.currency}")
    columns = BUYERS if receipt.reader == Reader.BUYER else SELLERS
    paper.table(columns, (_row(receipt, line) for line in receipt.lines))


def _row(receipt: Receipt, line: OrderLine) -> list[str]:
    currency = receipt.order.currency
    about = [line.title]
    if receipt.reader != Reader.SELLER:
        about.append(f"by {line.seller_name}")
    wished = ", ".join(filter(None, [line.size and f"size {line.size}", line.color]))
    about += [wished] if wished else []
    about += ["file"] if line.is_digital else [f"shipped {line.shipped_at:%Y-%m-%d}"] if line.shipped_at else []
    row = ["\n".join(about), str(line.quantity), shown(line.unit_price, currency)]
    row += [shown(line.discount_amount, currency) if line.discount_amount else "", shown(line.total_price, currency)]
    if receipt.reader != Reader.BUYER:
        money = receipt.money.get(line.pk)
        row += [shown(money.fee, currency), shown(money.earning, currency)] if money else ["", ""]
    return row


def _totals(paper: Paper, receipt: Receipt) -> None:
    order = receipt.order

    def amount(value: Decimal) -> str:
        return f"{shown(value, order.currency)} {order.currency}"

    off = sum((line.discount_amount for line in receipt.lines), ZERO)
    if off:
        paper.amounts([("Taken off by the coupon", amount(off))])
    paper.amounts([("Total", amount(receipt.total))], bold=True)
    if receipt.tax is None:
        paper.amounts([("No tax was charged", amount(ZERO))])
    else:
        paper.amounts([(f"Within it {order.tax_name}, {order.tax_percent.normalize():f} %", amount(receipt.tax))])
    if receipt.reader == Reader.BUYER:
        paper.amounts([("Fees on top of the prices", amount(ZERO))])
    elif receipt.money:
        paper.amounts(
            [
                ("The platform's fees, less what was given back of them", amount(_sum(receipt, "fee"))),
                ("Earnings after fees and refunds", amount(_sum(receipt, "earning"))),
            ]
        )


def _sum(receipt: Receipt, part: str) -> Decimal:
    return sum((getattr(money, part) for money in receipt.money.values()), ZERO)


def _payments(paper: Paper, receipt: Receipt) -> None:
    currency = receipt.order.currency
    paper.heading("Payments and refunds")
    if not receipt.total:
        paper.paragraph("There was nothing to pay.")
        return
    if not receipt.is_paid:
        paper.paragraph("Nothing has been paid yet: this is no proof of a payment.", bold=True)
    rows = [
        [moment(payment.paid_at) if payment.paid_at else "", "Payment", payment.reference, payment.method]
        + [payment.status if payment.paid_at else f"not paid: {payment.status}", shown(payment.amount, currency)]
        for payment in receipt.payments
    ]
    rows += [
        [moment(back.at), back.what, back.of, "", "on its way" if back.is_pending else "done"]
        + [shown(-back.amount, currency)]
        for back in receipt.returns
    ]
    if not rows:
        return
    columns = (
        *(Column("When", 20), Column("What", 13), Column("Number, or of what", 26), Column("By", 13)),
        *(Column("State", 14), Column(f"Amount in {currency}", 14, "R")),
    )
    paper.table(columns, rows)
    paper.amounts(
        [
            ("Paid", f"{shown(receipt.paid, currency)} {currency}"),
            ("Went back", f"{shown(receipt.returned, currency)} {currency}"),
            ("Paid less what went back", f"{shown(receipt.paid - receipt.returned, currency)} {currency}"),
        ]
    )


def _licences(paper: Paper, receipt: Receipt) -> None:
    files = [line for line in receipt.lines if line.is_digital]
    if not files:
        return
    paper.heading("Licences of the files")
    for licence, titles in receipt.licences.items():
        paper.paragraph(licence.name)
        paper.paragraph("For: " + "; ".join(titles), grey=True)
        paper.paragraph(licence.text)
    silent = [line.title for line in files if not line.licence]
    if silent:
        paper.paragraph("For: " + "; ".join(silent), grey=True)
        paper.paragraph("The seller has named no licence.")
