"""A design sold without its file: its price is held until the file is there, or goes back whole."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Notification
from commerce import tasks
from commerce.errors import FileNotThere, GatewayUnavailable, NothingHeld, RefundTooLarge, WrongPaymentStatus
from commerce.gateways.sandbox import SandboxGateway
from commerce.models import DownloadEvent, LedgerTransaction, PaymentShare
from commerce.services.checkout.downloads import line_download
from commerce.services.escrow.files import escrow_files_sweep, listing_file_attached, purchase_refund
from commerce.services.escrow.holds import payment_release
from commerce.services.payments.by_hand import payment_complete_by_hand
from commerce.services.refunds.refunds import payment_refund, refund_reserve, refund_settle
from commerce.services.states.payments import payment_lock
from commerce.tests.shop import design_of
from commerce.tests.steps import balances, order_of, paid_order, payment_of
from config.core.errors import Denied
from marketplace.choices import MeshState, Verdict
from marketplace.services.models_3d.models import model_attach
from marketplace.tests.factories import ArtworkFactory, MeshFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rack(alice):
    """On sale without its file."""
    return design_of(alice, title="Rack", mesh=None)


@pytest.fixture
def sale(bob, alice, rack):
    """bob bought the rack and a wheel, which has its file: 30.00 each."""
    order, payment = paid_order(bob, rack, design_of(alice, title="Wheel"), channel="v1")
    return order, payment


def line_of(order, title="Rack"):
    return order.lines.get(title=title)


def attach(rack, **columns):
    mesh = MeshFileFactory.create(owner=rack.seller, **columns)
    type(rack).objects.filter(pk=rack.pk).update(mesh=mesh)
    return mesh


class TestHeld:
    def test_the_price_of_what_has_no_file_alone(self, sale, alice):
        _order, payment = sale
        assert (payment.status, payment.hire_status, payment.held_amount) == ("completed", "pending", Decimal("30.00"))
        assert balances() == {
            ("gateway", None): Decimal("-60.00"),
            ("held", alice.pk): Decimal("30.00"),
            ("fees", None): Decimal("3.00"),
            ("seller", alice.pk): Decimal("27.00"),
        }
        told = Notification.objects.get(user=alice, notification_type="payment_received")
        assert "The payment for 'Rack' is held until you attach the file" in told.message

    def test_it_cannot_be_downloaded_yet_and_nothing_is_counted(self, sale, bob):
        order, _payment = sale
        with pytest.raises(FileNotThere):
            line_download(actor=bob, line=line_of(order))
        assert line_of(order).download_count == 0
        assert line_download(actor=bob, line=line_of(order, "Wheel")).download_count == 1
        assert DownloadEvent.objects.count() == 1

    def test_a_gift_without_its_file(self, alice, bob):
        order = order_of(bob, design_of(alice, price="0", mesh=None))
        with pytest.raises(FileNotThere):
            line_download(actor=bob, line=order.lines.get())

    def test_artworks_in_money_of_their_own_hold_as_well_as_designs_do(self, bob, alice):
        rack = design_of(alice, mesh=None, currency="PKR", channel="cultureup")
        _order, payment = paid_order(bob, rack, ArtworkFactory(seller=alice, price=Decimal("100.00")))
        assert payment.held_amount == Decimal("30.00")
        alice.refresh_from_db()
        assert alice.earned == Decimal("90.00")


class TestRelease:
    def test_the_file_that_the_seller_attaches_lets_the_price_go(
        self, sale, alice, bob, rack, settings, django_capture_on_commit_callbacks
    ):
        settings.CELERY_TASK_ALWAYS_EAGER = True
        order, payment = sale
        with django_capture_on_commit_callbacks(execute=True):
            model_attach(actor=alice, model_id=rack.pk, mesh_id=MeshFileFactory.create(owner=alice).pk)
        payment.refresh_from_db()
        assert (payment.hire_status, payment.held_amount) == ("released", 0)
        assert balances() == {
            ("gateway", None): Decimal("-60.00"),
            ("fees", None): Decimal("6.00"),
            ("seller", alice.pk): Decimal("54.00"),
        }
        assert line_download(actor=bob, line=line_of(order)).download_count == 1
        assert Notification.objects.filter(user=bob, title="File Ready").count() == 1
        assert Notification.objects.filter(user=alice, title="Payment Released").count() == 1
        assert listing_file_attached(listing_id=rack.pk) == 0

    @pytest.mark.parametrize(
        "columns",
        [
            {"state": MeshState.WAITING, "verdict": Verdict.UNCHECKED},
            {"state": MeshState.FAILED, "verdict": Verdict.UNCHECKED},
            {"verdict": Verdict.REFUSED},
            {"verdict": Verdict.HELD},
        ],
    )
    def test_not_by_a_file_that_is_not_analysed_or_a_copy(self, sale, rack, bob, columns):
        order, payment = sale
        attach(rack, **columns)
        assert listing_file_attached(listing_id=rack.pk) == 0
        tasks.escrow_files_sweep()
        payment.refresh_from_db()
        assert payment.held_amount == Decimal("30.00")
        with pytest.raises(FileNotThere):
            line_download(actor=bob, line=line_of(order))

    def test_the_sweep_finds_what_was_cleared_later(self, sale, rack):
        mesh = attach(rack, verdict=Verdict.HELD)
        assert escrow_files_sweep() == 0
        type(mesh).objects.update(verdict=Verdict.CLEARED)
        assert escrow_files_sweep() == 1
        assert escrow_files_sweep() == 0

    def test_administrators_only_by_force_and_nobody_else(self, sale, admin, bob):
        _order, payment = sale
        with pytest.raises(Denied):
            payment_release(actor=bob, payment_id=payment.pk, force=True, reason="mine")
        with pytest.raises(WrongPaymentStatus, match="attaches the file"):
            payment_release(actor=admin, payment_id=payment.pk)
        released = payment_release(actor=admin, payment_id=payment.pk, force=True, reason="sent by mail")
        assert (released.held_amount, released.hire_status) == (0, "released")

    def test_two_sellers_each_get_their_own(self, alice, bob):
        from accounts.tests.factories import ArtistFactory

        dora = ArtistFactory(username="dora")
        hers, alices = design_of(dora, mesh=None), design_of(alice, mesh=None)
        _order, payment = paid_order(bob, hers, alices, channel="v1")
        attach(hers)
        assert escrow_files_sweep() == 1
        payment.refresh_from_db()
        assert (payment.held_amount, payment.hire_status) == (Decimal("30.00"), "pending")
        found = balances()
        assert found[("seller", dora.pk)] == Decimal("27.00")
        assert found[("held", alice.pk)] == Decimal("30.00")
        assert ("held", dora.pk) not in found


class TestTakingBack:
    def test_the_whole_price_at_once_and_once(self, sale, bob, alice):
        order, payment = sale
        refund = purchase_refund(actor=bob, line=line_of(order))
        payment.refresh_from_db()
        assert (refund.amount, refund.status, refund.actor) == (Decimal("30.00"), "succeeded", bob)
        assert (payment.status, payment.held_amount, payment.hire_status) == ("partially_refunded", 0, "released")
        assert balances() == {
            ("gateway", None): Decimal("-30.00"),
            ("fees", None): Decimal("3.00"),
            ("seller", alice.pk): Decimal("27.00"),
        }
        with pytest.raises(NothingHeld):
            purchase_refund(actor=bob, line=line_of(order))
        with pytest.raises(Denied):
            line_download(actor=bob, line=line_of(order))
        told = Notification.objects.get(user=alice, title="Sale Refunded").message
        assert told.startswith("USD 30.00 that were held for you for order")

    def test_not_what_has_its_file_nor_anothers(self, sale, bob, charlie):
        order, _payment = sale
        for actor, line in ((bob, line_of(order, "Wheel")), (charlie, line_of(order))):
            with pytest.raises(NothingHeld):
                purchase_refund(actor=actor, line=line)
        assert not LedgerTransaction.objects.filter(kind="refund").exists()

    def test_a_silent_gateway_keeps_it_for_the_buyer(self, sale, bob, rack, monkeypatch):
        order, payment = sale
        work = SandboxGateway.refund

        def silent(self, **call):
            raise GatewayUnavailable

        monkeypatch.setattr(SandboxGateway, "refund", silent)
        refund = purchase_refund(actor=bob, line=line_of(order))
        assert refund.status == "pending"
        attach(rack)
        assert escrow_files_sweep() == 0
        with pytest.raises(NothingHeld):
            purchase_refund(actor=bob, line=line_of(order))
        with pytest.raises(FileNotThere):
            line_download(actor=bob, line=line_of(order))
        monkeypatch.setattr(SandboxGateway, "refund", work)
        assert refund_settle(actor=bob, refund_id=refund.pk).status == "succeeded"
        payment.refresh_from_db()
        assert (payment.held_amount, payment.refunded_amount) == (0, Decimal("30.00"))

    def test_a_transfer_waits_for_an_administrator(self, bob, admin, rack):
        order = order_of(bob, rack, channel="v1")
        payment = payment_of(order, "bank_transfer")
        payment_complete_by_hand(actor=admin, payment_id=payment.pk)
        refund = purchase_refund(actor=bob, line=order.lines.get())
        assert refund.status == "pending"
        assert payment_refund(actor=admin, payment_id=payment.pk).status == "succeeded"


class TestBesideRefundsOfThePayment:
    def test_a_part_of_the_payment_takes_from_each_line_and_from_its_hold_first(self, sale, admin, alice, bob):
        order, payment = sale
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("10.00"))
        payment.refresh_from_db()
        assert payment.held_amount == Decimal("25.00")
        assert balances() == {
            ("gateway", None): Decimal("-50.00"),
            ("held", alice.pk): Decimal("25.00"),
            ("fees", None): Decimal("2.50"),
            ("seller", alice.pk): Decimal("22.50"),
        }
        assert purchase_refund(actor=bob, line=line_of(order)).amount == Decimal("25.00")

    def test_what_one_line_has_reserved_is_left_for_it(self, sale, admin):
        order, payment = sale
        with transaction.atomic():
            locked = payment_lock(payment.pk)
            share = PaymentShare.objects.get(line=line_of(order))
            alone = refund_reserve(locked, amount=None, actor=admin, reason="", share=share)
            assert alone.amount == Decimal("30.00")
            with pytest.raises(RefundTooLarge):
                refund_reserve(locked, amount=Decimal("0.01"), actor=admin, reason="", share=share)
        payment_refund(actor=admin, payment_id=payment.pk, amount=Decimal("20.00"))
        share.refresh_from_db()
        assert (share.refunded_gross, share.held_gross) == (0, 30)
        refund_settle(actor=admin, refund_id=alone.pk)
        payment_refund(actor=admin, payment_id=payment.pk)
        payment.refresh_from_db()
        assert (payment.status, payment.refunded_amount, payment.held_amount) == ("refunded", 60, 0)
        assert balances() == {}

    def test_the_database_holds_no_more_than_is_left_of_a_line(self, sale):
        with pytest.raises(IntegrityError, match="share_holds_within_rest"), transaction.atomic():
            PaymentShare.objects.filter(held_gross__gt=0).update(held_gross=Decimal("30.01"))
