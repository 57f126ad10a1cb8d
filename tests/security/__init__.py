"""The attacker's view: what a stranger, a customer or a web page tries that the documents never meant."""
