"""CultureUp's contracts and reviews."""

from typing import Any, cast

from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from config.core.references import LARGEST_ID
from config.dialects.amounts import AmountIn, AmountOut
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView
from config.dialects.moments import EndIn
from jobs import selectors
from jobs.choices import ContractStatus, RightsType
from jobs.models import Contract, Job, Review
from jobs.services import contracts, reviews
from jobs.services.contracts import ContractChanges


# ---------------------------------------------------------------- what comes in
class OfferField(serializers.ChoiceField):
    """draft or pending. Any other status is the platform's to give, and not looked at."""

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[ContractStatus.DRAFT, ContractStatus.PENDING], required=False, **options)

    def to_internal_value(self, data: Any) -> str:
        try:
            return str(super().to_internal_value(data))
        except serializers.ValidationError:
            raise SkipField from None


class ContractIn(serializers.Serializer[Any]):
    job = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    artist = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    terms = serializers.CharField(max_length=contracts.MOST_TERMS)
    rights_type = serializers.ChoiceField(choices=RightsType.choices)
    amount = AmountIn(min_value=0)
    deadline = EndIn()
    status = OfferField(allow_null=True)


class ContractQuery(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=ContractStatus.choices, required=False)
    rights_type = serializers.ChoiceField(choices=RightsType.choices, required=False)
    ordering = serializers.ChoiceField(["created_at", "-created_at", "amount", "-amount"], default=selectors.NEWEST)


class ReviewIn(serializers.Serializer[Any]):
    job = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    rating = serializers.IntegerField(min_value=1, max_value=reviews.MOST_STARS)
    comment = serializers.CharField(max_length=reviews.MOST_COMMENT)


class ReviewChangeIn(ReviewIn):
    job = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class ReviewQuery(serializers.Serializer[Any]):
    rating = serializers.IntegerField(min_value=1, max_value=reviews.MOST_STARS, required=False)
    ordering = serializers.ChoiceField(["created_at", "-created_at", "rating", "-rating"], default=selectors.NEWEST)


# ---------------------------------------------------------------- what goes out
class JobTitleOut(serializers.Serializer[Job]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class PartyOut(serializers.Serializer[User]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class ReviewPersonOut(serializers.Serializer[User]):
    id = serializers.IntegerField()
    username = serializers.CharField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class SignaturesOut(serializers.Serializer[Contract]):
    id = serializers.IntegerField()
    artist_signed = serializers.SerializerMethodField()
    buyer_signed = serializers.SerializerMethodField()
    artist_signed_at = serializers.DateTimeField(allow_null=True)
    is_fully_signed = serializers.BooleanField()
    status = serializers.ChoiceField(choices=ContractStatus.choices)

    def get_artist_signed(self, contract: Contract) -> bool:
        return contract.artist_signed_at is not None

    def get_buyer_signed(self, contract: Contract) -> bool:
        return contract.buyer_signed_at is not None


class ContractOut(SignaturesOut):
    job = JobTitleOut()
    artist = PartyOut()
    buyer = PartyOut()
    terms = serializers.CharField()
    rights_type = serializers.ChoiceField(choices=RightsType.choices)
    amount = AmountOut()
    currency = serializers.CharField()
    deadline = serializers.DateTimeField()
    buyer_signed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SignedContractOut(SignaturesOut):
    """As documented for the artist's signature; the buyer's adds its own time."""

    buyer_signed_at = serializers.DateTimeField(required=False)

    def to_representation(self, contract: Contract) -> dict[str, Any]:
        shown = super().to_representation(contract)
        if contract.buyer_signed_at is None:
            del shown["buyer_signed_at"]
        return dict(shown)


class SignedOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    contract = SignedContractOut()


class ReviewOut(serializers.Serializer[Review]):
    id = serializers.IntegerField()
    reviewer = ReviewPersonOut()
    artist = ReviewPersonOut()
    job = JobTitleOut()
    rating = serializers.IntegerField()
    comment = serializers.CharField()
    created_at = serializers.DateTimeField()


# ---------------------------------------------------------------- the operations
class Contracts(CultureupView):
    @operation(query=ContractQuery, answer=ContractOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(selectors.contracts_of(actor=request.user, **self.query()))

    @operation(body=ContractIn, answer=ContractOut, status=201)
    def create(self, request: Request) -> Response:
        return self.answer(contracts.contract_create(actor=self.caller, **self.body()))

    @operation(answer=ContractOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.contract_visible(actor=request.user, contract_id=id))

    @operation(body=ContractIn, answer=ContractOut)
    def update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body())

    @operation(body=ContractIn, answer=ContractOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body(partial=True))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        contracts.contract_delete(actor=self.caller, contract_id=id)
        return self.answer()

    @operation(answer=SignedOut)
    def sign(self, request: Request, id: int) -> Response:
        contract = contracts.contract_sign(actor=self.caller, contract_id=id)
        return self.answer({"message": "Contract signed successfully", "contract": SignedContractOut(contract).data})

    def _change(self, id: int, sent: dict[str, Any]) -> Response:
        changes = cast(ContractChanges, sent)
        return self.answer(contracts.contract_change(actor=self.caller, contract_id=id, changes=changes))


class Reviews(CultureupView):
    @operation(query=ReviewQuery, answer=ReviewOut, rows="page")
    def list(self, request: Request) -> Response:
        return self.page(selectors.reviews_listed(**self.query()))

    @operation(body=ReviewIn, answer=ReviewOut, status=201)
    def create(self, request: Request) -> Response:
        return self.answer(reviews.review_create(actor=self.caller, **self.body()))

    @operation(answer=ReviewOut)
    def get(self, request: Request, id: int) -> Response:
        return self.answer(selectors.review_visible(review_id=id))

    @operation(body=ReviewChangeIn, answer=ReviewOut)
    def update(self, request: Request, id: int) -> Response:
        return self.answer(reviews.review_change(actor=self.caller, review_id=id, **self.body()))

    @operation(body=ReviewChangeIn, answer=ReviewOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self.answer(reviews.review_change(actor=self.caller, review_id=id, **self.body(partial=True)))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        reviews.review_delete(actor=self.caller, review_id=id)
        return self.answer()


class ArtistReviews(CultureupView):
    @operation(answer=ReviewOut, rows="page", who=AllowAny)
    def reviews(self, request: Request, id: int) -> Response:
        return self.page(selectors.reviews_of_artist(artist_id=id))
