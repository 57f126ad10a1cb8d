"""One form of a name or an address, by which it is compared: whoever types it in another way means the same."""

import unicodedata


def name_key(text: str) -> str:
    """NFKC, then upper case, then case folding: "ı" and "i", the Kelvin sign and "k", "ß" and "ss" are one.

    Of "İ" folding leaves a dot above the "i", which goes too. At most three times as long as `text` is in NFKC.
    """
    folded = unicodedata.normalize("NFKC", text).upper().casefold().replace("i\N{COMBINING DOT ABOVE}", "i")
    # Upper case may take an accent off its letter ("ΐ"); two ways to type that are one again.
    return unicodedata.normalize("NFKC", folded)
