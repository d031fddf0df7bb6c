"""What the province should be: OR-Tools models, failure sweep, independent checker → plan.json.

Imports nothing: who reads a plan does not load the solvers. `planner.solve.solve` is the way in.
"""
