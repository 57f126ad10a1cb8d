"""Print shops for tests: alice's, unless told otherwise."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from accounts.tests.factories import CreatorFactory
from printshop.choices import ConnectionState, ConnectionType, OrderSource, OrderStatus, PrinterStatus
from printshop.models import (
    Filament,
    NotificationSettings,
    Printer,
    PrinterSlot,
    ScheduledPrint,
    Shop,
    ShopOrder,
    ShopOrderItem,
    Spool,
)


class ShopFactory(factory.django.DjangoModelFactory[Shop]):
    """Connected to Etsy, unless `etsy_state` says otherwise."""

    class Meta:
        model = Shop
        django_get_or_create = ("owner",)

    owner = factory.SubFactory(CreatorFactory)
    currency = "USD"
    etsy_state = ConnectionState.CONNECTED
    etsy_user_id = factory.Sequence(lambda number: str(98_000_000 + number))
    etsy_shop_id = factory.Sequence(lambda number: str(77_000_000 + number))
    etsy_shop_name = factory.Sequence(lambda number: f"PrintShop{number}")
    access_token = factory.LazyAttribute(lambda shop: f"{shop.etsy_user_id}.access")
    refresh_token = factory.LazyAttribute(lambda shop: f"{shop.etsy_user_id}.refresh")
    token_expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))


class ShopOrderFactory(factory.django.DjangoModelFactory[ShopOrder]):
    """A paid order of Etsy's with one item of 49.99."""

    class Meta:
        model = ShopOrder
        skip_postgeneration_save = True

    shop = factory.SubFactory(ShopFactory)
    source = OrderSource.ETSY
    etsy_order_id = factory.Sequence(lambda number: str(3_100_000_000 + number))
    buyer_name = "Jordan Sample"
    status = OrderStatus.PAID
    source_status = OrderStatus.PAID
    is_paid = True
    total_amount = "49.99"
    currency = "USD"
    created_at = factory.LazyFunction(timezone.now)
    changed_at = factory.SelfAttribute("created_at")

    @factory.post_generation
    def item(self: ShopOrder, create: bool, extracted: Any, **columns: Any) -> None:  # type: ignore[misc]
        if create and extracted is not False:
            ShopOrderItemFactory.create(order=self, **columns)


class ShopOrderItemFactory(factory.django.DjangoModelFactory[ShopOrderItem]):
    class Meta:
        model = ShopOrderItem

    order = factory.SubFactory(ShopOrderFactory, item=False)
    transaction_id = factory.Sequence(lambda number: str(4_200_000_000 + number))
    etsy_listing_id = "1234500001"
    sku = "BRKT-L-RED"
    title = "Custom Bracket"
    quantity = 1
    price = "49.99"


class FilamentFactory(factory.django.DjangoModelFactory[Filament]):
    """One spool of a kilogram of red PLA, 20.00 a kilogram."""

    class Meta:
        model = Filament
        skip_postgeneration_save = True

    shop = factory.SubFactory(ShopFactory)
    material = "PLA"
    material_folded = "pla"
    color = "Red"
    color_folded = "red"
    color_hex = "#FF0000"
    initial_amount = 1000
    current_amount = 1000
    cost_per_gram = "0.02"
    low_stock_threshold = 100

    @factory.post_generation
    def spool(self: Filament, create: bool, extracted: Any, **columns: Any) -> None:  # type: ignore[misc]
        if create and extracted is not False:
            Spool.objects.create(filament=self, **({"initial_amount": self.initial_amount} | columns))


class PrinterFactory(factory.django.DjangoModelFactory[Printer]):
    """Connected and free."""

    class Meta:
        model = Printer
        skip_postgeneration_save = True

    shop = factory.SubFactory(ShopFactory)
    name = factory.Sequence(lambda number: f"Printer {number}")
    connection_type = ConnectionType.BAMBU_LAN
    serial_number = factory.Sequence(lambda number: f"01S00A{number:09d}")
    host = "192.168.1.100"
    access_code = "12345678"
    model = "P1S"
    status = PrinterStatus.ONLINE
    heard_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def notifications(self: Printer, create: bool, extracted: Any, **columns: Any) -> None:  # type: ignore[misc]
        if create:
            NotificationSettings.objects.get_or_create(printer=self, defaults=columns)


class PrinterSlotFactory(factory.django.DjangoModelFactory[PrinterSlot]):
    """Red PLA in the first slot of the first AMS."""

    class Meta:
        model = PrinterSlot

    printer = factory.SubFactory(PrinterFactory)
    number = 1
    ams_id = factory.LazyAttribute(lambda slot: (slot.number - 1) // 4)
    tray_id = factory.LazyAttribute(lambda slot: (slot.number - 1) % 4)
    is_loaded = True
    material_type = "PLA"
    color = "#FF0000"


class ScheduledPrintFactory(factory.django.DjangoModelFactory[ScheduledPrint]):
    class Meta:
        model = ScheduledPrint

    shop = factory.SubFactory(ShopFactory)
    printer = factory.SubFactory(PrinterFactory, shop=factory.SelfAttribute("..shop"))
    job_name = "Custom Bracket"
    file_name = "bracket.gcode.3mf"
    material_type = "PLA"
    estimated_minutes = 240
    priority = 1
