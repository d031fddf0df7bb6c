"""The report: one HTML file that needs no network. Reads the plan, the outlines and the last verification.

>>> html = render(plan, "vi", outlines=path, results=results)                                        # doctest: +SKIP
"""

from provdc.report.page import render

__all__ = ["render"]
