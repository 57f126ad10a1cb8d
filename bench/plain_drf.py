"""What the platform is measured against: the same answers as the tutorials write them.

Django REST framework's own ModelViewSet, ModelSerializer, PageNumberPagination, filters, renderer and parser, with
select_related and the platform's models and settings. Served by the platform's WSGI application with
ROOT_URLCONF=bench.plain_drf.
"""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.urls import include, path
from django_filters.rest_framework import DjangoFilterBackend
from knox.auth import TokenAuthentication
from rest_framework import serializers, viewsets
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.routers import DefaultRouter

from accounts.models import User
from commerce.models import Order, OrderChange, OrderLine
from marketplace.choices import ArtworkType, Kind
from marketplace.models import ON_SALE, Artwork, Category, Listing


class Pages(PageNumberPagination):
    page_size = 20


class ArtistSerializer(serializers.ModelSerializer):
    email = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "email", "first_name", "last_name", "user_type"]

    def get_email(self, _artist: User) -> None:
        return None


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields: ClassVar = ["id", "name", "description"]


class ArtworkSerializer(serializers.ModelSerializer):
    artist = ArtistSerializer(source="seller", read_only=True)
    category = CategorySerializer(read_only=True)
    price = serializers.DecimalField(max_digits=14, decimal_places=2)
    image = serializers.FileField(source="picture.watermarked", read_only=True)
    watermarked_image = serializers.FileField(source="picture.watermarked", read_only=True)

    class Meta:
        model = Artwork
        fields: ClassVar = [
            *("id", "artist", "title", "description", "category", "artwork_type", "price", "image"),
            *("watermarked_image", "is_available", "is_featured", "views_count", "likes_count", "edition_size"),
            *("created_at", "updated_at"),
        ]


class Ordering(OrderingFilter):
    """With the id behind it: works of one price would come in any order, and the answers could not be compared."""

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> Any:
        ordering = super().get_ordering(request, queryset, view) or view.ordering
        return [*ordering, "-id" if ordering[0].startswith("-") else "id"]


class Artworks(viewsets.ModelViewSet):
    # The kind is said, though every artwork is one, so that the platform's indexes serve this server too.
    queryset = Artwork.objects.filter(kind=Kind.ARTWORK).listed().select_related("seller", "category", "picture")
    serializer_class = ArtworkSerializer
    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, SearchFilter, Ordering)
    filterset_fields: ClassVar = {"category": ["exact"], "artwork_type": ["exact"], "price": ["gte", "lte"]}
    search_fields = ("title_key", "description_key")
    ordering_fields = ("created_at", "price", "views_count", "likes_count")
    ordering = ("-created_at",)
    permission_classes = (IsAuthenticatedOrReadOnly,)
    authentication_classes = (TokenAuthentication,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)


class BuyerSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields: ClassVar = ["id", "username"]


class LineSerializer(serializers.ModelSerializer):
    artwork_id = serializers.PrimaryKeyRelatedField(
        source="listing", queryset=Listing.objects.filter(ON_SALE), write_only=True
    )
    artwork: Any = serializers.PrimaryKeyRelatedField(source="listing", read_only=True)
    artwork_title = serializers.CharField(source="title", read_only=True)
    artwork_artist = serializers.CharField(source="seller_name", read_only=True)
    price = serializers.DecimalField(source="unit_price", max_digits=14, decimal_places=2, read_only=True)
    total_price = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = OrderLine
        fields: ClassVar = [
            *("id", "artwork_id", "artwork", "artwork_title", "artwork_artist", "quantity", "price", "total_price"),
            "shipped_at",
        ]
        read_only_fields: ClassVar = ["shipped_at"]


class OrderSerializer(serializers.ModelSerializer):
    buyer = BuyerSerializer(read_only=True)
    artwork_items = LineSerializer(source="lines", many=True)
    equipment_items = serializers.SerializerMethodField()
    total_amount = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = Order
        fields: ClassVar = [
            *("id", "buyer", "order_type", "status", "total_amount", "shipping_address", "created_at", "updated_at"),
            *("artwork_items", "equipment_items"),
        ]
        read_only_fields: ClassVar = ["status"]

    def get_equipment_items(self, _order: Order) -> list[Any]:
        return []

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Order:
        wishes = {line["listing"].pk: line["quantity"] for line in validated_data.pop("lines")}
        locked = Artwork.objects.select_for_update(of=("self",)).select_related("seller").order_by("pk")
        artworks = list(locked.filter(pk__in=wishes))
        total = sum((artwork.price * wishes[artwork.pk] for artwork in artworks), Decimal(0))
        order = Order.objects.create(
            channel="cultureup", total_amount=total, currency=artworks[0].currency, **validated_data
        )
        OrderChange.objects.create(order=order, after=order.status, actor=order.buyer)
        for artwork in artworks:
            artwork.sold_count += wishes[artwork.pk]
            artwork.save(update_fields=["sold_count"])
            OrderLine.objects.create(
                order=order,
                listing=artwork,
                seller=artwork.seller,
                kind=artwork.kind,
                is_digital=artwork.artwork_type == ArtworkType.DIGITAL,
                title=artwork.title,
                seller_name=artwork.seller.username,
                quantity=wishes[artwork.pk],
                unit_price=artwork.price,
                total_price=artwork.price * wishes[artwork.pk],
            )
        return order


class Orders(viewsets.ModelViewSet):
    serializer_class = OrderSerializer
    pagination_class = Pages
    authentication_classes = (TokenAuthentication,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)

    def get_queryset(self) -> Any:
        orders = Order.objects.select_related("buyer").prefetch_related("lines")
        return orders.filter(buyer=self.request.user.pk).order_by("-created_at")

    def perform_create(self, serializer: Any) -> None:
        serializer.save(buyer=self.request.user)


router = DefaultRouter()
router.register("artworks", Artworks, basename="artwork")
router.register("orders", Orders, basename="order")
urlpatterns = [path("api/", include(router.urls))]
