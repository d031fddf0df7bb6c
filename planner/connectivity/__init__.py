"""Cheapest networks that stay connected when a link fails."""
