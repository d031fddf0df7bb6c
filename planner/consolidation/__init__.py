"""Which small data centres move in, what that costs and saves, and in which order their servers move."""
