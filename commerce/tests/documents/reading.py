"""What a PDF says, as its reader sees it."""

from io import BytesIO

from pypdf import PdfReader


def text_of(content: bytes) -> str:
    """All pages, spaces and line ends alike."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def pages_of(content: bytes) -> int:
    return len(PdfReader(BytesIO(content)).pages)
