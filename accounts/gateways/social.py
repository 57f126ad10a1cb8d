"""What Google, GitHub and Discord say of somebody who signs in there (OAuth 2.0: authorization code with PKCE).

Authlib speaks the protocol; here stand the providers' addresses and how each describes a person. Nothing of what is
exchanged is logged: codes, tokens and secrets travel in bodies and headers alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
from django.conf import settings
from requests.auth import HTTPBasicAuth

from accounts.choices import SocialProvider
from accounts.errors import SocialNotConfigured, SocialRefused
from config.core.errors import Upstream
from config.core.metrics import failures_counted

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

TIMEOUT: Final = (5, 10)
"""Seconds to connect, and to wait for each piece of an answer."""
LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class SocialPerson:
    """`uid` never changes there; `email` is empty when the provider tells none. `names` are proposed as user names."""

    provider: SocialProvider
    uid: str
    email: str
    email_is_verified: bool
    full_name: str
    names: tuple[str, ...]


def is_configured(provider: SocialProvider) -> bool:
    client = settings.OAUTH_CLIENTS[provider]
    return bool(client["client_id"] and client["client_secret"])


def authorization_address(provider: SocialProvider, *, redirect_uri: str, state: str, code_verifier: str) -> str:
    """Where the person is sent to. Raises SocialNotConfigured."""
    session, client = _session(provider, redirect_uri)
    scope = KINDS[provider].scope
    address = client["authorize_url"]
    return str(session.create_authorization_url(address, state=state, code_verifier=code_verifier, scope=scope)[0])


@failures_counted("social_login", Upstream)
def person_by_code(provider: SocialProvider, *, code: str, redirect_uri: str, code_verifier: str) -> SocialPerson:
    """Trade an authorization code. Raises SocialNotConfigured, SocialRefused and Upstream."""
    from authlib.integrations.base_client import OAuthError

    session, client = _session(provider, redirect_uri)
    proof = {"code_verifier": code_verifier} if code_verifier else {}
    try:
        token = session.fetch_token(
            client["token_url"],
            grant_type="authorization_code",
            code=code,
            timeout=TIMEOUT,
            allow_redirects=False,
            **proof,
        )
        access_token = token["access_token"]
    except requests.HTTPError as error:  # only for statuses from 500 on
        raise Upstream from error
    except (OAuthError, ValueError, KeyError, TypeError):
        raise SocialRefused from None
    except requests.RequestException as error:
        raise Upstream from error
    return _person(provider, str(access_token))


@failures_counted("social_login", Upstream)
def person_by_token(provider: SocialProvider, *, access_token: str) -> SocialPerson:
    """Of an access token that the client got itself. One that was given to another app than ours is refused: whoever
    runs that app has it too. Raises SocialNotConfigured, SocialRefused and Upstream."""
    client = _client(provider)
    address = client["tokeninfo_url"]
    if not (access_token.isascii() and access_token.isprintable()) or not address:
        raise SocialRefused
    if KINDS[provider].given_to(address, client, access_token) != client["client_id"]:
        raise SocialRefused
    return _person(provider, access_token)


def _person(provider: SocialProvider, access_token: str) -> SocialPerson:
    address = _client(provider)["userinfo_url"]
    found = KINDS[provider].read(_asked("GET", address, bearer=access_token), address, access_token)
    if not found.uid or len(found.uid) > LONGEST or "\0" in found.uid:
        raise SocialRefused
    return found


def _client(provider: SocialProvider) -> dict[str, str]:
    if not is_configured(provider):
        raise SocialNotConfigured(f"{provider.label} sign-in is not configured")
    client: dict[str, str] = settings.OAUTH_CLIENTS[provider]
    return client


def _session(provider: SocialProvider, redirect_uri: str) -> "tuple[OAuth2Session, dict[str, str]]":
    from authlib.integrations.requests_client import (
        OAuth2Session,  # takes a third of a second; most processes need none
    )

    client = _client(provider)
    session = OAuth2Session(
        client["client_id"],
        client["client_secret"],
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 (a method's name)
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
    )
    return session, client


# ---------------------------------------------------------------- one request
def _asked(
    method: str,
    address: str,
    *,
    bearer: str = "",
    auth: HTTPBasicAuth | None = None,
    form: dict[str, str] | None = None,
    json: dict[str, str] | None = None,
) -> Any:
    """The JSON of a good answer. Raises SocialRefused for every other one, and Upstream when the provider is away."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        answer = requests.request(
            method,
            address,
            headers=headers,
            auth=auth,
            data=form,
            json=json,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if answer.status_code >= 500:
            raise Upstream
        if answer.status_code != 200:
            raise SocialRefused
        return answer.json()
    except ValueError:
        raise SocialRefused from None
    except requests.RequestException as error:
        raise Upstream from error


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return "".join(letter for letter in str(value) if letter.isprintable()).strip()


def _vouches(said: Any) -> bool:
    """Whether it says that the address is confirmed, in the words of any of them."""
    words = ("email_verified", "verified_email", "verified")
    return isinstance(said, dict) and any(said.get(word) in (True, "true") for word in words)


# ---------------------------------------------------------------- the providers
def _google(said: Any, _address: str, _token: str) -> SocialPerson:
    email = _text(said, "email")
    return SocialPerson(
        provider=SocialProvider.GOOGLE,
        uid=_text(said, "sub") or _text(said, "id"),
        email=email,
        email_is_verified=_vouches(said),
        full_name=_text(said, "name"),
        names=(email.partition("@")[0], _text(said, "name")),
    )


def _github(said: Any, address: str, token: str) -> SocialPerson:
    """The profile shows an address, or none; which ones are confirmed is said by a list of its own."""
    try:
        listed = _asked("GET", f"{address.rstrip('/')}/emails", bearer=token)
    except SocialRefused:  # the person did not allow to read it
        listed = []
    known = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    confirmed = [_text(entry, "email") for entry in known if entry.get("verified") is True and entry.get("primary")]
    email = next(iter(confirmed), "") or _text(said, "email")
    return SocialPerson(
        provider=SocialProvider.GITHUB,
        uid=_text(said, "id"),
        email=email,
        email_is_verified=bool(confirmed) or _vouches(said),
        full_name=_text(said, "name"),
        names=(_text(said, "login"), _text(said, "name")),
    )


def _discord(said: Any, _address: str, _token: str) -> SocialPerson:
    return SocialPerson(
        provider=SocialProvider.DISCORD,
        uid=_text(said, "id"),
        email=_text(said, "email"),
        email_is_verified=_vouches(said),
        full_name=_text(said, "global_name"),
        names=(_text(said, "username"), _text(said, "global_name")),
    )


def _google_app(address: str, _client: dict[str, str], token: str) -> str:
    return _text(_asked("POST", address, form={"access_token": token}), "aud")


def _github_app(address: str, client: dict[str, str], token: str) -> str:
    auth = HTTPBasicAuth(client["client_id"], client["client_secret"])
    said = _asked("POST", address.format(client_id=client["client_id"]), auth=auth, json={"access_token": token})
    return _text(said.get("app") if isinstance(said, dict) else None, "client_id")


def _discord_app(address: str, _client: dict[str, str], token: str) -> str:
    said = _asked("GET", address, bearer=token)
    return _text(said.get("application") if isinstance(said, dict) else None, "id")


@dataclass(frozen=True)
class Kind:
    """`read` makes a person of what the provider's userinfo says; `given_to` says whose app an access token is of."""

    scope: str
    read: Callable[[Any, str, str], SocialPerson]
    given_to: Callable[[str, dict[str, str], str], str]


KINDS: Final = {
    SocialProvider.GOOGLE: Kind("openid email profile", _google, _google_app),
    SocialProvider.GITHUB: Kind("read:user user:email", _github, _github_app),
    SocialProvider.DISCORD: Kind("identify email", _discord, _discord_app),
}
