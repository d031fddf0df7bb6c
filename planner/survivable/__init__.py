"""Survivable capacity design for a demand matrix: modules per link so that every failure state can be routed."""
