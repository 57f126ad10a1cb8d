"""A small world in which every operation has something to work on.

bob bought from alice, or is about to; charlie, another buyer, and dora, another artist, must see nothing of it.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.authentication import access_token
from accounts.models import Notification, User
from accounts.services.sessions import token_issue
from accounts.services.sign_in import sign_in
from accounts.services.twofactor import two_factor_setup
from accounts.tests.factories import (
    PASSWORD,
    AdminFactory,
    ArtistFactory,
    BuyerFactory,
    ModeratorFactory,
    StaffFactory,
    SuperuserFactory,
)
from accounts.tests.people import totp_of, with_two_factor
from adminpanel.models import DailyFigures
from adminpanel.tests.factories import DailyFiguresFactory
from commerce.choices import DiscountType, PaymentMethod, PayoutMethod, SavedMethodType
from commerce.models import Campaign, CartItem, Dispute, Order, OrderLine, Payment, Payout, SavedMethod
from commerce.services.campaigns.campaigns import campaign_create
from commerce.services.escrow.disputes import dispute_open
from commerce.services.orders.carts import cart_add
from commerce.services.payments.at_gateway import payment_process
from commerce.services.payments.saved_methods import code_to_tell, method_add, method_code_send
from commerce.services.payouts.payouts import payout_request
from commerce.services.reviews import review_write
from commerce.tests.steps import order_of, paid_job, paid_order, payment_of
from community.choices import TicketIssue
from community.models import ChatSession, Message, SupportTicket
from community.services.chats import chat_start
from community.services.messages import message_send
from community.services.tickets import ticket_open
from community.tests.factories import NotificationFactory
from jobs.choices import ContractStatus
from jobs.models import Bid, Contract, Job, Review
from jobs.tests.factories import BidFactory, ContractFactory, JobFactory, ReviewFactory, completed_job, hired_job
from marketplace.choices import ArtworkType, Status, Verdict
from marketplace.models import Appeal, Artwork, Category, Equipment, Model3D, ModelLabel
from marketplace.services.appeals import appeal_create
from marketplace.services.labels.labels import LabelDetails, label_create
from marketplace.services.likes import artwork_like
from marketplace.tests.factories import ArtworkFactory, CategoryFactory, EquipmentFactory, Model3DFactory
from tests.roles.nexus import accounts, communities, models, pages, trade
from tests.roles.printshop import board, printers, queue, shop

ADDRESS = "127.0.0.1"
ROLES = ("anonymous", "buyer", "other_buyer", "artist", "other_artist", "moderator", "staff", "admin", "superuser")


@dataclass
class World:
    """`buyer` and `artist` are those whom the things belong to."""

    people: dict[str, User] = field(init=False)
    tokens: dict[tuple[int, int, int], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.people = {
            "buyer": BuyerFactory.create(username="bob", profile=True),
            "other_buyer": BuyerFactory.create(username="charlie"),
            "artist": ArtistFactory.create(username="alice", profile=True),
            "other_artist": ArtistFactory.create(username="dora"),
            "moderator": ModeratorFactory.create(username="moderator"),
            "staff": StaffFactory.create(username="staff"),
            "admin": AdminFactory.create(username="admin"),
            "superuser": SuperuserFactory.create(username="superuser"),
        }
        bob, alice = self.people["buyer"], self.people["artist"]
        self.bystander: User = BuyerFactory.create(username="eve")
        self.category: Category = CategoryFactory.create(name="Painting")
        self.artwork: Artwork = ArtworkFactory.create(
            seller=alice, category=self.category, title="Sunset", price="299.99"
        )
        self.sold: Artwork = ArtworkFactory.create(seller=alice, category=self.category, title="Dawn")
        self.pending: Artwork = ArtworkFactory.create(seller=alice, title="Noon", status=Status.PENDING)
        self.held: Artwork = ArtworkFactory.create(
            seller=alice, title="Dusk", status=Status.PENDING, picture__verdict=Verdict.HELD
        )
        self.appealed: Artwork = ArtworkFactory.create(
            seller=alice, title="Night", status=Status.PENDING, picture__verdict=Verdict.HELD
        )
        self.appeal: Appeal = appeal_create(actor=alice, artwork_id=self.appealed.pk, reason="I painted it.")
        self.equipment: Equipment = EquipmentFactory.create(seller=self.people["admin"])
        artwork_like(actor=bob, artwork_id=self.artwork.pk)

        self.job: Job = JobFactory.create(buyer=bob, category=self.category)
        self.bid: Bid = BidFactory.create(job=self.job, artist=alice)
        self.job_without_bids: Job = JobFactory.create(buyer=bob, category=self.category)
        self.job_in_progress: Job = hired_job(buyer=bob, artist=alice)
        self.job_delivered: Job = hired_job(buyer=bob, artist=alice, delivered_at=timezone.now())
        self.job_completed: Job = completed_job(buyer=bob, artist=alice)
        self.review: Review = ReviewFactory.create(job=completed_job(buyer=bob, artist=alice))
        self.contract_job: Job = hired_job(buyer=bob, artist=alice)
        self.contract: Contract = ContractFactory.create(job=self.contract_job)
        draft_of = hired_job(buyer=bob, artist=alice)
        self.contract_draft: Contract = ContractFactory.create(job=draft_of, status=ContractStatus.DRAFT)

        self.job_paid: Payment = paid_job(hired_job(buyer=bob, artist=alice))
        self.dispute: Dispute = dispute_open(
            actor=bob, job_id=paid_job(hired_job(buyer=bob, artist=alice)).job_id, reason="It is late."
        )

        self.order: Order = order_of(bob, self.artwork)
        self.paid_order, self.paid = paid_order(bob, self.sold)
        self.order_to_pay: Order = order_of(bob, self.artwork)
        self.order_being_paid: Order = order_of(bob, self.artwork)
        self.payment: Payment = payment_of(self.order_being_paid)
        payment_process(actor=bob, payment_id=self.payment.pk)
        self.payment.refresh_from_db()
        self.transfer: Payment = payment_of(order_of(bob, self.artwork), PaymentMethod.BANK_TRANSFER)
        print_of_sunset: Artwork = ArtworkFactory.create(
            seller=alice, title="A print", artwork_type=ArtworkType.PHYSICAL
        )
        self.posted, _payment = paid_order(bob, print_of_sunset)
        attachment = SimpleUploadedFile("brief.txt", b"A logo, please.")
        self.message: Message = message_send(
            actor=bob, receiver_id=alice.pk, content="Could it be in gold?", attachment=attachment
        )
        in_dollars: Artwork = ArtworkFactory.create(seller=alice, title="A cube", currency="USD", price="100.00")
        paid_order(bob, in_dollars)
        self.payout: Payout = payout_request(
            actor=alice, amount=Decimal("30"), method=PayoutMethod.PAYPAL, net_amount=Decimal("30")
        )
        self.saved_card: SavedMethod = method_add(
            actor=bob, type=SavedMethodType.CREDIT_CARD, provider="stripe", token="pm_card_visa"
        )
        self.design: Model3D = Model3DFactory.create(seller=alice, title="Gear")
        self.design_draft: Model3D = Model3DFactory.create(seller=alice, title="Sketch", status=Status.DRAFT)
        self.chat: ChatSession = chat_start(actor=bob)
        self.ticket: SupportTicket = ticket_open(
            actor=bob,
            purchase=self.paid_order.lines.get().pk,
            issue_type=TicketIssue.OTHER,
            subject="Which paper?",
            description="For a print of it.",
        )
        self._fill_the_design_shop(bob, alice)
        self.bought: Model3D = Model3D.objects.get(pk=self.line_with_file.listing_id)
        self.reviewed: Model3D = Model3D.objects.get(pk=self.line_without_file.listing_id)
        review_write(actor=bob, listing_id=self.reviewed.pk, rating=4, comment="Fits well.")
        at_the_tooth = LabelDetails(position_x=1.5, position_y=0.0, position_z=-2.25, text="Gear tooth")
        self.label: ModelLabel = label_create(actor=alice, model_id=self.design.pk, details=at_the_tooth)
        self.notification: Notification = NotificationFactory.create(user=bob)
        self.figures: DailyFigures = DailyFiguresFactory.create()
        self.accounts: accounts.Things = accounts.Things(self.people)
        self.models: models.Things = models.Things(self.people)
        self.pages: pages.Things = pages.Things(self.people)
        self.communities: communities.Things = communities.Things(self.people)
        self.trade: trade.Things = trade.Things(self.people)
        self.shop: shop.Things = shop.Things(self.people)
        self.printers: printers.Things = printers.Things(self.people)
        self.queue: queue.Things = queue.Things(self.people)
        self.board: board.Things = board.Things(self.people)

    def _fill_the_design_shop(self, bob: User, alice: User) -> None:
        """alice sells designs, two of them to bob, one without its file; a third is not paid yet."""
        self.gear: Model3D = Model3DFactory.create(seller=alice, title="Mechanical Gear", price="29.99")
        wheel, rack, worm = (
            Model3DFactory.create(seller=alice, title=title, **columns)
            for title, columns in (("Wheel", {}), ("Rack", {"mesh": None}), ("Worm", {}))
        )
        self.copied: Model3D = Model3DFactory.create(seller=alice, status="rejected", mesh__verdict="refused")
        self.line_with_file: OrderLine = paid_order(bob, wheel, channel="v1")[0].lines.get()
        self.line_without_file: OrderLine = paid_order(bob, rack, channel="v1")[0].lines.get()
        self.line_to_pay: OrderLine = order_of(bob, worm, channel="v1").lines.get()
        self.wish: CartItem = cart_add(actor=bob, channel="v1", listing=worm, size="S")
        self.campaign: Campaign = campaign_create(
            actor=alice,
            currency=wheel.currency,
            name="Sale",
            discount_type=DiscountType.FIXED_AMOUNT,
            discount_value=Decimal("5.00"),
            start_date=timezone.now(),
            end_date=timezone.now() + timedelta(days=30),
            designs=[wheel.pk],
        )

    def client(self, role: str) -> APIClient:
        if role == "anonymous":
            return APIClient()
        return APIClient(HTTP_AUTHORIZATION=f"Token {token_issue(self.people[role])}")

    def bearer(self, role: str) -> APIClient:
        if role == "anonymous":
            return APIClient()
        return APIClient(HTTP_AUTHORIZATION=f"Bearer {self.token(role)}")

    def token(self, role: str) -> str:
        """Made anew every minute, and not for each of thousands of requests: it is good for longer."""
        person = self.people[role]
        shown = (person.pk, person.credentials_version, int(time.time()) // 60)
        if shown not in self.tokens:
            self.tokens[shown] = access_token(person)
        return self.tokens[shown]

    def card_code(self) -> str:
        """What a new e-mail about the buyer's saved card says: the world may be older than a code lasts."""
        method_code_send(actor=self.people["buyer"], method_id=self.saved_card.pk)
        return code_to_tell(user=self.people["buyer"], method_id=self.saved_card.pk)

    # ------------------------------------------------------------ second factors
    def code_of_a_new_setup(self, role: str) -> str:
        """What the app shows of somebody who has just scanned the code."""
        return "" if role == "anonymous" else totp_of(two_factor_setup(actor=self.people[role]).secret)

    def code_of(self, role: str) -> str:
        """What the app shows of somebody whose 2FA is on."""
        return "" if role == "anonymous" else totp_of(with_two_factor(self.people[role]).secret)

    def half_signed_in(self) -> dict[str, str]:
        """A person between password and second factor."""
        code = totp_of(with_two_factor(self.bystander).secret)
        waiting = sign_in(name=self.bystander.username, password=PASSWORD, address=ADDRESS)
        return {"session_token": waiting.session_token, "totp_code": code}
