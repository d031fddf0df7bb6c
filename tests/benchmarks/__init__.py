"""The benchmark command: families of public instances, and comparisons with other programs in the same run."""
