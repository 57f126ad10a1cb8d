"""How large files are, in words for whoever sent them."""

from typing import Final

MEGABYTE: Final = 1024 * 1024


def size_words(size: int) -> str:
    """Of bytes: "20 MB", "20.1 MB", "64 KB", "50 bytes". Rounded up, so that what is over a limit looks so."""
    if size < 10 * 1024:
        return f"{size} bytes"
    if size < MEGABYTE:
        return f"{-(-size // 1024)} KB"
    tenths = -(-size * 10 // MEGABYTE)
    return f"{tenths // 10}.{tenths % 10} MB" if tenths % 10 else f"{tenths // 10} MB"


def too_large(what: str, size: int, most: int) -> str:
    """`what` begins a sentence: "The file"."""
    return f"{what} is larger than {size_words(most)}: it has {size_words(size)}."


def file_too_large(size: int, most: int) -> str:
    """The words of Nexus's documents, and the figures."""
    return f"File too large: it has {size_words(size)}, and at most {size_words(most)} are taken."
