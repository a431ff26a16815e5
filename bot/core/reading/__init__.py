"""What people type, taken apart: words, numbers, spans, conditions, modifiers. `core.language` puts it together."""
