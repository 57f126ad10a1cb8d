"""From a file to triangles, a module a format, each with `read(file) -> Read`. Only to be called in the child process,
whose memory and time are limited.

A reader gives what the file means, or raises BrokenMesh with a sentence for its maker that says what is wrong and what
to do; it never gives something else in silence. What it leaves out on purpose it says in a note.
"""
