"""Processes move between machines: less load and better balance, by moves that are possible step by step."""
