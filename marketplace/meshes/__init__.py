"""3-D files: what they are, what can be measured in them, and which of them are the same shape. No Django here.

`sandbox` is what the platform calls: it has a file analysed by a child process (`child`) that may use only so much
memory and time. Everything else runs in that child, apart from `formats` and the comparison in `fingerprint`.
"""
