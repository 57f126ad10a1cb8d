"""What tells 3-D files that are text, or begin with it, from others: of uploads of models and of attachments alike."""

import re

from config.core.stl_headers import is_text_stl

PLY_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,99}ply[ \t]{0,99}(\r\n|\n|\r)")
_VERTEX_LINE = re.compile(rb"(?:^|[\r\n])[ \t]*v[ntp]?[ \t]+[-+.\d\\]")


def text_format(head: bytes) -> str | None:
    """What it begins as: "ply", "stl", "gltf" or "obj", None for none of them. `head`: some of the file from its
    beginning. A "gltf" need be no more than an object in JSON, and an "obj" a text with a corner in it."""
    if PLY_BEGINS.match(head):
        return "ply"
    if is_text_stl(head):
        return "stl"
    text = head.removeprefix(b"\xef\xbb\xbf").strip(b"\0\x1a \t\r\n\f\v")
    if b"\0" in text:
        return None
    if text.startswith(b"{"):
        return "gltf"
    return "obj" if _VERTEX_LINE.search(text) else None
