"""CultureUp's accounts: registration, sign-in, one's own account, artist and buyer profiles."""

from typing import Any

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.cultureup.serializers import (
    AccountOut,
    AccountPatchIn,
    AccountPutIn,
    ArtistProfileIn,
    ArtistProfileOut,
    ArtistProfilesQuery,
    BuyerProfileIn,
    BuyerProfileOut,
    BuyerProfilesQuery,
    LoginIn,
    LoginOut,
    MessageOut,
    OwnAccountOut,
    RegisterIn,
)
from accounts.authentication import credential_of
from accounts.selectors import people
from accounts.services import profiles
from accounts.services.profile_views import profile_view_count
from accounts.services.registration import account_register
from accounts.services.sessions import sign_out, token_issue
from accounts.services.sign_in import sign_in
from config.dialects.base import operation
from config.dialects.cultureup import CultureupView


class SignIn(CultureupView):
    # A client may still send the token of a session that has ended; it must not keep anybody from signing in.
    authentication_classes = ()

    @operation(body=RegisterIn, answer=AccountOut, status=201, who=AllowAny)
    def register(self, request: Request) -> Response:
        sent = self.body()
        sent.pop("password_confirm")
        user = account_register(**sent, address=self.address)
        return self.answer(user, viewer=user)

    @operation(body=LoginIn, answer=LoginOut, who=AllowAny)
    def login(self, request: Request) -> Response:
        sent = self.body()
        result = sign_in(name=sent["username"], password=sent["password"], address=self.address)
        if result.needs_second_factor:
            return self.answer(
                {
                    "requires_2fa": True,
                    "session_token": result.session_token,
                    "message": "Please provide 2FA code",
                }
            )
        token = token_issue(result.user)
        return self.answer(LoginOut({"token": token, "user": result.user, "message": "Login successful"}).data)


class Auth(CultureupView):
    @operation(answer=OwnAccountOut)
    def profile_get(self, request: Request) -> Response:
        return self.answer(request.user)

    @operation(body=AccountPutIn, answer=OwnAccountOut)
    def profile_put(self, request: Request) -> Response:
        return self.answer(profiles.profile_update(actor=self.caller, changes=self.body()))

    @operation(body=AccountPatchIn, answer=OwnAccountOut, multipart=True)
    def profile_patch(self, request: Request) -> Response:
        changes = self.body(partial=True)
        if "profile_image" not in changes:
            return self.answer(profiles.profile_update(actor=self.caller, changes=changes))
        picture = changes.pop("profile_image")
        return self.answer(profiles.profile_image_set(actor=self.caller, upload=picture, changes=changes))

    @operation(answer=MessageOut)
    def logout(self, request: Request) -> Response:
        sign_out(actor=self.caller, credential=credential_of(request))
        return self.answer({"message": "Successfully logged out"})


class ArtistProfiles(CultureupView):
    @operation(query=ArtistProfilesQuery, answer=ArtistProfileOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(people.artist_profiles_filtered(actor=request.user, **self.query()))

    @operation(body=ArtistProfileIn, answer=ArtistProfileOut, status=201)
    def create(self, request: Request) -> Response:
        return self.answer(profiles.artist_profile_create(actor=self.caller, **self.body()))

    @operation(answer=ArtistProfileOut, who=AllowAny)
    def get(self, request: Request, id: int) -> Response:
        """Counts a view, once a visitor and day."""
        profile = people.artist_profile_visible(actor=request.user, user_id=id)
        agent = request.headers.get("User-Agent", "")
        profile_view_count(actor=request.user, user_id=profile.pk, address=self.address, agent=agent)
        return self.answer(profile)

    @operation(body=ArtistProfileIn, answer=ArtistProfileOut)
    def update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body())

    @operation(body=ArtistProfileIn, answer=ArtistProfileOut)
    def partial_update(self, request: Request, id: int) -> Response:
        return self._change(id, self.body(partial=True))

    @operation(status=204)
    def delete(self, request: Request, id: int) -> Response:
        profiles.artist_profile_delete(actor=self.caller, user_id=id)
        return self.answer()

    def _change(self, user_id: int, sent: dict[str, Any]) -> Response:
        return self.answer(profiles.artist_profile_update(actor=self.caller, user_id=user_id, **sent))


class BuyerProfiles(CultureupView):
    @operation(query=BuyerProfilesQuery, answer=BuyerProfileOut, rows="page", who=AllowAny)
    def list(self, request: Request) -> Response:
        return self.page(people.buyer_profiles_filtered(actor=request.user, **self.query()))

    @operation(body=BuyerProfileIn, answer=BuyerProfileOut, status=201)
    def create(self, request: Request) -> Response:
        return self.answer(profiles.buyer_profile_create(actor=self.caller, **self.body()))

    @operation(answer=BuyerProfileOut, who=AllowAny)
    def get(self, request: Request, user_id: int) -> Response:
        return self.answer(people.buyer_profile_visible(actor=request.user, user_id=user_id))

    @operation(body=BuyerProfileIn, answer=BuyerProfileOut)
    def update(self, request: Request, user_id: int) -> Response:
        return self._change(user_id, self.body())

    @operation(body=BuyerProfileIn, answer=BuyerProfileOut)
    def partial_update(self, request: Request, user_id: int) -> Response:
        return self._change(user_id, self.body(partial=True))

    @operation(status=204)
    def delete(self, request: Request, user_id: int) -> Response:
        profiles.buyer_profile_delete(actor=self.caller, user_id=user_id)
        return self.answer()

    def _change(self, user_id: int, sent: dict[str, Any]) -> Response:
        return self.answer(profiles.buyer_profile_update(actor=self.caller, user_id=user_id, **sent))
