"""What the platform is measured against: the same answers as the tutorials write them.

Django REST framework's own ModelViewSet, ModelSerializer, PageNumberPagination, filters, renderer and parser, with
select_related and the platform's models and settings. Served by the platform's WSGI application with
ROOT_URLCONF=bench.plain_drf.
"""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.urls import include, path
from django_filters.rest_framework import CharFilter, DjangoFilterBackend, FilterSet
from knox.auth import TokenAuthentication
from rest_framework import serializers, viewsets
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts.models import User
from commerce.models import Order, OrderChange, OrderLine
from marketplace.choices import ArtworkType, Kind
from marketplace.models import ON_SALE, Artwork, Category, Listing, Model3D


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
            *("id", "artist", "title", "description", "category", "artwork_type", "price", "currency"),
            "image",
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
    discount_amount = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    total_price = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)

    class Meta:
        model = OrderLine
        fields: ClassVar = [
            *("id", "artwork_id", "artwork", "artwork_title", "artwork_artist", "quantity", "price"),
            *("discount_amount", "total_price", "shipped_at"),
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
            *("id", "buyer", "order_type", "status", "total_amount", "currency", "shipping_address"),
            *("created_at", "updated_at", "artwork_items", "equipment_items"),
        ]
        read_only_fields: ClassVar = ["status", "currency"]

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


class CreatorSerializer(serializers.ModelSerializer):
    full_name = serializers.CharField(source="get_full_name", read_only=True)
    avatar_url = serializers.FileField(source="profile_image", read_only=True)
    is_verified = serializers.BooleanField(source="identity_verified", read_only=True)

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "full_name", "avatar_url", "is_verified", "creator_level"]


class ModelSerializer(serializers.ModelSerializer):
    name = serializers.CharField(source="title", read_only=True)
    price = serializers.FloatField()
    is_free = serializers.SerializerMethodField()
    category: Any = serializers.SlugRelatedField(slug_field="name", read_only=True)
    subcategory = serializers.SerializerMethodField()
    file_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.FileField(source="mesh.thumbnail", read_only=True)
    preview_images = serializers.ListField(source="pictures", read_only=True)
    file_size = serializers.IntegerField(source="mesh.byte_size", read_only=True)
    file_formats = serializers.SerializerMethodField()
    formats = serializers.SerializerMethodField()
    poly_count = serializers.IntegerField(source="mesh.triangle_count", read_only=True)
    vertex_count = serializers.IntegerField(source="mesh.vertex_count", read_only=True)
    texture_resolution = serializers.SerializerMethodField()
    has_animations = serializers.BooleanField(source="mesh.has_animations", read_only=True)
    is_animated = serializers.BooleanField(source="mesh.has_animations", read_only=True)
    has_rigging = serializers.BooleanField(source="mesh.has_rigging", read_only=True)
    is_rigged = serializers.BooleanField(source="mesh.has_rigging", read_only=True)
    has_materials = serializers.BooleanField(source="mesh.has_materials", read_only=True)
    has_textures = serializers.BooleanField(source="mesh.has_textures", read_only=True)
    views = serializers.IntegerField(source="views_count", read_only=True)
    likes = serializers.IntegerField(source="likes_count", read_only=True)
    downloads = serializers.IntegerField(source="downloads_count", read_only=True)
    rating = serializers.FloatField()
    is_published = serializers.BooleanField(source="is_available", read_only=True)
    creator_id = serializers.IntegerField(source="seller_id", read_only=True)
    creator = CreatorSerializer(source="seller", read_only=True)

    class Meta:
        model = Model3D
        fields: ClassVar = [
            *("id", "title", "name", "description", "price", "currency", "is_free", "category", "subcategory", "tags"),
            "file_url",
            *("thumbnail_url", "preview_images", "file_size", "file_formats", "formats", "poly_count", "vertex_count"),
            *("texture_resolution", "has_animations", "is_animated", "has_rigging", "is_rigged", "has_materials"),
            *("has_textures", "views", "likes", "downloads", "rating", "rating_count", "status", "is_featured"),
            *("is_trending", "is_published", "creator_id", "creator", "created_at", "updated_at"),
        ]

    def get_is_free(self, model: Model3D) -> bool:
        return not model.price

    def get_subcategory(self, model: Model3D) -> str | None:
        return model.subcategory or None

    def get_file_url(self, _model: Model3D) -> None:
        return None

    def get_file_formats(self, model: Model3D) -> list[str]:
        return [name.upper() for name in self.get_formats(model)]

    def get_formats(self, model: Model3D) -> list[str]:
        return [model.mesh.format, *model.further_formats] if model.mesh else list(model.further_formats)

    def get_texture_resolution(self, model: Model3D) -> str | None:
        return f"{round(model.mesh.texture_pixels / 1024)}K" if model.mesh and model.mesh.texture_pixels else None


class ModelMiniSerializer(ModelSerializer):
    category = serializers.CharField(source="category.name", read_only=True)

    class Meta:
        model = Model3D
        fields: ClassVar = [
            *("id", "title", "name", "thumbnail_url", "price", "currency", "is_free", "category", "file_formats"),
            *("creator_id", "creator"),
        ]


class ModelDetailSerializer(ModelSerializer):
    """For somebody who is not signed in."""

    license = serializers.SerializerMethodField()
    is_liked = serializers.SerializerMethodField()
    is_purchased = serializers.SerializerMethodField(method_name="get_is_liked")
    is_in_cart = serializers.SerializerMethodField(method_name="get_is_liked")
    comment_count = serializers.IntegerField(source="comments_count", read_only=True)
    related_models = serializers.SerializerMethodField()

    class Meta:
        model = Model3D
        fields: ClassVar = [
            *ModelSerializer.Meta.fields,
            *("license", "is_liked", "is_purchased", "is_in_cart", "comment_count", "related_models"),
        ]

    def get_license(self, _model: Model3D) -> None:
        return None

    def get_is_liked(self, _model: Model3D) -> bool:
        return False

    def get_related_models(self, model: Model3D) -> Any:
        others = Models.queryset.filter(category=model.category_id).exclude(pk=model.pk).order_by("-created_at", "-pk")
        return ModelMiniSerializer(others[:4], many=True, context=self.context).data


class ModelPages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "limit"

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        paginator = self.page.paginator
        return Response(
            {
                "items": data,
                "total": paginator.count,
                "page": self.page.number,
                "limit": paginator.per_page,
                "pages": paginator.num_pages,
            }
        )


class ModelOrdering(Ordering):
    ordering_param = "sort"

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Any) -> Any:
        return [{"price_asc": "price", "newest": "-created_at"}[name] for name in fields]


class ModelFilter(FilterSet):
    category = CharFilter(field_name="category__name")

    class Meta:
        model = Model3D
        fields: ClassVar = ["category"]


class Models(viewsets.ModelViewSet):
    queryset = Model3D.objects.filter(kind=Kind.MODEL).listed().select_related("seller", "category", "mesh")
    serializer_class = ModelSerializer
    pagination_class = ModelPages
    filter_backends = (DjangoFilterBackend, SearchFilter, ModelOrdering)
    filterset_class = ModelFilter
    search_fields = ("title_key", "description_key")
    ordering = ("-created_at",)
    permission_classes = (IsAuthenticatedOrReadOnly,)
    authentication_classes = (TokenAuthentication,)
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)

    def get_serializer_class(self) -> type[ModelSerializer]:
        return ModelDetailSerializer if self.action == "retrieve" else ModelSerializer


router = DefaultRouter()
router.register("artworks", Artworks, basename="artwork")
router.register("orders", Orders, basename="order")
models_router = DefaultRouter(trailing_slash=False)
models_router.register("models", Models, basename="model")
urlpatterns = [path("api/", include(router.urls)), path("api/", include(models_router.urls))]
