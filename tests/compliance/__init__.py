"""The compliance suite: written once, parametrised by the plan, every test carries its control.

It is given a plan and a way to reach the machines (`provdc verify` passes both) and imports nothing of the planner
but the plan's schema, so that it judges machines and promises, not the code that made them.
"""
