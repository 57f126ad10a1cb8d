"""One small view in each dialect, to ask its edge what the products' own views all share."""

from collections.abc import Callable
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from accounts.models import User
from config.core.errors import Conflict, Denied, DomainError, Invalid, Limited, Missing, Upstream
from config.dialects.base import DialectView, operation
from config.dialects.cultureup import CultureupView
from config.dialects.nexus import NexusView
from config.dialects.printshop import PrintshopView
from config.dialects.v1 import V1View

REFUSALS: dict[str, Callable[[], DomainError]] = {
    "invalid": lambda: Invalid("Not like this."),
    "field": lambda: Invalid("Too small.", field="amount"),
    "denied": Denied,
    "missing": lambda: Missing("Artwork"),
    "conflict": lambda: Conflict("Changed meanwhile.", version=3),
    "limited": lambda: Limited("Try again in 2 minutes.", wait=120),
    "upstream": Upstream,
}


class NameOut(serializers.Serializer[Any]):
    username = serializers.CharField()


class PartIn(serializers.Serializer[Any]):
    size = serializers.IntegerField(min_value=1)
    title = serializers.CharField(max_length=50, required=False)


class ThingIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)
    parts = PartIn(many=True, required=False)
    words = serializers.ListField(child=serializers.CharField(max_length=50), required=False)
    terms = serializers.CharField(max_length=2000, required=False)
    password = serializers.CharField(max_length=200, required=False, trim_whitespace=False)


class Things:
    @operation(answer=NameOut, rows="page", who=AllowAny)
    def list(self: Any, request: Request) -> Response:
        return self.page(User.objects.order_by("pk"))

    @operation(body=ThingIn, who=AllowAny)
    def create(self: Any, request: Request) -> Response:
        return self.answer(self.body())

    @operation(who=AllowAny)
    def refuse(self: Any, request: Request, kind: str) -> Response:
        raise REFUSALS[kind]()

    @operation()
    def private(self: Any, request: Request) -> Response:
        return self.answer({"username": request.user.username})


class CultureupThings(Things, CultureupView):
    pass


class NexusThings(Things, NexusView):
    pass


class NexusEnvelope(Things, NexusView):
    always_envelope = True


class V1Things(Things, V1View):
    @operation(answer=NameOut, rows="page", who=AllowAny)
    def sorted_list(self, request: Request) -> Response:
        return self.page(self.sorted(User.objects.all(), {"name": "username", "created_at": "created_at"}))


class V1Limited(Things, V1View):
    limits: ClassVar = {"anonymous": 2, "user": 2}
    limit_group = "limited:"
    administrators_unlimited = False


class PrintshopThings(Things, PrintshopView):
    list_name: ClassVar = "things"


VIEWS: dict[str, type[DialectView]] = {
    "cultureup": CultureupThings,
    "nexus": NexusThings,
    "v1": V1Things,
    "printshop": PrintshopThings,
}


def ask(
    view: type[DialectView], action: str, method: str = "get", query: str = "", body: Any = None, **options: Any
) -> Response:
    """The rendered answer of one action."""
    arguments = options.pop("arguments", {})
    path = f"/things/{query and '?'}{query}"
    if method == "get":
        request = APIRequestFactory().get(path, **options)
    else:
        request = getattr(APIRequestFactory(), method)(path, body, format="json", **options)
    response = view.as_view({method: action})(request, **arguments)
    response.render()
    return response
