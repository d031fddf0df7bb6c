"""Survivable capacity design for a general demand matrix: modules per link so that every failure state can be routed."""
