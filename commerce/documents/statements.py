"""A seller's statement as PDF, for reading and filing, and as CSV, for other programs; made when it is asked for."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone

from accounts.actors import Actor
from commerce.documents.receipts import moment
from commerce.errors import StatementTooLong
from commerce.models import Payout
from commerce.selectors.receipts import issuer
from commerce.selectors.statements import Statement, StatementLine, statement_of
from config.core.money import ZERO, shown
from config.core.papers.paper import Column, Paper

MOST_LINES: Final = 2000
"""Of a PDF: some eighty pages, and two seconds of a processor."""
LINES: Final = (
    *(Column("No.", 10), Column("When", 19), Column("What", 14), Column("About", 27)),
    *(Column("Amount", 15, "R"), Column("Balance", 15, "R")),
)
PAYOUTS: Final = (
    *(Column("Asked for", 19), Column("By", 14), Column("State", 13), Column("Reference", 18)),
    *(Column("Amount", 12, "R"), Column("Fees", 12, "R"), Column("Paid out", 12, "R")),
)
CSV_HEAD: Final = (
    *("line", "booked_at", "kind", "amount", "balance", "currency"),
    *("payment", "order", "job", "bounty", "promotion", "payout"),
)


def statement_pdf(*, actor: Actor, **of: Any) -> bytes:
    """The statement that `statement_of` gives for the same arguments, and raises for them.

    Also raises StatementTooLong for more than MOST_LINES lines.
    """
    statement, now = statement_of(actor=actor, **of), timezone.now()
    lines = list(statement.lines(most=MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        raise StatementTooLong(
            f"A PDF holds at most {MOST_LINES} lines. Ask for a shorter period, or for CSV.", most=MOST_LINES
        )
    return _Written(statement, lines, now).content()


def statement_csv(*, actor: Actor, **of: Any) -> Iterator[str]:
    """The same as CSV (UTF-8, RFC 4180), a piece at a time, however long it is; what is refused is refused at once.

    Its first line is what was brought forward (`opening`), its last what is left (`closing`): that is the former and
    all amounts in between.
    """
    return _csv(statement_of(actor=actor, **of))


class _Echo:
    """What a csv.writer writes to: gives each row back."""

    def write(self, row: str) -> str:
        return row


def _csv(statement: Statement) -> Iterator[str]:
    writer, currency = csv.writer(_Echo()), statement.currency

    def balance_row(at: datetime | None, kind: str, balance: Decimal) -> str:
        shown_at = utc(at) if at is not None else ""
        return str(writer.writerow(["", shown_at, kind, "", shown(balance, currency), currency, *[""] * 6]))

    balance = statement.opening
    batch = [str(writer.writerow(CSV_HEAD)), balance_row(statement.start, "opening", balance)]
    for line in statement.lines():
        balance = line.balance
        batch.append(str(writer.writerow(_csv_row(line, currency))))
        if len(batch) == 500:
            yield "".join(batch)
            batch = []
    yield "".join([*batch, balance_row(statement.end, "closing", balance)])


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _csv_row(line: StatementLine, currency: str) -> list[Any]:
    return [
        *(line.id, utc(line.at), line.kind, shown(line.amount, currency), shown(line.balance, currency), currency),
        *(line.payment, line.order_id, line.job_id, line.bounty_id, line.promotion_id, line.payout),
    ]


class _Written:
    """The pages of a statement."""

    def __init__(self, statement: Statement, lines: list[StatementLine], now: datetime) -> None:
        self.statement, self.lines = statement, lines
        seller, self.currency = statement.seller, statement.currency
        self.payouts = list(statement.payouts())
        names = list(dict.fromkeys(filter(None, [seller.get_full_name(), seller.username, seller.email])))
        written = [*issuer(), *names, *(payout.reference for payout in self.payouts)]
        title = f"Statement in {self.currency}"
        foot = f"{issuer()[0] if issuer() else 'Atelier'} · {seller.username} · {title.lower()} · made {moment(now)}"
        self.paper = Paper(title=title, made_at=now, text="\n".join(written), foot=foot)
        self.paper.heading(title, size=16)
        begin = moment(statement.start) if statement.start is not None else "the first line"
        period = f"From {begin}\nto {moment(statement.end)}"
        self.paper.blocks([("Issued by", "\n".join(issuer())), ("Seller", "\n".join(names)), ("Period", period)])

    def content(self) -> bytes:
        self._sums()
        self._lines()
        self._payouts()
        return self.paper.content()

    def amount(self, value: Decimal) -> str:
        return shown(value, self.currency)

    @property
    def closing(self) -> Decimal:
        return self.lines[-1].balance if self.lines else self.statement.opening

    def _sums(self) -> None:
        by_kind: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in self.lines:
            by_kind[line.kind] += line.amount
        self.paper.heading("In all")
        self.paper.amounts([("Brought forward", self.amount(self.statement.opening))])
        self.paper.amounts((WORDS.get(kind, kind), self.amount(value)) for kind, value in sorted(by_kind.items()))
        self.paper.amounts([("Balance at the end", f"{self.amount(self.closing)} {self.currency}")], bold=True)

    def _lines(self) -> None:
        self.paper.heading(f"Lines, in {self.currency}")
        if not self.lines:
            self.paper.paragraph("Nothing was booked in this period.")
            return
        self.paper.table(LINES, (self._row(line) for line in self.lines))

    def _row(self, line: StatementLine) -> list[str]:
        amounts = [self.amount(line.amount), self.amount(line.balance)]
        return [str(line.id), moment(line.at), WORDS.get(line.kind, line.kind), about(line), *amounts]

    def _payouts(self) -> None:
        if not self.payouts:
            return
        self.paper.heading("Payouts")
        self.paper.table(PAYOUTS, (self._payout(payout) for payout in self.payouts))
        self.paper.paragraph(
            "Each was drawn on the balance in the line before it, and left the one beside it. What came back is a line "
            "of its own.",
            grey=True,
        )

    def _payout(self, payout: Payout) -> list[str]:
        amounts = [self.amount(value) for value in (payout.amount, payout.fees, payout.net_amount)]
        method, state = payout.get_method_display(), payout.get_status_display()
        return [f"{moment(payout.request_date)}\n{payout.uuid.hex[:8]}", method, state, payout.reference, *amounts]


WORDS: Final = {
    "payment": "Sales",
    "refund": "Refunds",
    "release": "Released",
    "payout": "Payouts",
    "promotion": "Promotions",
    "chargeback": "Chargebacks",
    "correction": "Corrections",
}


def about(line: StatementLine) -> str:
    if line.payout:
        return f"Payout {line.payout[:8]}"
    if line.order_id is not None:
        return f"Order {line.order_id}"
    if line.job_id is not None:
        return f"Job {line.job_id}"
    if line.bounty_id is not None:
        return f"Bounty {line.bounty_id}"
    return f"Promotion {line.promotion_id}" if line.promotion_id is not None else line.payment
