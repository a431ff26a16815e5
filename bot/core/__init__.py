"""The rules, pure: no clock, no network, no database, nothing but the standard library."""
