"""What a maker may let buyers do with a 3-D model, in words that both can read."""

from typing import Final, NamedTuple

from marketplace.choices import Licence


class LicenceText(NamedTuple):
    name: str
    text: str


LICENCES: Final[dict[str, LicenceText]] = {
    Licence.COMMERCIAL: LicenceText(
        "Commercial licence",
        "You may use the model, change it, and sell objects, pictures, films and games in which it appears. You may "
        "not pass on or sell the file itself, changed or not, and may not offer it for download.",
    ),
    Licence.PERSONAL: LicenceText(
        "Personal licence",
        "You may use and change the model for yourself and your household. You may not earn money with it, and may not "
        "pass on or sell the file or objects made of it.",
    ),
    Licence.ATTRIBUTION: LicenceText(
        "Attribution licence",
        "You may use, change and pass on the model and what is made of it, also to earn money, as long as you name its "
        "maker and say what you have changed.",
    ),
    Licence.NON_COMMERCIAL: LicenceText(
        "Non-commercial licence",
        "You may use, change and pass on the model and what is made of it, as long as you earn no money with it and "
        "name its maker.",
    ),
}
