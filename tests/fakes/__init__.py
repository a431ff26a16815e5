"""Loopback servers that speak HTTP to the real clients: the only fakes there are."""
