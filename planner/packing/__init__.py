"""Exact packing of workloads on hosts: bounds, rules of thumb, column generation, exact search."""
