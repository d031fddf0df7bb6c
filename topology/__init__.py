"""What the province is: records → typed model → graph → addresses, demands, failure states.

Imports nothing else of ours.
"""
