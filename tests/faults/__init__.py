"""Proofs that failure is normal: a real platform whose processes, broker and neighbours are broken on purpose.

`python -m tests.faults` prints one line a proof and ends non-zero when anything is not as it must be. The same proofs,
with fewer rounds and shorter outages, are the tests of `test_faults.py`.
"""
