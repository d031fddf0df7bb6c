"""Three tiers of checks on the records: shape, references, engineering. Each reports everything it finds."""
