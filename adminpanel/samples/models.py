"""3-D models to look at on a fresh platform: uploaded, analysed and put up for sale as by anybody."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import User
from adminpanel.samples.meshes import mesh_file
from config.core.money import chargeable
from marketplace.choices import FileOrigin, Licence
from marketplace.errors import BrokenFile, DuplicateModel
from marketplace.models import Model3D
from marketplace.services.categories import category_named
from marketplace.services.models_3d.analyses import mesh_analyse
from marketplace.services.models_3d.models import ModelDetails, model_publish, model_upload


@dataclass(frozen=True)
class SampleModel:
    style: str
    title: str
    category: str
    price: str
    licence: Licence
    tags: tuple[str, ...]
    description: str
    instructions: str
    specs: str = ""


MODELS = (
    SampleModel(
        *("vase", "Twisted Vase", "Art", "6.50", Licence.PERSONAL, ("vase", "home", "decoration")),
        "Nine flutes that turn by a third on their way up.",
        "Print upright at 0.2 mm without supports; two perimeters are enough.",
    ),
    SampleModel(
        *("gear", "Spur Gear, Module 2, 24 Teeth", "Engineering", "4.00", Licence.COMMERCIAL, ("gear", "mechanical")),
        *("Involute teeth with 20 degrees pressure angle.", "Print flat at 0.15 mm with 40 % infill or more."),
        "Module 2, 24 teeth, 8 mm wide, 10 mm bore.",
    ),
    SampleModel(
        *(
            "bracket",
            "Mounting Plate 80 x 50",
            "Engineering",
            "0.00",
            Licence.ATTRIBUTION,
            ("bracket", "plate", "mount"),
        ),
        *("Four holes for M5 screws and a slot for cables.", "Print flat in PETG at 0.2 mm."),
        "80 x 50 x 4 mm, holes of 5 mm at 64 x 34 mm.",
    ),
    SampleModel(
        *("phone stand", "Phone Stand", "Other", "2.50", Licence.NON_COMMERCIAL, ("phone", "stand", "desk")),
        "Holds a telephone at 65 degrees, upright or lying.",
        "Print on its side at 0.2 mm without supports.",
    ),
)


def sample_models_create(*, maker: User, tell: Callable[[str], None]) -> None:
    """Make those that the maker does not have yet. Each takes about a second."""
    for number, sample in enumerate(MODELS, start=1):
        _model(sample, maker)
        tell(f"3-D model {number} of {len(MODELS)}: {sample.title}")


def _model(sample: SampleModel, maker: User) -> None:
    model = Model3D.objects.filter(seller=maker, title=sample.title).first()
    if model is None:
        category = category_named(sample.category)
        model = model_upload(
            actor=maker,
            channel="v1",
            file=ContentFile(mesh_file(sample.style), name=f"{sample.style.replace(' ', '-')}.stl"),
            details=ModelDetails(
                title=sample.title,
                description=sample.description,
                category_id=category.pk if category and category.is_active else None,
                price=chargeable(Decimal(sample.price), settings.CURRENCIES["v1"]),
                tags=list(sample.tags),
                licence=sample.licence,
                file_origin=FileOrigin.ORIGINAL,
                is_own_work=True,
                is_quality_assured=True,
                technical_specs=sample.specs,
                instructions=sample.instructions,
                designer=maker.get_full_name(),
            ),
        )
    if model.status != "draft" or model.mesh_id is None:
        return
    # No worker may be running yet. One that is takes it up as well, and finds it claimed or done.
    mesh_analyse(model.mesh_id)
    try:
        model_publish(actor=maker, model_id=model.pk)
    except (BrokenFile, DuplicateModel):  # somebody uploaded our sample: it stays a draft
        return
