"""Duplicate-picture detection: an engine without Django, HTTP views or models.

`detector` holds the interface, `local` the embedded default, `rekognition` the optional AWS one.
"""
