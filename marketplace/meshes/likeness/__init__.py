"""Whether a shape lies within another one: fused onto something, cut, stretched, smoothed, scaled, mirrored.

`describing.describe(mesh)` gives what is stored of a shape (`results.Shape`), in the child process. `index.ShapeIndex`
finds the few stored shapes that may be alike, `aligning` lays each over the new one and says how much of it agrees,
and `advice` what follows from that. It knows no Django, opens no files, trains nothing: `quantisers.npz` was
made once, from shapes by formula (`bench/quantisers.py`).
"""
