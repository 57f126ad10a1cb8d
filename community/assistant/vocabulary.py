"""The words that questions are understood by: concepts and the words for them, units, printers."""

from typing import Final

from community.assistant.materials import ALIASES, MATERIALS

CONCEPTS: Final = {
    word: concept
    for concept, words in {
        "weight": "weight weights weigh weighs weighing heavy heavier heaviest heaviness mass massive lightweight",
        "mass_unit": "gram grams kilo kilos kilogram kilograms ounce ounces pound pounds lbs kg oz gramme grammes",
        "size": "size sizes sized dimension dimensions dimensional measurement measurements measure measures extent "
        "extents bounding footprint bigger larger smaller huge tiny small large",
        "height": "height heights tall taller high",
        "width": "width widths wide wider breadth",
        "depth": "depth deep",
        "length": "length lengths longest",
        "volume": "volume volumes volumetric displacement millilitre millilitres milliliter milliliters cubic ml cc",
        "surface": "surface",
        "area": "area",
        "time": "time times hours hour minutes minute duration quickly fast",
        "print": "print prints printing printed fabricate slice slicing",
        "price": "price prices priced pricing cost costs costing expensive cheap cheaper free dollars money usd",
        "watertight": "watertight manifold sealed leak leaks leaking gap gaps closed solid airtight",
        "hole": "hole holes bore bores drilled diameter diameters radius",
        "wall": "wall walls thickness thick thin thinnest thinner",
        "overhang": "overhang overhangs overhanging bridging scaffolding",
        "support": "support supports supporting",
        "parts": "parts pieces bodies components shells separate assembly",
        "triangles": "triangle triangles polygon polygons poly polys polycount facets vertices vertex tris",
        "file": "file files",
        "format": "format formats filetype extension stl obj glb gltf 3mf megabytes mb filesize",
        "printable": "printable printability print-ready printer-friendly",
        "trouble": "problem problems issue issues trouble troubles error errors defect defects fail fails difficult "
        "hard easy tricky suitable ready wrong",
        "settings": "settings setting orientation orient layer layers infill nozzle temperature slicer brim raft "
        "advice tips recommend recommended recommendation instructions instruction",
        "fits": "fit fits fitting bed buildplate",
        "printer": "printer ender prusa bambu voron",
        "filament": "filament filaments plastic spool meters metres material materials",
        "maker": "seller sells maker made makes designed designer creator created author uploaded artist",
        "licence": "licence license licensed licensing commercial commercially rights copyright",
        "kind": "category kind",
        "rating": "rating ratings rated review reviews reviewed stars",
        "reception": "views likes liked popular popularity",
        "order": "order orders ordered purchase purchases purchased bought buy buying spend spent",
        "balance": "balance earned earnings earn income revenue",
        "ticket": "ticket tickets",
        "download": "download downloads downloaded downloading",
        "remaining": "left remaining remain",
        "status": "status state shipped arrive arrived track tracking",
        "hello": "hello hi hey greetings thanks thank thx cheers bye goodbye morning evening afternoon",
        "assistant": "assistant bot chatbot robot ai human capabilities",
        # What cannot be known from a file.
        "unknowable": "strong strength stronger durable withstand carry bear load hold holds holding colour color "
        "colours colors food safe dishwasher waterproof uv heat-resistant melt toxic",
        # What the help is about, not a model.
        "platform": "sell selling payout payouts refund refunds refunded fees fee commission campaign campaigns "
        "promotion discount discounts coupon account accounts password login upload uploads uploading duplicate "
        "duplicates appeal appeals shipping cancel subscription authentication verification verify withdraw transfer "
        "invoice label labels credit card paypal platform site website return returns",
    }.items()
    for word in words.split()
}
MODEL_WORDS: Final = frozenset(
    "it its this that these model models design designs part piece object item product mesh thing one they them".split()
)
_OTHER_WORDS: Final = frozenset(
    """
    mm millimetre millimetres millimeter millimeters cm centimetre centimetres centimeter centimeters inch
    inches feet foot metre meter infill percent scale scaled nozzle solid hollow side sides bottom top mini pro
    max plus bambulab creality x1 p1s a1 mk3 mk4 speed slow finish wait prefer minimum maximum weighs would need
    require requires required buyer seller user customer number there itself both same dimensions standard people
    default fdm sla normal desktop machine home download open printing cast casts made inner outer inside outside
    internal external
    """.split()
)
# Words of their own that look like misspellings of the above.
EVERYDAY: Final = frozenset(
    """
    aren bare beat boxes brought care cart carts case cases cash cats close closer component const cover dead death
    dollar ease east enter ends etsy excessive extensive fact fail fair fall feel feet fill fine fire five formal fred
    gears grey hand hands held hell helo hope items kill later lead lean lies lift line lines load logic machine male
    maps mask mere mess mind miss mode modes mounting move numbers paint painted painting part party past plane point
    points port ports prime proportion pull push rates root safer sake sale sales same save self send sends sent shall
    shell sitting slot slots sold spell spend spends spent stage stale stand state stays stop string suite tale talk
    talking talks theme thing thinks three ties trace train training trick trip turn twist uses vertical walks walls
    wire withdrawn world
    """.split()
)
VOCABULARY: Final = frozenset(CONCEPTS) | frozenset(MATERIALS) | frozenset(ALIASES) | _OTHER_WORDS | MODEL_WORDS
# Usable space in millimetres: width, depth, height.
PRINTERS: Final = {
    "a1 mini": (180, 180, 180),
    "prusa mini": (180, 180, 180),
    "ender 3": (220, 220, 250),
    "ender-3": (220, 220, 250),
    "ender3": (220, 220, 250),
    "prusa": (250, 210, 220),
    "mk3": (250, 210, 210),
    "mk4": (250, 210, 220),
    "bambu": (256, 256, 256),
    "p1s": (256, 256, 256),
    "x1": (256, 256, 256),
}
COMMON_BED: Final = (256, 256, 256)
LENGTHS: Final = {
    r"mm|millimet(?:er|re)s?": "mm",
    r"cm|centimet(?:er|re)s?": "cm",
    r"inch(?:es)?": "in",
    r"feet|foot|ft": "ft",
    r"met(?:er|re)s?(?! of| do| would| will)": "m",
}
MASSES: Final = {
    r"kgs?|kilos?|kilogram(?:me)?s?": "kg",
    r"oz|ounces?": "oz",
    r"lbs?|pounds?": "lb",
    r"grams?|grammes?|g": "g",
}
VOLUMES: Final = {
    r"(?:cubic|cu) ?(?:cm|centimet(?:er|re)s?)|cm3|cc|ccm": "cm³",
    r"(?:cubic|cu) ?(?:mm|millimet(?:er|re)s?)|mm3": "mm³",
    r"(?:cubic|cu) ?in(?:ch(?:es)?)?|in3": "in³",
    r"ml|millilit(?:er|re)s?": "ml",
    r"lit(?:er|re)s?": "l",
}
