"""glTF files by hand: each part of the description as it is to stand there, and the numbers that it describes."""

import json
import struct
from base64 import b64encode

import numpy as np

from marketplace.meshes.shapes import extruded

TYPES = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
WIDTHS = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}

L_PROFILE = extruded(np.array([(0, 0), (40, 0), (40, 6), (6, 6), (6, 30), (0, 30)], dtype=float), 20.0)
"""An L profile of 40 x 30 x 20 mm, 6 mm thick: 20 triangles, 7,680 mm3, 3,568 mm2."""
POINTS, FACES = L_PROFILE.vertices / 1000, L_PROFILE.faces


class Gltf:
    """A description with its data. Each method that adds something gives the number of it."""

    def __init__(self, **description):
        self.data = b""
        self.description = {"asset": {"version": "2.0"}, "bufferViews": [], "accessors": []} | description

    def add(self, name, **row):
        self.description.setdefault(name, []).append(row)
        return len(self.description[name]) - 1

    def view(self, data, **more):
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)} | more
        self.data += data
        return self.add("bufferViews", **view)

    def array(self, values, kind="f4", **more):
        values = np.asarray(values)
        values = values.reshape(len(values), -1)
        row = {"componentType": TYPES[kind], "count": len(values), "type": WIDTHS[values.shape[1]]}
        view = self.view(np.ascontiguousarray(values, dtype=f"<{kind}").tobytes())
        return self.add("accessors", **{"bufferView": view} | row | more)

    def mesh(self, points=POINTS, faces=FACES, *, kind="u2", **more):
        """With one primitive; `faces` None for a file without indices."""
        primitive = {"attributes": {"POSITION": points if isinstance(points, int) else self.array(points)}}
        if faces is not None:
            primitive["indices"] = faces if isinstance(faces, int) else self.array(np.ravel(faces), kind)
        return self.add("meshes", primitives=[primitive | more])

    def shown(self, *nodes):
        """The file's scene, of these nodes; by default one with mesh 0."""
        for node in nodes or [{"mesh": 0}]:
            self.add("nodes", **node)
        held = {child for node in self.description["nodes"] for child in node.get("children", [])}
        self.add("scenes", nodes=[index for index in range(len(self.description["nodes"])) if index not in held])
        return self

    def gltf(self, head="data:application/octet-stream;base64,"):
        uri = head + b64encode(self.data).decode()
        buffers = {"buffers": [{"uri": uri, "byteLength": len(self.data)}]} if self.data else {}
        return json.dumps(buffers | self.description).encode()

    def glb(self):
        buffers = {"buffers": [{"byteLength": len(self.data)}]} if self.data else {}
        return glb_of(buffers | self.description, self.data)


def glb_of(description, data=b""):
    text = json.dumps(description).encode()
    chunks = [(b"JSON", text + b" " * (-len(text) % 4))]
    if data:
        chunks.append((b"BIN\0", data + b"\0" * (-len(data) % 4)))
    body = b"".join(struct.pack("<I4s", len(content), kind) + content for kind, content in chunks)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
