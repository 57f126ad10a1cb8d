"""What the four dialects' edges have in common: one view class, whose attributes a dialect's file fills in.

A view is a class of actions. Each action declares with `@operation` what it reads and answers; that one declaration
parses the input, presents the output, decides who may call, and documents the operation in OpenAPI.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed, UnsupportedMediaType
from rest_framework.parsers import FormParser
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from config.addresses import address_of
from config.core.countries import country_code
from config.core.errors import Kind, OutOfScope
from config.core.idempotency import Once
from config.core.storage import PRIVATE
from config.dialects import idempotency
from config.dialects.bodies import LengthNeeded, Parser, UploadParser, is_chunked
from config.dialects.lines import lines_read
from config.dialects.problems import Problem, problem_from
from config.dialects.throttle import HourlyThrottle

if TYPE_CHECKING:
    from accounts.models import User

SerializerClass = type[serializers.BaseSerializer[Any]]
Action = TypeVar("Action", bound=Callable[..., HttpResponseBase])

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key with the same body gets the first call's answer, and does nothing a second time.",
)


@dataclass(frozen=True, kw_only=True)
class operation:  # noqa: N801 (it is used as a decorator)
    """Declares an action: what it reads (`body`, `query`), what it answers (`answer`, `status`), who may call.

    `rows` says that `answer` is one row of many: of a "page" in the dialect's envelope, or of an array of "all".
    `also` has the other statuses that the same answer comes with: 200 for what was there already, 202 for what needs
    one more step.
    `files` has the types of the files that it answers: beside `answer`, or instead where there is none.
    `partial` says of a PUT that what is left out of its body stays; of a PATCH that goes without saying.
    `who` is a permission; AllowAny is for those who are not signed in as well, others ask for more than that.
    `idempotent` honours `Idempotency-Key`: hand `self.once` to the service. With "unless_refused" nothing is kept of a
    request that was refused, not even a digest of it.
    """

    body: SerializerClass | None = None
    query: SerializerClass | None = None
    answer: SerializerClass | None = None
    rows: Literal["page", "all"] | None = None
    status: int = 200
    also: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
    who: type[BasePermission] = IsAuthenticated
    multipart: bool = False
    partial: bool = False
    idempotent: bool | Literal["unless_refused"] = False

    @property
    def is_public(self) -> bool:
        return self.who is AllowAny

    def __call__(self, action: Action) -> Action:
        wrapped: Any = idempotency.honoured(cast("Callable[..., Response]", action)) if self.idempotent else action
        parameters: list[Any] = [
            *([self.query] if self.query else []),
            *([IDEMPOTENCY_KEY] if self.idempotent else []),
        ]
        body = self.body(partial=True) if self.body and self.partial else self.body
        answer = self.answer(many=True) if self.answer and self.rows else self.answer
        documented = extend_schema(
            request=({"multipart/form-data": body} if self.multipart else body) if body else None,
            parameters=parameters,
            responses={
                **(dict.fromkeys((self.status, *self.also), answer) if self.answer or not self.files else {}),
                **{(self.status, kind): OpenApiTypes.BINARY for kind in self.files},
            },
        )(wrapped)
        documented.operation = self
        return documented  # type: ignore[no-any-return]


class DialectView(ViewSet):
    """The base of every endpoint. A dialect subclasses it once, in its own file."""

    dialect: ClassVar[str]
    scheme: ClassVar[str] = "Bearer"
    """Of `Authorization`, as its documents name it."""
    limits: ClassVar[Mapping[str, int]] = {}
    limit_group: ClassVar[str] = ""
    minute_limits: ClassVar[Mapping[str, tuple[str, int]]] = {}
    administrators_unlimited: ClassVar[bool] = True
    throttle_classes: tuple[type[HourlyThrottle], ...] = (HourlyThrottle,)
    parser_classes = (Parser, UploadParser, FormParser)
    operation_ids: ClassVar[Mapping[str, str]] = {}
    scopes: ClassVar[Mapping[str, str]] = {}
    """Which API keys are good for this path, by method; none where none is said."""
    validation_status: ClassVar[int] = 400
    problem_schema: ClassVar[Mapping[str, Any]] = {"type": "object"}
    """The JSON schema of a refusal's body, for the OpenAPI document."""
    problem_codes: ClassVar[frozenset[Kind]] = frozenset()
    """The kinds of refusals whose `code` is shown."""
    answer_headers: ClassVar[Mapping[str, str]] = {}
    """Numbers in the headers of every answer, and what they mean."""
    action: str
    once: Once | None = None
    """The call with its Idempotency-Key, where the operation honours one and the caller sent one."""

    @property
    def declared(self) -> operation:
        return getattr(self, self.action).operation  # type: ignore[no-any-return]

    @property
    def allowed_methods(self) -> list[str]:
        """This path's. The class may have an action called `delete` that belongs to another path."""
        return [*(method.upper() for method in self.action_map), "OPTIONS"]

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Anybody may ask which methods a path has: `Allow` says so."""
        return Response(status=204)

    def get_permissions(self) -> list[Any]:
        if self.action in (None, "metadata"):  # no method of this path, which is 405 for anybody; or OPTIONS
            return [AllowAny()]
        who = self.declared.who
        return [who()] if who in (AllowAny, IsAuthenticated) else [IsAuthenticated(), who()]

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """An action called `get` or `delete` must not answer on those paths of its view that have no such method."""
        if self.action is None:
            raise MethodNotAllowed(request.method)
        super().initial(request, *args, **kwargs)
        if is_chunked(request):
            raise LengthNeeded
        # Nothing here unpacks a body: a packed one would be taken for damaged, one that only says so for what it is.
        encoding = request.headers.get("Content-Encoding", "").strip()
        if encoding.lower() not in ("", "identity") and request.method not in SAFE_METHODS:
            raise UnsupportedMediaType(
                encoding, f'Unsupported encoding "{encoding[:50]}" of the body: send it as it is.'
            )

    def get_authenticate_header(self, request: Any) -> str:
        """The scheme that the dialect's documents name; the other one is understood as well."""
        return self.scheme if self.authentication_classes else ""

    def check_permissions(self, request: Any) -> None:
        """A key opens what it is for; whoever it is of, they may no more by it than without."""
        allows = getattr(request.auth, "allows", None)
        if allows is not None and request.method != "OPTIONS":
            scope = self.scopes.get(request.method.lower(), "")
            if not allows(scope):
                raise OutOfScope(scope)
        super().check_permissions(request)

    # ---------------------------------------------------------------- input
    def body(self, *, partial: bool = False, serializer: SerializerClass | None = None) -> dict[str, Any]:
        """The validated body. Raises the dialect's validation error."""
        chosen = serializer or self.declared.body
        assert chosen is not None, f"{self.action} declares no body"  # noqa: S101 (a fault of ours, not of the caller)
        return self.validated(chosen, self.request.data, partial=partial)

    def validated(self, chosen: SerializerClass, sent: Any, *, partial: bool = False) -> dict[str, Any]:
        """What was sent, as that serializer validates it. Raises the dialect's validation error."""
        reader = chosen(data=sent, partial=partial, context=self.serializer_context())
        lines_read(reader)
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def query(self) -> dict[str, Any]:
        """The validated query parameters: those sent, and the defaults of the others."""
        chosen = self.declared.query
        assert chosen is not None, f"{self.action} declares no query"  # noqa: S101
        # An empty parameter (?search=) is one that was not sent, as HTML forms do it.
        sent = {name: value for name, value in self.request.query_params.items() if value != ""}
        reader = chosen(data=sent, context=self.serializer_context())
        reader.is_valid(raise_exception=True)
        return dict(reader.validated_data)

    def serializer_context(self) -> dict[str, Any]:
        return {"request": self.request, "view": self}

    @property
    def caller(self) -> "User":
        """The person who called; for operations that are not public."""
        assert self.request.user.is_authenticated  # noqa: S101 (get_permissions saw to it)
        return self.request.user

    @property
    def address(self) -> str:
        """The caller's network address, past as many proxies as TRUSTED_PROXIES says."""
        return address_of(self.request) or "0.0.0.0"  # noqa: S104

    @property
    def country(self) -> str:
        """Where the caller is (ISO 3166-1), as the proxy named by COUNTRY_HEADER says; empty when nobody says."""
        header = settings.COUNTRY_HEADER
        return country_code(self.request.headers.get(header, "")) if header else ""

    # ---------------------------------------------------------------- output
    def answer(self, thing: Any = None, *, status: int | None = None, **context: Any) -> Response:
        """`thing` as the declared serializer shows it (a dict goes out as it is)."""
        declared = self.declared
        data = thing
        if declared.answer is not None and thing is not None and not isinstance(thing, dict):
            data = declared.answer(thing, context=self.serializer_context() | context).data
        return Response(data, status=status or declared.status)

    def page(self, rows: QuerySet[Any], present: Callable[[list[Any]], list[Any]] | None = None) -> Response:
        """One page of `rows` in the dialect's envelope."""
        raise NotImplementedError

    def present_many(self, rows: list[Any], **context: Any) -> list[Any]:
        answer = self.declared.answer
        assert answer is not None, f"{self.action} declares no answer"  # noqa: S101
        return list(answer(rows, many=True, context=self.serializer_context() | context).data)

    def finalize_response(self, request: Any, response: Response, *args: Any, **kwargs: Any) -> Response:
        """What is not for everybody is kept by nobody: neither by a cache on the way nor by the browser."""
        response = super().finalize_response(request, response, *args, **kwargs)
        open_to_all = self.action is not None and self.action != "metadata" and self.declared.is_public
        if request.method not in SAFE_METHODS or "Authorization" in request.headers or not open_to_all:
            response["Cache-Control"] = PRIVATE
        else:
            patch_vary_headers(response, ["Authorization"])
        return response

    # ---------------------------------------------------------------- errors
    @classmethod
    def word(cls, problem: Problem, request: Any) -> tuple[int, Any]:
        """The dialect's status and body for a problem."""
        raise NotImplementedError

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        def handler(exception: Exception, _context: dict[str, Any]) -> Response | None:
            problem = problem_from(exception)
            if problem is None:
                return None
            return self.refusal(problem, self.request)

        return handler

    @classmethod
    def refusal(cls, problem: Problem, request: Any) -> Response:
        status, body = cls.word(problem, request)
        return Response(body, status=status, headers=problem.headers)
