"""What the ten e-mails of Nexus look like: those that its story made the platform send, as an HTML mail program shows
them."""

from tests.demo import nexus
from tests.demo.stage import Stage, must, say, wait_for
from tests.screenshots.camera import Camera, small

LETTERS = {
    "welcome": ("iris", "Welcome"),
    "email-verification": ("iris", "Verify your email address"),
    "password-reset": ("jack", "Reset your password"),
    "model-approved": ("iris", "Has Been Approved"),
    "model-rejected": ("iris", "Model Review Update"),
    "sale-notification": ("iris", "You Made a Sale"),
    "purchase-confirmation": ("jack", "Purchase Confirmation"),
    "new-follower": ("iris", "new follower"),
    "comment-notification": ("iris", "New comment"),
    "support-ticket-update": ("jack", "ticket"),
}
"""The name of the picture: who got it, and words of its subject."""


def shoot(taken: Camera, stage: Stage, environment: dict[str, str]) -> None:
    nexus.play(stage, environment)
    for name, (person, subject) in LETTERS.items():
        address = f"{person}_{stage.suffix}@example.com"

        def sent(address: str = address, subject: str = subject) -> object:
            return stage.mail_to(address, subject)

        message = wait_for(sent, f"the mail {name}")
        part = message.get_body(preferencelist=("html",))
        must(part is not None, f"{name} has no HTML part")
        taken.page.set_viewport_size({"width": 680, "height": 420})
        taken.page.set_content(part.get_content(), wait_until="networkidle")
        file = taken.folder / "emails" / f"{name}.png"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(small(taken.page.screenshot(full_page=True)))
        say(f"{file.name}: {message['Subject']}", f"{file.stat().st_size // 1024} KB")
