"""A stand-in for Google, GitHub and Discord as OAuth providers: real HTTP, on this machine.

    with SocialStandIn() as provider:
        settings.OAUTH_CLIENTS = {"google": provider.client(), ...}
        code = provider.consents(begun.authorization_url, sub="42", email="jane@example.com", email_verified=True)

A code works once, for the redirect address and the verifier it was made for. `person` is what userinfo says; with
`emails` the list that GitHub keeps apart.
"""

import base64
import hashlib
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.stand_ins.gateway_server import Answer, Request, StandIn

ADDRESSES = ("authorize_url", "token_url", "userinfo_url", "tokeninfo_url")


class SocialStandIn(StandIn):
    client_id = "our-client"
    client_secret = "our-client-secret"

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: dict[str, str] = {}
        """Access tokens, and the client they were given to."""
        self.person: dict[str, Any] = {}
        self.emails: list[dict[str, Any]] | None = None
        self.says: Answer | None = None
        """In place of the token endpoint's own answer."""

    def client(self) -> dict[str, str]:
        paths = dict(zip(ADDRESSES, ("/authorize", "/token", "/me", "/whose/{client_id}"), strict=True))
        addresses = {name: self.url + path for name, path in paths.items()}
        return {"client_id": self.client_id, "client_secret": self.client_secret, **addresses}

    def consents(self, authorization_url: str = "", *, redirect_uri: str = "", **person: Any) -> str:
        """Somebody signs in there and agrees: the code that comes back to the page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        self.person = person or self.person
        code = secrets.token_urlsafe(8)
        self.codes[code] = {
            "redirect_uri": asked.get("redirect_uri", redirect_uri),
            "challenge": asked.get("code_challenge", ""),
        }
        return code

    def token_for(self, client_id: str, **person: Any) -> str:
        self.person = person or self.person
        token = secrets.token_urlsafe(8)
        self.tokens[token] = client_id
        return token

    # ---------------------------------------------------------------- the provider
    def respond(self, request: Request) -> Answer:
        path = urlsplit(request.path).path
        if path == "/token":
            return self.says or self._trade(parse_qs(request.body.decode()))
        if path.startswith("/whose/"):
            return self._whose(request)
        if self._bearer(request) not in self.tokens:
            return _json({"error": "invalid_token"}, 401)
        if path == "/me/emails":
            return _json({"message": "Not Found"}, 404) if self.emails is None else _json(self.emails)
        return _json(self.person)

    def _trade(self, form: dict[str, list[str]]) -> Answer:
        sent = {name: values[0] for name, values in form.items()}
        if (sent.get("client_id"), sent.get("client_secret")) != (self.client_id, self.client_secret):
            return _json({"error": "invalid_client"}, 401)
        made = self.codes.pop(sent.get("code", ""), None)
        verifier = sent.get("code_verifier", "")
        if made is None or made["redirect_uri"] != sent.get("redirect_uri"):
            return _json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(verifier.encode()).digest()
        if made["challenge"] and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != made["challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": self.token_for(self.client_id), "token_type": "bearer", "expires_in": 3600})

    def _whose(self, request: Request) -> Answer:
        """As all three say it, at once."""
        token = self._bearer(request)
        if not token and request.headers.get("Content-Type") == "application/json":
            token = json.loads(request.body)["access_token"]
        elif not token:
            token = parse_qs(request.body.decode()).get("access_token", [""])[0]
        owner = self.tokens.get(token)
        if owner is None:
            return _json({"error": "invalid_token"}, 400)
        return _json({"aud": owner, "app": {"client_id": owner}, "application": {"id": owner}})

    def _bearer(self, request: Request) -> str:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())
