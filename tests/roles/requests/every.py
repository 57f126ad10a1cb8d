"""One valid request for each route, in the world of `world`: what is called, and with what.

A second one of the same route says in brackets what is different about it.
A value that depends on the caller is made by a function of world and role.
"""

from tests.roles.requests.cultureup import CULTUREUP
from tests.roles.requests.nexus import NEXUS
from tests.roles.requests.printshop import PRINTSHOP
from tests.roles.requests.v1 import V1

REQUESTS = {"cultureup": CULTUREUP, "nexus": NEXUS, "v1": V1, "printshop": PRINTSHOP}
MOUNTS = {"cultureup": "/api", "nexus": "/api", "v1": "/api/v1", "printshop": "/api/printshop"}
