"""The worker is killed in the middle of its work: a picture's check, an e-mail, a campaign."""

import time
from typing import Any

import redis

from tests.demo.stage import must, wait_for
from tests.faults.ground import CHECK_CLAIM, SWEEP, TASK_TIME_LIMIT, Ground
from tests.faults.killing import Killing
from tests.faults.neighbours import DATA, RECIPIENT

MAIL_CLAIM = 60
SLACK = 45
"""Seconds that processes may take to start again, and queues to be worked off, on a busy machine."""


class CheckKilled(Killing):
    """It hangs for some seconds only: of several it begins last."""

    name = "SIGKILL in the middle of a duplicate check"
    victim = "worker"

    def __init__(self, ground: Ground, *, await_redelivery: bool) -> None:
        super().__init__(ground)
        self.await_redelivery = await_redelivery

    def begin(self) -> None:
        before = self.ground.rekognition.calls("DetectLabels")
        self.ground.rekognition.fail("hang", operation="DetectLabels", times=1, seconds=7)
        self.artwork = self.ground.upload()
        wait_for(lambda: self.ground.rekognition.calls("DetectLabels") > before, "the check in the worker", 60)

    def look(self) -> None:
        picture = self._picture()
        must(picture["check_state"] == "running", f"after the kill the check is {picture['check_state']}")
        self.tries_before = picture["check_attempts"]
        self.unacknowledged = set(self._broker().hkeys("unacked"))
        must(self.unacknowledged, "the broker does not hold the killed worker's task")
        self.ground.let_pass(CHECK_CLAIM, of="marketplace_picture.check_claimed_until", where="id", is_=picture["id"])

    def verdict(self) -> str:
        limit = CHECK_CLAIM + SWEEP + SLACK - (time.time() - self.killed_at)
        wait_for(lambda: self._picture()["check_state"] == "done", "the verdict", max(limit, SLACK))
        took = self._picture()["checked_at"].timestamp() - self.killed_at
        self._once()
        words = f"settled once, {took:.0f} s after the kill (claim {CHECK_CLAIM} s, then the sweep)"
        if self.await_redelivery:
            wait_for(
                lambda: not self.unacknowledged & set(self._broker().hkeys("unacked")),
                "the broker's own repetition",
                200,
            )
            time.sleep(3)
            self._once()
            words += ", and once it stays when the broker repeats the task"
        return words

    def _once(self) -> None:
        picture = self._picture()
        tries = picture["check_attempts"]
        must(tries == self.tries_before + 1, f"{tries} tries, {self.tries_before} before the kill")
        must(picture["verdict"] == "passed", f"the verdict is {picture['verdict']}")
        wait_for(lambda: self.ground.is_public(self.artwork["id"]), "the artwork on sale")
        told = self.ground.sql(
            "SELECT id FROM accounts_notification WHERE user_id = %s AND (data->>'artwork_id')::int = %s",
            self.ground.alice.id,
            self.artwork["id"],
        )
        must(len(told) == 1, f"the artist was told {len(told)} times")
        compared = self.ground.sql(
            "SELECT compared.id FROM marketplace_comparedpicture compared JOIN marketplace_picture picture"
            " ON picture.id = compared.picture_id WHERE picture.artwork_id = %s",
            self.artwork["id"],
        )
        must(len(compared) == 1, f"the picture passed the gate {len(compared)} times")

    def _picture(self) -> dict[str, Any]:
        return self.ground.one("SELECT * FROM marketplace_picture WHERE artwork_id = %s", self.artwork["id"])

    def _broker(self) -> "redis.Redis[bytes]":  # type: ignore[type-arg]
        return redis.Redis.from_url(self.ground.valkey.url)


class MailKilled(Killing):
    """Between the server's "250 OK" and our mark lies a moment in which nobody can know whether the message arrived:
    then it comes twice, with the same Message-ID, by which mailboxes tell a repetition."""

    victim = "worker"

    def __init__(self, ground: Ground, *, point: str) -> None:
        super().__init__(ground)
        self.point = point
        moment = "before the server has it" if point == RECIPIENT else "after the server took it in"
        self.name = f"SIGKILL in the middle of an e-mail, {moment}"

    def begin(self) -> None:
        name = f"reader{int(time.monotonic() * 1000)}"
        self.address = f"{name}_{self.ground.stage.suffix}@example.com"
        held = self.ground.smtp.hold(self.address, self.point)
        self.reader = self.ground.stage.register(name, "buyer")
        must(held.wait(90), "no e-mail reached the mail server")
        # Of the two e-mails that greet a newcomer one is held. The other must be through, or it were in danger as well.
        wait_for(lambda: len(self._open()) == 1, "the other e-mail", 30)

    def look(self) -> None:
        must(len(self._open()) == 1, "the delivery is not open after the kill")
        self.ground.let_pass(MAIL_CLAIM, of="accounts_delivery.claimed_until", where="user_id", is_=self.reader.id)

    def verdict(self) -> str:
        limit = MAIL_CLAIM + SWEEP + SLACK - (time.time() - self.killed_at)
        wait_for(lambda: not self._open(), "every delivery sent", max(limit, SLACK))
        took = max(row["sent_at"] for row in self._deliveries()).timestamp() - self.killed_at
        deliveries = self._deliveries()
        ids = [str(message["Message-ID"]) for message in self.ground.smtp.messages_to(self.address)]
        must(len(set(ids)) == len(deliveries), f"{len(set(ids))} different messages for {len(deliveries)} deliveries")
        repeated = len(ids) - len(set(ids))
        if self.point == DATA:
            must(repeated == 1, f"{repeated} repetitions where one is unavoidable")
            return f"sent again {took:.0f} s later under the same Message-ID; none lost"
        must(repeated == 0, f"{repeated} messages came twice")
        return f"exactly one message, {took:.0f} s later (claim {MAIL_CLAIM} s, then the sweep); none lost"

    def _open(self) -> list[dict[str, Any]]:
        return [row for row in self._deliveries() if row["state"] != "sent"]

    def _deliveries(self) -> list[dict[str, Any]]:
        return self.ground.sql(
            "SELECT * FROM accounts_delivery WHERE user_id = %s AND channel = 'email'", self.reader.id
        )


class CampaignKilled(Killing):
    """In the second of three batches, with half of its e-mails sent."""

    name = "SIGKILL in the middle of an e-mail campaign"
    readers = 250
    held = 150
    victim = "worker"

    def begin(self) -> None:
        ground, about = self.ground, f"campaign{int(time.monotonic() * 1000)}"
        self._make_readers(about)
        sent = {"subject": about, "content": "<h1>Hello</h1>", "segment": "all", "name": about}
        self.campaign = ground.chief.post("/api/admin/emails/campaigns", 201, json=sent)["id"]
        held = ground.smtp.hold(f"{about}_{self.held}@example.com", RECIPIENT)
        self.told = ground.chief.post(f"/api/admin/emails/campaigns/{self.campaign}/send")["message"]
        must(held.wait(90), "the campaign did not reach the mail server")

    def look(self) -> None:
        self.before = len(self._messages())
        must(0 < self.before < self.readers, f"{self.before} e-mails were sent before the kill")

    def verdict(self) -> str:
        limit = TASK_TIME_LIMIT + 30 + 2 * SWEEP + 2 * SLACK - (time.time() - self.killed_at)
        wait_for(lambda: not self._unfinished(), "the rest of the campaign", max(limit, SLACK))
        took = time.time() - self.killed_at
        addresses = [str(message["X-Envelope-To"]) for message in self._messages()]
        people = self.ground.sql(
            "SELECT email FROM community_campaignrecipient JOIN accounts_user ON accounts_user.id = user_id"
            " WHERE campaign_id = %s",
            self.campaign,
        )
        must(sorted(addresses) == sorted(row["email"] for row in people), "somebody got none, or two")
        must(self.told == f"Email sent to {len(people)} users", f"{self.told}, and there are {len(people)}")
        return f"{self.before} of {len(people)} before the kill, all {took:.0f} s after it, nobody twice"

    def _make_readers(self, about: str) -> None:
        """Copies of bob, in one statement."""
        columns = self.ground.sql(
            "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'accounts_user'"
            " AND is_generated = 'NEVER' AND column_name <> 'id'"
        )
        own = {"username", "username_key", "email", "email_key"}
        names = [row["name"] for row in columns]
        values = [
            f"'{about}_' || n || '{'@example.com' if name.startswith('email') else ''}'" if name in own else name
            for name in names
        ]
        self.ground.sql(
            f"INSERT INTO accounts_user ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM accounts_user, generate_series(1, {self.readers}) n WHERE accounts_user.id = %s",
            self.ground.bob.id,
        )

    def _messages(self) -> list[Any]:
        subject = self.ground.one("SELECT subject FROM community_emailcampaign WHERE id = %s", self.campaign)["subject"]
        return [message for message in list(self.ground.smtp.messages) if message["Subject"] == subject]

    def _unfinished(self) -> bool:
        campaign = self.ground.one("SELECT finished_at FROM community_emailcampaign WHERE id = %s", self.campaign)
        waiting = self.ground.sql(
            "SELECT id FROM accounts_delivery WHERE template = 'campaign' AND state <> 'sent' LIMIT 1"
        )
        return campaign["finished_at"] is None or bool(waiting)
