"""Files to plain values with positions: text, YAML, CSV. Knows nothing of what the records mean."""
