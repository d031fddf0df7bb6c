"""What the province should be: OR-Tools models, failure sweep, independent checker → plan.json."""
