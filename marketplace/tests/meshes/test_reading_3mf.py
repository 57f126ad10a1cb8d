"""3MF files as programs write them: what is read, and what a second reader reads of the same."""

import io
import re
import zipfile

import lib3mf
import numpy as np
import pytest

from marketplace.meshes.formats import BrokenMesh, format_of
from marketplace.meshes.reading.threemf import layout
from marketplace.tests.meshes.solids import FILES, Solid, box, boxes, read_of, solid_of

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
MODEL_TYPE = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
TEN = boxes((10, 10, 10))


def relations(*targets) -> str:
    rows = "".join(f'<Relationship Id="r{n}" Target="{each}" Type="{MODEL_TYPE}"/>' for n, each in enumerate(targets))
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{rows}</Relationships>'


def archive(model, path="3D/3dmodel.model", more=None, rels=None) -> bytes:
    """`more`: further parts by name; model parts among them are related to the first, as they must be."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", TYPES)
        target.writestr("_rels/.rels", relations("/" + path) if rels is None else rels)
        target.writestr(path, model)
        others = [f"/{name}" for name in more or {} if name.endswith(".model")]
        if others:
            target.writestr("3D/_rels/3dmodel.model.rels", relations(*others))
        for name, content in (more or {}).items():
            target.writestr(name, content)
    return file.getvalue()


def mesh(number, size=(10, 10, 10), at=(0, 0, 0), attributes="", before="", triangle="", inside="") -> str:
    corners, faces = box(size, at)
    points = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in corners.tolist())
    rows = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}" {triangle}/>' for a, b, c in faces.tolist())
    return (
        f'<object id="{number}" {attributes}>{before}<mesh><vertices>{points}</vertices>'
        f"<triangles>{rows}</triangles>{inside}</mesh></object>"
    )


def group(number, *components) -> str:
    rows = "".join(f"<component {each}/>" for each in components)
    return f'<object id="{number}"><components>{rows}</components></object>'


def model(resources, *items, attributes="", unit="millimeter") -> str:
    rows = "".join(f"<item {each}/>" for each in items)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<model unit="{unit}" xmlns="{CORE}" {attributes}>'
        f"<resources>{resources}</resources><build>{rows}</build></model>"
    )


def one(number=1) -> str:
    return f'objectid="{number}"'


IN_PARTS = f'xmlns:p="{PRODUCTION}" requiredextensions="p"'
TWO_PARTS = model(
    group(3, 'p:path="/3D/Objects/a.model" objectid="1"', 'p:path="/3D/Objects/a.model" objectid="2"'),
    one(3),
    attributes=IN_PARTS,
)
TWO_MESHES = {"3D/Objects/a.model": model(mesh(1) + mesh(2, (2, 3, 4), (20, 0, 0)))}


def settings(*subtypes, number=3) -> dict[str, str]:
    rows = "".join(
        f'<part id="{n}" subtype="{each}"><metadata key="name" value="&lt;"/></part>' for n, each in subtypes
    )
    return {"Metadata/model_settings.config": f'<config><object id="{number}">{rows}</object></config>'}


def volumes(*rows) -> dict[str, str]:
    found = "".join(
        f'<volume firstid="{first}" lastid="{last}"><metadata type="volume" key="{key}" value="{value}"/></volume>'
        for first, last, key, value in rows
    )
    return {"Metadata/Slic3r_PE_model.config": f'<config><object id="1" instances_count="1">{found}</object></config>'}


def two_in_one() -> str:
    """A cube and a bar as one mesh, as PrusaSlicer writes an object of two volumes."""
    cube, bar = box((10, 10, 10)), box((2, 3, 4), (20, 0, 0))
    points = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in [*cube[0].tolist(), *bar[0].tolist()])
    faces = [*cube[1].tolist(), *(bar[1] + 8).tolist()]
    rows = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c in faces)
    mesh = f"<mesh><vertices>{points}</vertices><triangles>{rows}</triangles></mesh>"
    return model(f'<object id="1">{mesh}</object>', one())


def sized(solid: Solid, x: float, y: float, z: float) -> Solid:
    return Solid(solid.triangles, solid.volume, solid.area, (float(x), float(y), float(z)))


BAR = boxes((2, 3, 4))
CUBE_AND_BAR = sized(boxes((10, 10, 10), (2, 3, 4)), 22, 10, 10)
SHEARED = 'transform="1 0 0 1 1 0 0 0 1 0 0 0"'

# By name: the file, what it holds, and the codes of the notes.
READ = {
    "two parts in one file": (archive(TWO_PARTS, more=TWO_MESHES), CUBE_AND_BAR, ()),
    "equal numbers in two files": (
        archive(
            model(
                group(1, 'p:path="/3D/Objects/a.model" objectid="1"', 'p:path="/3D/Objects/b.model" objectid="1"'),
                one(),
                attributes=IN_PARTS,
            ),
            more={
                "3D/Objects/a.model": model(mesh(1)),
                "3D/Objects/b.model": model(mesh(1, (2, 3, 4), (20, 0, 0))),
            },
        ),
        CUBE_AND_BAR,
        (),
    ),
    "an item in another file": (
        archive(
            model("", 'objectid="1" p:path="/3D/a.model"', attributes=IN_PARTS), more={"3D/a.model": model(mesh(1))}
        ),
        TEN,
        (),
    ),
    "a model elsewhere": (archive(model(mesh(1), one()), path="Parts/thing.model"), TEN, ()),
    "what is not built": (archive(model(mesh(1) + mesh(2, (50, 50, 50)), one())), TEN, ()),
    "built twice": (
        archive(model(mesh(1), one(), 'objectid="1" transform="1 0 0 0 1 0 0 0 1 20 0 0"')),
        sized(boxes((10, 10, 10), (10, 10, 10)), 30, 10, 10),
        (),
    ),
    "mirrored": (archive(model(mesh(1, (2, 3, 4)), 'objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"')), BAR, ()),
    "rows, not columns": (
        archive(model(mesh(1), f"objectid='1' {SHEARED}")),
        Solid(12, 1000, 400 + 200 * 2**0.5, (20, 10, 10)),
        (),
    ),
    "moved, then turned": (
        archive(
            model(
                mesh(1, (2, 3, 4)) + group(2, 'objectid="1" transform="1 0 0 0 1 0 0 0 1 10 0 0"', one(1)),
                'objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 0"',
            )
        ),
        sized(boxes((2, 3, 4), (2, 3, 4)), 3, 12, 4),
        (),
    ),
    "inches": (
        archive(model(mesh(1, (1, 1, 1)), one(), unit="inch")),
        Solid(12, 25.4**3, 6 * 25.4**2, (25.4,) * 3),
        (),
    ),
    "microns": (archive(model(mesh(1, (10_000,) * 3), one(), unit="micron")), TEN, ()),
    "single quotes and another order": (
        archive(
            re.sub(r'v1="(\d)" v2="(\d)"', r"v2='\2'  v1 = '\1'", model(mesh(1, triangle="pid='1' p1='0'"), one()))
        ),
        TEN,
        (),
    ),
    "a prefix of its own": (
        archive(
            re.sub(r"<(/?)(?=\w)", r"<\1c:", model(mesh(1), one())).replace("xmlns=", "xmlns:c="),
        ),
        TEN,
        (),
    ),
    "comments among the points": (
        archive(model(mesh(1), one()).replace("<vertex ", '<!-- <vertex x="9" y="9" z="9"/> --><vertex ')),
        TEN,
        (),
    ),
    "slices beside a mesh": (
        archive(
            model(
                '<s:slicestack id="7" zbottom="0"><s:slice ztop="10"/></s:slicestack>'
                + mesh(1, attributes='s:slicestackid="7"'),
                one(),
                attributes='xmlns:s="http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"',
            )
        ),
        TEN,
        ("slices",),
    ),
    "supports": (
        archive(model(mesh(1) + mesh(2, (9, 9, 90), attributes='type="support"') + group(3, one(1), one(2)), one(3))),
        TEN,
        ("modifiers",),
    ),
}
"""lib3mf reads these alike. It reads no UTF-16, asks for relations, and knows nothing of slicers:"""
READ_HERE = {
    "Bambu's parts": (
        archive(TWO_PARTS, more=TWO_MESHES | settings((1, "normal_part"), (2, "normal_part"))),
        CUBE_AND_BAR,
        (),
    ),
    **{
        f"a {subtype}": (archive(TWO_PARTS, more=TWO_MESHES | settings((1, "normal_part"), (2, subtype))), TEN, (code,))
        for subtype, code in (
            ("negative_part", "negative_part"),
            ("modifier_part", "modifiers"),
            ("modifier", "modifiers"),
            ("support_blocker", "modifiers"),
            ("support_enforcer", "modifiers"),
        )
    },
    "settings of another object": (
        archive(TWO_PARTS, more=TWO_MESHES | settings((2, "negative_part"), number=4)),
        CUBE_AND_BAR,
        (),
    ),
    **{
        f"a volume that is a {value}": (
            archive(two_in_one(), more=volumes((0, 11, "volume_type", "ModelPart"), (12, 23, "volume_type", value))),
            TEN,
            (code,),
        )
        for value, code in (
            ("ParameterModifier", "modifiers"),
            ("NegativeVolume", "negative_part"),
            ("SupportBlocker", "modifiers"),
            ("SupportEnforcer", "modifiers"),
        )
    },
    "an older modifier": (
        archive(two_in_one(), more=volumes((0, 11, "name", "1"), (12, 23, "modifier", "1"))),
        TEN,
        ("modifiers",),
    ),
    "a modifier that is written twice, by another slicer": (
        archive(
            two_in_one(),
            more={
                f"Metadata/{name}_model.config": text
                for name in ("SuperSlicer", "QIDISlicer")
                for text in volumes((0, 11, "volume_type", "ModelPart"), (12, 23, "modifier", "1")).values()
            },
        ),
        TEN,
        ("modifiers",),
    ),
    "volumes that are all the model": (
        archive(two_in_one(), more=volumes((0, 11, "volume_type", "ModelPart"), (12, 23, "modifier", "0"))),
        CUBE_AND_BAR,
        (),
    ),
    "Cura's support mesh": (
        archive(
            model(
                mesh(1)
                + mesh(
                    2,
                    (9, 9, 90),
                    before='<metadatagroup><metadata name="cura:support_mesh" preserve="true" type="xs:boolean">True'
                    '</metadata><metadata name="cura:infill_mesh">False</metadata></metadatagroup>',
                ),
                one(1),
                one(2),
                attributes='xmlns:cura="http://software.ultimaker.com/xml/cura/3mf/2015/10"',
            )
        ),
        TEN,
        ("modifiers",),
    ),
    "what is not to be printed": (
        archive(model(mesh(1) + mesh(2, (9, 9, 90)), 'objectid="1" printable="1"', 'objectid="2" printable="0"')),
        TEN,
        ("not_printable",),
    ),
    "nothing to be printed": (archive(model(mesh(1), 'objectid="1" printable="0"')), TEN, ()),
    "names without case, with backslashes": (
        archive(
            TWO_PARTS.replace("/3D/Objects/a.model", "/3d/objects/A.MODEL"),
            more={"3D\\Objects\\a.model": TWO_MESHES["3D/Objects/a.model"]},
        ),
        CUBE_AND_BAR,
        (),
    ),
    "a name that is spelt in octets": (
        archive(model(mesh(1), one()), path="3D/Mein Teil.model", rels=relations("/3D/Mein%20Teil.model")),
        TEN,
        (),
    ),
    "units that differ": (
        archive(TWO_PARTS, more={name: text.replace("millimeter", "inch") for name, text in TWO_MESHES.items()}),
        CUBE_AND_BAR,
        ("units",),
    ),
    "words in upper case": (
        archive(model(mesh(1, attributes='type="Model"'), one(), unit="Millimeter")),
        TEN,
        (),
    ),
    "a model with another ending": (archive(model(mesh(1), one()), path="3D/thing.xml"), TEN, ()),
    "an entry without a name": (
        archive(model(mesh(1), one()), more={"AQ.bin": "AQ"}).replace(b"AQ.bin", b"\0Q.bin"),
        TEN,
        (),
    ),
    "no relations": (archive(model(mesh(1), one()), rels=relations()), TEN, ()),
    "UTF-16": (archive(model(mesh(1), one()).replace("UTF-8", "UTF-16").encode("utf-16")), TEN, ()),
    "no namespace": (archive(model(mesh(1), one()).replace(f'xmlns="{CORE}"', "")), TEN, ()),
    "a declaration that is not true": (archive(model(mesh(1), one()).replace("UTF-8", "utf8")), TEN, ()),
}


@pytest.mark.parametrize("name", [*READ, *READ_HERE])
def test_what_is_read(name):
    data, solid, notes = (READ | READ_HERE)[name]
    found = read_of(data)
    assert solid_of(found.vertices, found.faces).like(solid), solid_of(found.vertices, found.faces)
    assert tuple(note.code for note in found.notes) == notes


@pytest.mark.parametrize("name", [*READ, *READ_HERE])
def test_it_makes_no_difference_in_which_pieces_it_comes(name, monkeypatch):
    data, solid, _ = (READ | READ_HERE)[name]
    for length in (7, 300):
        monkeypatch.setattr("config.core.archives.PIECE", length)
        found = read_of(data)
        assert solid_of(found.vertices, found.faces).like(solid), length


@pytest.mark.parametrize("name", READ)
def test_a_second_reader_reads_the_same(name):
    data, solid, _ = READ[name]
    judged = judge(data)
    assert judged.like(solid), judged


@pytest.mark.parametrize(
    ("name", "triangles", "volume", "sides"),
    [
        ("bambu_one_object_two_parts.3mf", 1_044, 14_761.1, None),
        ("plain_two_components.3mf", 1_044, 14_761.1, None),
        ("prusa_modifier_volume.3mf", 20, 7_680.0, (40, 30, 20)),
        ("tmf_other_model_path.3mf", 20, 7_680.0, (40, 30, 20)),
    ],
)
def test_files_of_slicers(name, triangles, volume, sides):
    data = (FILES / name).read_bytes()
    found = read_of(data)
    solid = solid_of(found.vertices, found.faces)
    assert solid.triangles == triangles
    assert solid.volume == pytest.approx(volume, rel=1e-5)
    if sides is not None:
        assert solid.box == pytest.approx(sides)
    if "prusa" not in name:
        assert judge(data).like(solid)


def test_twins_are_equal():
    one, other = (
        solid_of(found.vertices, found.faces)
        for found in (
            read_of((FILES / f"{name}.3mf").read_bytes())
            for name in ("bambu_one_object_two_parts", "plain_two_components")
        )
    )
    assert one.like(other)


def judge(data: bytes) -> Solid:
    """What lib3mf reads."""
    wrapper = lib3mf.get_wrapper()
    read = wrapper.CreateModel()
    read.QueryReader("3mf").ReadFromBuffer(data)
    scale = {0: 0.001, 1: 1.0, 2: 10.0, 3: 25.4, 4: 304.8, 5: 1000.0}[int(read.GetUnit())]
    corners = []

    def lay(thing, placed):
        if thing.IsMeshObject():
            if int(thing.GetType()) != int(lib3mf.ObjectType.Model):
                return
            points = np.array([list(each.Coordinates) for each in thing.GetVertices()])
            rows = np.array([list(each.Indices) for each in thing.GetTriangleIndices()])
            points = points @ placed[:3, :3] + placed[3, :3]
            corners.append(points[rows if np.linalg.det(placed[:3, :3]) > 0 else rows[:, ::-1]])
            return
        for number in range(thing.GetComponentCount()):
            component = thing.GetComponent(number)
            lay(component.GetObjectResource(), matrix(component.GetTransform()) @ placed)

    items = read.GetBuildItems()
    while items.MoveNext():
        item = items.GetCurrent()
        lay(item.GetObjectResource(), matrix(item.GetObjectTransform()))
    points = np.concatenate(corners).reshape(-1, 3) * scale
    return solid_of(points, np.arange(len(points)).reshape(-1, 3))


def matrix(transform):
    placed = np.eye(4)
    placed[:, :3] = [list(row) for row in transform.Fields]
    return placed


REFUSED = {
    **{
        f"the {words} extension": (
            archive(model(mesh(1), one(), attributes=f'xmlns:x="{uri}" requiredextensions="x"')),
            re.escape(words),
        )
        for words, uri in (
            ("beam lattice", "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"),
            ("slice", "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"),
            ("secure content (encryption)", "http://schemas.microsoft.com/3dmanufacturing/securecontent/2019/04"),
            ("boolean operations", "http://schemas.3mf.io/3dmanufacturing/booleanoperations/2023/07"),
            ("displacement", "http://schemas.3mf.io/3dmanufacturing/displacement/2023/10"),
            ("volumetric", "http://schemas.3mf.io/3dmanufacturing/volumetric/2022/01"),
            ("http://example.com/fur", "http://example.com/fur"),
        )
    },
    "beams that are not required": (
        archive(
            model(
                mesh(1, inside="<b:beamlattice minlength='1'/>"),
                one(),
                attributes='xmlns:b="http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"',
            )
        ),
        "beam lattice",
    ),
    "a rough mesh beside slices": (
        archive(
            model(
                mesh(1, attributes='s:meshresolution="lowres"'),
                one(),
                attributes='xmlns:s="http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"',
            )
        ),
        "a rough mesh",
    ),
    "an object that is missing": (archive(model(mesh(1), one(7))), "places object 7, which is not there"),
    "a part that is missing": (archive(TWO_PARTS), r"3d/objects/a\.model, which is not in it"),
    "a part outside": (
        archive(TWO_PARTS.replace("/3D/Objects/a.model", "/../../etc/a.model"), more=TWO_MESHES),
        "outside of itself",
    ),
    "a circle": (archive(model(group(1, one(2)) + group(2, one(1)), one())), "in a circle"),
    "a long chain": (
        archive(model(mesh(1) + "".join(group(n, one(n - 1)) for n in range(2, 80)), one(79))),
        "deep in one another",
    ),
    "points that are not there": (
        archive(model(mesh(1), one()).replace('v1="0"', 'v1="8"', 1)),
        "triangle 1 of object 1",
    ),
    "a negative point": (archive(model(mesh(1), one()).replace('v1="0"', 'v1="-1"', 1)), "no number"),
    "a triangle of two points": (archive(model(mesh(1), one()).replace('v3="1"', "", 1)), "a triangle has no v3"),
    "a point without a number": (archive(model(mesh(1), one()).replace('x="0"', 'x=""', 1)), "a number cannot be read"),
    "one number too many, one too few": (
        archive(model(mesh(1), one()).replace('x="0" y="0"', 'x="" y="0 0"', 1)),
        "is no number",
    ),
    "commas": (archive(model(mesh(1), one()).replace('x="10"', 'x="10,5"', 1)), '"10,5" is written with a comma'),
    "no numbers": (archive(model(mesh(1), one()).replace('x="10"', 'x="ten"', 1)), '"ten" is no number'),
    "a placement of eleven numbers": (archive(model(mesh(1), 'objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0"')), "."),
    "two objects of one number": (archive(model(mesh(1) + mesh(1), one())), "two objects numbered 1"),
    "nothing is built": (archive(model(mesh(1))), "nothing in its build"),
    "instructions for a printer": (archive(model(""), more={"Metadata/plate_1.gcode": "G28"}), "G-code"),
    "surfaces that are no solids": (
        archive(model(mesh(1, attributes='type="surface"'), one())),
        "loose surfaces alone",
    ),
    "a placement of sixteen numbers": (
        archive(model(mesh(1), 'objectid="1" transform="1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"')),
        "other than twelve numbers",
    ),
    "modifiers alone": (
        archive(TWO_PARTS, more=TWO_MESHES | settings((1, "modifier_part"), (2, "modifier_part"))),
        "modifiers, supports or loose surfaces alone",
    ),
    "an unknown unit": (archive(model(mesh(1), one(), unit="parsec")), "parsec"),
    "two models": (
        archive(model(mesh(1), one()), rels=relations("/3D/3dmodel.model", "/b.model"), more={"b.model": model("")}),
        "more than one model",
    ),
    "slicer's words that are damaged": (
        archive(TWO_PARTS, more=TWO_MESHES | {"Metadata/model_settings.config": "<config><object>"}),
        "slicer wrote beside the model .* is damaged",
    ),
    "nothing at all": (archive(""), "damaged"),
    "something else": (archive("hello"), "UTF-8 or UTF-16"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_in_words(name):
    data, words = REFUSED[name]
    with pytest.raises(BrokenMesh, match=words) as refusal:
        read_of(data)
    assert str(refusal.value).endswith(".")


def test_copies_are_counted_before_they_are_laid_out(monkeypatch):
    monkeypatch.setattr(layout, "MAX_TRIANGLES", 30)
    twice = 'objectid="1" transform="1 0 0 0 1 0 0 0 1 20 0 0"'
    assert len(read_of(archive(model(mesh(1), one(), twice))).faces) == 24
    with pytest.raises(BrokenMesh, match="36 triangles; at most"):
        read_of(archive(model(mesh(1), one(), twice, one())))


def test_encrypted_and_cut_off():
    data = archive(model(mesh(1), one()))
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo("3D/3dmodel.model")
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1) + 1)
    assert info.filename.encode() in data[at : at + 80]
    locked = data[: at + 8] + bytes([data[at + 8] | 1]) + data[at + 9 :]
    with pytest.raises(BrokenMesh, match="encrypted"):
        read_of(locked)
    with pytest.raises(BrokenMesh, match="cut off, without its list of contents"):
        format_of(io.BytesIO(data[:-60]), len(data) - 60)


def test_colours_are_seen():
    colours = f'<m:colorgroup xmlns:m="{MATERIALS}" id="5"><m:color color="#FF0000"/></m:colorgroup>'
    assert read_of(archive(model(colours + mesh(1), one()))).looks.has_materials
    assert not read_of(archive(model(mesh(1), one()))).looks.has_materials
