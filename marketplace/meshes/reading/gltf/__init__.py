"""glTF 2.0 and GLB, read from their specification (https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html).

`reader` puts together what `nodes` finds shown; `primitives` makes triangles of what `accessors` decodes from the bytes
that `container` found; `fields` checks each value of the description when it is taken; `looks` is what is no shape.
"""
