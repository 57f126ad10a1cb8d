"""Bambu printers made of software: what a print shop meets on its network, with no printer there.

`farm.SimulatedFarm` starts any number of them, each with its own address, certificate, access code and files. `machine`
is the printer itself, without a network: what it does with commands and with time, and what it reports. `shapes` says
how models differ, `broker` and `files` are its two doors (MQTT and FTPS, both under TLS).
"""
