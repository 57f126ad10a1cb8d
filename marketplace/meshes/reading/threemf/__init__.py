"""3MF: an archive whose model part names what is placed where, and in which unit.

After the core specification 1.3 of the 3MF Consortium and its production extension, and what slicers write beside them.
`reader` is where reading begins.
"""
