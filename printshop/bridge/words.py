"""Why a printer cannot be reached, for its owner."""

import socket
import ssl


def words_for(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "The printer does not answer. Is it switched on, and its address right?"
    if isinstance(error, ConnectionRefusedError):
        return "The printer refuses the connection. Is its LAN mode switched on?"
    if isinstance(error, socket.gaierror):
        return "There is no printer of this name in the network."
    if isinstance(error, ssl.SSLError):
        return "What answers there does not speak TLS as printers do."
    return "The printer cannot be reached."
