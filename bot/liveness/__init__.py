"""Whether the daemon lives and is well: sees to it, judges it, and tells those who watch from outside."""
