"""Whether it is so: unit, end-to-end and compliance tests, and the benchmark command."""
