"""Nexus's accounts and people: requests, answers, and what the world has for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from accounts.choices import SessionKind
from accounts.models import Follow, SocialAccount
from accounts.services.follows import follow
from accounts.services.sessions import refresh_token_issue, session_begin
from accounts.services.verification import verification_token
from accounts.services.webhook_endpoints import endpoint_create, endpoint_test
from accounts.tests.factories import PASSWORD, ApiKeyFactory, BuyerFactory, CreatorFactory
from tests.roles.requests.passwords import CHANGE, FORGOT, RESET
from tests.roles.requests.request import Request, fixed, of, picture
from tests.roles.requests.sign_ins import sign_ins

if TYPE_CHECKING:
    from accounts.models import User
    from tests.roles.world import World


class Things:
    """jane makes models; everybody but bob follows her, and she follows them. bob has a webhook."""

    def __init__(self, people: dict[str, User]) -> None:
        self.jane = CreatorFactory.create(username="jane")
        for role, user in people.items():
            if role != "buyer":
                follow(actor=user, user_id=self.jane.pk)
                follow(actor=self.jane, user_id=user.pk)
        self.webhook = endpoint_create(actor=people["buyer"], url="https://example.com/hook", events=["*"])
        self.delivery = endpoint_test(actor=people["buyer"], endpoint_id=self.webhook.pk)
        self.session = session_begin(people["buyer"], kind=SessionKind.REFRESH)
        self.key = ApiKeyFactory.create(user=people["buyer"])


def crowd(world: World, number: int) -> None:
    """One more who follows everybody, and whom jane follows."""
    follower, jane = BuyerFactory.create(), world.accounts.jane
    followed = [Follow(follower=follower, followed=user) for user in (jane, *world.people.values())]
    Follow.objects.bulk_create([*followed, Follow(follower=jane, followed=follower)])
    endpoint_test(actor=world.people["buyer"], endpoint_id=world.accounts.webhook.pk)
    session_begin(world.people["buyer"], kind=SessionKind.ACCESS)
    ApiKeyFactory.create(user=world.people["buyer"])


def named(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"username": name}


def at(provider: str) -> Callable[[World], dict[str, Any]]:
    return lambda _world: {"provider": provider}


def linked(world: World, role: str) -> None:
    if role in world.people:
        SocialAccount.objects.create(user=world.people[role], provider="google", uid=role)


def delivery(world: World) -> dict[str, Any]:
    return {"id": world.accounts.webhook.pk, "delivery_id": world.accounts.delivery.pk}


REQUESTS: dict[str, Request] = {
    "auth.register": Request(
        body=fixed(username="newcomer", email="newcomer@example.com", password=PASSWORD, full_name="New Comer")
    ),
    "auth.login": Request(body=fixed(email="eve@example.com", password=PASSWORD)),
    "auth.logout": Request(body=fixed()),
    "auth.refresh": Request(body=lambda world, _role: {"refresh_token": refresh_token_issue(world.bystander)}),
    "auth.verify_email": Request(body=lambda world, _role: {"token": verification_token(world.bystander)}),
    "auth.forgot_password": FORGOT,
    "auth.reset_password": RESET,
    "auth.oauth.providers": Request(),
    "auth.oauth.start": Request(path=at("google")),
    "auth.oauth.google": Request(body=fixed(code="a-code")),
    "auth.oauth.github": Request(body=fixed(code="a-code")),
    "auth.oauth.discord": Request(body=fixed(code="a-code")),
    "users.me.social.list": Request(),
    "users.me.social.start": Request(path=at("google")),
    "users.me.social.link": Request(body=fixed(provider="google", code="c", state="s", code_verifier="v")),
    "users.me.social.unlink": Request(path=at("google"), before=linked),
    "users.retrieve": Request(path=named("jane")),
    "users.stats": Request(path=named("jane")),
    "users.follow": Request(path=named("jane")),
    "users.unfollow": Request(path=named("jane")),
    "users.followers": Request(path=named("jane")),
    "users.following": Request(path=named("jane")),
    "dashboard.followers": Request(),
    "users.me": Request(),
    "users.me.update": Request(
        body=fixed(full_name="New Name", bio="Makes ships", skills=["Texturing"], city="Berlin")
    ),
    "users.me.password": CHANGE,
    "users.me.email_preferences.retrieve": Request(),
    "users.me.email_preferences.update": Request(body=fixed(comments=False)),
    "users.me.exports.create": Request(),
    "users.me.exports.list": Request(),
    "users.me.delete": Request(body=fixed(password=PASSWORD)),
    "users.me.avatar": Request(body=lambda _world, _role: {"file": picture()}, form=True),
    "users.me.webhooks.list": Request(),
    "users.me.webhooks.create": Request(body=fixed(url="https://example.com/hook", events=["order.paid"])),
    "users.me.webhooks.retrieve": Request(path=of("accounts.webhook")),
    "users.me.webhooks.update": Request(path=of("accounts.webhook"), body=fixed(events=["*"], state="paused")),
    "users.me.webhooks.delete": Request(path=of("accounts.webhook")),
    "users.me.webhooks.rotate_secret": Request(path=of("accounts.webhook")),
    "users.me.webhooks.test": Request(path=of("accounts.webhook")),
    "users.me.webhooks.deliveries": Request(path=of("accounts.webhook")),
    "users.me.webhooks.replay": Request(path=delivery),
    **sign_ins("users.me."),
    "notifications.list": Request(),
    "notifications.read_all": Request(),
    "notifications.read": Request(path=of("notification")),
    "notifications.delete": Request(path=of("notification")),
    "dashboard.notifications": Request(),
    "admin.users.list": Request(),
    "admin.users.list (a page)": Request(query={"page": "1", "search": "jane"}),
    "admin.users.update": Request(path=of("accounts.jane"), body=fixed(full_name="Jane Roe", creator_level="Silver")),
    "admin.users.verify": Request(path=of("accounts.jane")),
    "admin.users.ban": Request(path=of("accounts.jane")),
}

# fmt: off
TABLE = {
    #                                              anon bob  char alice dora mod  staff admin super
    "auth.register":                               "201  201  201  201   201  201  201   201   201",
    "auth.login":                                  "200  200  200  200   200  200  200   200   200",
    "auth.logout":                                 "401  200  200  200   200  200  200   200   200",
    "auth.refresh":                                "200  200  200  200   200  200  200   200   200",
    "auth.verify_email":                           "200  200  200  200   200  200  200   200   200",
    "auth.forgot_password":                        "200  200  200  200   200  200  200   200   200",
    "auth.reset_password":                         "200  200  200  200   200  200  200   200   200",
    "auth.oauth.providers":                        "200  200  200  200   200  200  200   200   200",
    # Not configured, and a flow that nobody began.
    "auth.oauth.start":                            "400  400  400  400   400  400  400   400   400",
    "auth.oauth.google":                           "400  400  400  400   400  400  400   400   400",
    "auth.oauth.github":                           "400  400  400  400   400  400  400   400   400",
    "auth.oauth.discord":                          "400  400  400  400   400  400  400   400   400",
    "users.me.social.list":                        "401  200  200  200   200  200  200   200   200",
    "users.me.social.start":                       "401  400  400  400   400  400  400   400   400",
    "users.me.social.link":                        "401  400  400  400   400  400  400   400   400",
    "users.me.social.unlink":                      "401  200  200  200   200  200  200   200   200",
    "users.retrieve":                              "200  200  200  200   200  200  200   200   200",
    "users.stats":                                 "200  200  200  200   200  200  200   200   200",
    "users.follow":                                "401  200  200  200   200  200  200   200   200",
    "users.unfollow":                              "401  200  200  200   200  200  200   200   200",
    "users.followers":                             "200  200  200  200   200  200  200   200   200",
    "users.following":                             "200  200  200  200   200  200  200   200   200",
    "dashboard.followers":                         "401  200  200  200   200  200  200   200   200",
    "users.me":                                    "401  200  200  200   200  200  200   200   200",
    "users.me.update":                             "401  200  200  200   200  200  200   200   200",
    "users.me.password":                           "401  200  200  200   200  200  200   200   200",
    "users.me.api_keys.list":                     "401  200  200  200   200  200  200   200   200",
    "users.me.api_keys.create":                   "401  201  201  201   201  201  201   201   201",
    "users.me.api_keys.delete":                   "401  200  404  404   404  404  404   404   404",
    "users.me.sessions.list":                     "401  200  200  200   200  200  200   200   200",
    "users.me.sessions.delete_others":            "401  200  200  200   200  200  200   200   200",
    "users.me.sessions.delete":                   "401  200  404  404   404  404  404   404   404",
    "users.me.avatar":                             "401  200  200  200   200  200  200   200   200",
    "users.me.email_preferences.retrieve":        "401  200  200  200   200  200  200   200   200",
    "users.me.email_preferences.update":          "401  200  200  200   200  200  200   200   200",
    "users.me.exports.create":                    "401  201  201  201   201  201  201   201   201",
    "users.me.exports.list":                      "401  200  200  200   200  200  200   200   200",
    "users.me.webhooks.list":                      "401  200  200  200   200  200  200   200   200",
    "users.me.webhooks.create":                    "401  201  201  201   201  201  201   201   201",
    "users.me.webhooks.retrieve":                  "401  200  404  404   404  404  404   404   404",
    "users.me.webhooks.update":                    "401  200  404  404   404  404  404   404   404",
    "users.me.webhooks.delete":                    "401  200  404  404   404  404  404   404   404",
    "users.me.webhooks.rotate_secret":             "401  200  404  404   404  404  404   404   404",
    "users.me.webhooks.test":                      "401  201  404  404   404  404  404   404   404",
    "users.me.webhooks.deliveries":                "401  200  404  404   404  404  404   404   404",
    "users.me.webhooks.replay":                    "401  200  404  404   404  404  404   404   404",
    "users.me.delete":                            "401  409  200  409   200  409  409   409   409",
    "notifications.list":                          "401  200  200  200   200  200  200   200   200",
    "notifications.read_all":                      "401  200  200  200   200  200  200   200   200",
    "notifications.read":                          "401  200  404  404   404  404  404   404   404",
    "notifications.delete":                        "401  200  404  404   404  404  404   404   404",
    "dashboard.notifications":                     "401  200  200  200   200  200  200   200   200",
    "admin.users.list":                            "401  403  403  403   403  403  200   200   200",
    "admin.users.list (a page)":                   "401  403  403  403   403  403  200   200   200",
    "admin.users.update":                          "401  403  403  403   403  403  403   200   200",
    "admin.users.verify":                          "401  403  403  403   403  403  403   200   200",
    "admin.users.ban":                             "401  403  403  403   403  403  403   200   200",
}
# fmt: on
