"""What moderators are to decide: edited copies that the detector holds, one of them appealed."""

import io

from PIL import Image, ImageDraw, ImageOps

from adminpanel.samples.pictures import picture
from tests.demo.main_job import PHOTOS
from tests.demo.stage import Person, Stage, must, say

PAPER, CAPTION = (238, 230, 214), (250, 240, 222)


def upload_all(stage: Stage, moderator: Person) -> None:
    """Three pictures that resemble others, by people who did not make them, and one honest work that waits."""
    ayla, theo, noor = (stage.register(name, "artist") for name in ("ayla", "theo", "noor"))
    coffee = (PHOTOS / "coffee.jpg").read_bytes()
    categories = {row["name"]: row["id"] for row in moderator.get("/api/categories/")["results"]}
    category, design = categories["Photography"], categories["Graphic Design"]
    answer = ayla.upload("Morning Coffee", coffee, price="1800.00", category=category)
    must(answer.status_code == 201, f"the original: {answer.text[:300]}")
    moderator.post(f"/api/admin/artworks/{answer.json()['artwork']['id']}/approve/")

    held(noor, "Dots and Discs", on_paper(cropped(opened(picture("circles", 6)))), "240.00", design)
    appealed = held(theo, "Coffee House Poster", poster(opened(coffee)), "950.00", design)
    theo.post(
        f"/api/artworks/{appealed}/appeal/",
        201,
        json={
            "reason": "I set this poster myself, for the café that commissioned it. The photograph is licensed to me."
        },
    )
    held(noor, "Leaded Glass, Study", poster(opened(picture("mosaic", 3))), "410.00", categories["Painting"])


def held(person: Person, title: str, image: Image.Image, price: str, category: int) -> int:
    """Uploads a picture that must be held; gives the id of its artwork."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    answer = person.upload(title, file.getvalue(), price=price, category=category)
    must(answer.status_code == 201, f"{title}: {answer.status_code} {answer.text[:300]}")
    artwork = answer.json()["artwork"]
    score = float(artwork["similarity_score"])
    must(60 <= score < 85, f"{title} scores {score} and is not held")
    say(f"{person.name} uploads “{title}”", f"held, score {score}")
    return int(artwork["id"])


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def cropped(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.crop((0, 0, width * 8 // 10, height))


def on_paper(image: Image.Image, right: float = 0.25) -> Image.Image:
    width, height = image.size
    paper = Image.new("RGB", (int(width * (1 + right)), int(height * 1.12)), PAPER)
    paper.paste(image, (int(width * 0.05), int(height * 0.06)))
    return paper


def poster(image: Image.Image) -> Image.Image:
    """Mirrored, with a strip for the words at its foot, on paper."""
    mirrored = ImageOps.mirror(image)
    width, height = mirrored.size
    ImageDraw.Draw(mirrored).rectangle((0, int(height * 0.82), width, height), fill=CAPTION)
    return on_paper(mirrored, right=0.1)
