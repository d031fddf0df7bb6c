"""provdc."""
