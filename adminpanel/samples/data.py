"""Something to look at on a fresh platform: categories, artists with works, 3-D models, buyers, and a stocked shop.

Everything is made by the services that real people use, and only what is missing is made, so it may be run again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.actors import SYSTEM
from accounts.choices import ExperienceLevel, UserType
from accounts.models import ArtistProfile, BuyerProfile, User
from accounts.selectors.people import account_named
from accounts.services.profiles import artist_profile_create, buyer_profile_create
from accounts.services.registration import account_save
from adminpanel.samples.communities import sample_communities_make
from adminpanel.samples.models import MODELS, sample_models_publish, sample_models_upload
from adminpanel.samples.pages import sample_pages_write
from adminpanel.samples.pictures import picture
from config.core.money import chargeable
from marketplace.choices import ArtworkType, EquipmentType
from marketplace.errors import DuplicatePicture
from marketplace.models import Artwork, Category, Equipment, Model3D
from marketplace.services.artworks import artwork_create
from marketplace.services.categories import category_add, design_categories_create
from marketplace.services.equipment import equipment_create

CATEGORIES = {
    "Digital Art": "Made with pixels and vectors.",
    "Graphic Design": "Logos, posters and layouts.",
    "Painting": "Oil, acrylic and watercolour.",
    "Photography": "Prints and files of photographs.",
    "Illustration": "Drawings that tell something.",
    "Sculpture": "Works that one can walk around.",
    "Calligraphy": "The art of writing.",
    "Mixed Media": "Several techniques in one work.",
}


@dataclass(frozen=True)
class SampleArtist:
    username: str
    name: tuple[str, str]
    level: ExperienceLevel
    rate: str
    skills: str
    bio: str
    identity_verified: bool = True


@dataclass(frozen=True)
class SampleWork:
    artist: str
    title: str
    category: str
    artwork_type: ArtworkType
    price: str
    style: str
    seed: int
    description: str
    is_featured: bool = False
    edition_size: int | None = None


ARTISTS = (
    SampleArtist(
        *("artist_john", ("John", "Doe"), ExperienceLevel.EXPERT, "45.00"),
        *("Digital Painting, Landscapes", "Paints wide landscapes, mostly at dusk."),
    ),
    SampleArtist(
        *("ayesha_khan", ("Ayesha", "Khan"), ExperienceLevel.EXPERT, "60.00"),
        *("Painting, Mosaic, Textile", "Works with colour and ornament in Lahore."),
    ),
    SampleArtist(
        *("marco_rossi", ("Marco", "Rossi"), ExperienceLevel.INTERMEDIATE, "30.00"),
        *("Generative Art, Posters", "Draws by formula and prints by hand."),
    ),
    SampleArtist(
        *("lena_new", ("Lena", "Weber"), ExperienceLevel.BEGINNER, "15.00"),
        *("Illustration", "Has just begun to show her work."),
        identity_verified=False,
    ),
)
BUYERS = {
    "buyer_sarah": (("Sarah", "Ahmed"), "Creative Co", "12 Mall Road, Lahore"),
    "startup_buyer": (("Bilal", "Raza"), "Startup Labs", "7 Clifton Block 5, Karachi"),
}
MAKER = ("mia_makes", ("Mia", "Lindqvist"))
WORKS = (
    SampleWork(
        *("artist_john", "Dunes at Dusk", "Digital Art", ArtworkType.DIGITAL, "599.99", "dunes", 11),
        *("Seven ridges under a low sun.", True),
    ),
    SampleWork(
        *("artist_john", "Night Shift", "Digital Art", ArtworkType.DIGITAL, "349.00", "skyline", 5),
        "A town that does not sleep.",
    ),
    SampleWork(
        *("ayesha_khan", "Stained Light", "Painting", ArtworkType.PHYSICAL, "1250.00", "mosaic", 3),
        *("Panes of colour, leaded in black.", True, 3),
    ),
    SampleWork(
        *("ayesha_khan", "Loom", "Mixed Media", ArtworkType.MIXED, "890.00", "weave", 8),
        *("Bands that pass over and under.", False, 10),
    ),
    SampleWork(
        *("ayesha_khan", "Lotus", "Illustration", ArtworkType.DIGITAL, "220.00", "petals", 4),
        "One flower in four rings of petals.",
    ),
    SampleWork(
        *("marco_rossi", "Currents", "Digital Art", ArtworkType.DIGITAL, "180.50", "streamlines", 2),
        *("Nine hundred lines that follow one field.", True),
    ),
    SampleWork(
        *("marco_rossi", "Composition in Circles", "Graphic Design", ArtworkType.MIXED, "275.00", "circles", 6),
        "After the posters of the twenties.",
    ),
    SampleWork(
        *("marco_rossi", "Two Pendulums", "Illustration", ArtworkType.PHYSICAL, "140.00", "harmonograph", 9),
        *("What a harmonograph draws while it comes to rest.", False, 25),
    ),
    SampleWork(
        *("lena_new", "First Evening", "Illustration", ArtworkType.DIGITAL, "45.00", "dunes", 77),
        "Waits for a moderator, as works of new artists do.",
    ),
)
EQUIPMENT = (
    ("Oak Frame 50 x 70", EquipmentType.FRAME, "3400.00", 40, "frame", "Solid oak with glass and a passe-partout."),
    ("Professional Brush Set", EquipmentType.BRUSH, "2250.00", 75, "brushes", "Six brushes of natural hair."),
    ("Acrylic Paint, 8 Colours", EquipmentType.PAINT, "1890.00", 120, "paints", "Bottles of 75 ml, lightfast."),
    ("Stretched Canvas, Set of 4", EquipmentType.CANVAS, "2700.00", 60, "canvases", "Cotton, 380 g, primed twice."),
)


CONTENTS = (
    f"{len(CATEGORIES)} categories, {len(ARTISTS) + len(BUYERS) + 1} people, {len(WORKS)} artworks, "
    f"{len(MODELS)} 3-D models, {len(EQUIPMENT)} pieces of equipment"
)


@dataclass(frozen=True)
class Begun:
    """`hashed` is the password of all sample people."""

    categories: dict[str, Category]
    hashed: str
    maker: User
    models: list[Model3D]


def sample_data_begin(*, password: str | None, tell: Callable[[str], None] = lambda text: None) -> Begun:
    """Categories and 3-D models, which a worker, where one runs, analyses while the rest is made.

    `password` is the one of the sample people; None lets nobody sign in as them. `tell` hears of each step.
    """
    categories = _categories()
    tell(f"{len(categories)} categories of art, {len(design_categories_create())} of designs")
    hashed = make_password(password)  # once: everybody knows it, and each time takes a tenth of a second
    maker = _person(MAKER[0], MAKER[1], hashed, user_type=UserType.CREATOR, identity_verified=True)
    return Begun(categories, hashed, maker, sample_models_upload(maker=maker))


def sample_data_complete(begun: Begun, *, tell: Callable[[str], None] = lambda text: None) -> None:
    """All other samples; the models are published once they are analysed."""
    people = {artist.username: _artist(artist, begun.hashed) for artist in ARTISTS}
    for username, (name, company, address) in BUYERS.items():
        _buyer(username, name, company, address, begun.hashed)
    tell(f"{len(ARTISTS)} artists and {len(BUYERS)} buyers")
    for number, work in enumerate(WORKS, start=1):
        _work(work, people[work.artist], begun.categories[work.category])
        tell(f"artwork {number} of {len(WORKS)}: {work.title}")
    for title, equipment_type, price, stock, style, description in EQUIPMENT:
        if not Equipment.objects.filter(title=title).exists():
            equipment_create(
                actor=SYSTEM,
                title=title,
                description=description,
                equipment_type=equipment_type,
                price=chargeable(Decimal(price), settings.CURRENCIES["cultureup"]),
                stock=stock,
                image=ContentFile(picture(style, 1)),
            )
    tell(f"{len(EQUIPMENT)} pieces of equipment")
    sample_communities_make(maker=begun.maker, tell=tell)
    sample_models_publish(begun.models, maker=begun.maker, tell=tell)
    sample_pages_write(maker=begun.maker, tell=tell)  # last: the homepage shows what is published


def _categories() -> dict[str, Category]:
    found = {}
    for name, description in CATEGORIES.items():
        present = Category.objects.filter(name__iexact=name).first()
        found[name] = present or category_add(name=name, description=description)
    return found


def _person(username: str, name: tuple[str, str], hashed: str, **columns: object) -> User:
    found = account_named(username)
    if found is not None:
        return found
    first_name, last_name = name
    user = User(
        username=username,
        email=f"{username}@example.com",
        first_name=first_name,
        last_name=last_name,
        password=hashed,
        email_verified_at=timezone.now(),
        **columns,
    )
    account_save(user)
    return user


def _artist(artist: SampleArtist, hashed: str) -> User:
    user = _person(
        artist.username, artist.name, hashed, user_type=UserType.ARTIST, identity_verified=artist.identity_verified
    )
    if not ArtistProfile.objects.filter(user=user).exists():
        artist_profile_create(
            actor=user,
            bio=artist.bio,
            skills=artist.skills,
            experience_level=artist.level,
            hourly_rate=Decimal(artist.rate),
            portfolio_description=artist.bio,
        )
    return user


def _buyer(username: str, name: tuple[str, str], company: str, address: str, hashed: str) -> None:
    user = _person(username, name, hashed, user_type=UserType.BUYER)
    if not BuyerProfile.objects.filter(user=user).exists():
        buyer_profile_create(actor=user, company_name=company, address=address)


def _work(work: SampleWork, artist: User, category: Category) -> None:
    if Artwork.objects.filter(seller=artist, title=work.title).exists():
        return
    try:
        artwork = artwork_create(
            actor=artist,
            title=work.title,
            description=work.description,
            category_id=category.pk,
            artwork_type=work.artwork_type,
            price=chargeable(Decimal(work.price), settings.CURRENCIES["cultureup"]),
            image=ContentFile(picture(work.style, work.seed), name=f"{work.style}.jpg"),
            edition_size=work.edition_size,
        )
    except DuplicatePicture:  # somebody uploaded our sample: the work is kept, rejected, like anybody's
        return
    if work.is_featured:
        Artwork.objects.filter(pk=artwork.pk).update(is_featured=True)
