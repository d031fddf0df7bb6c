"""The two paths of a site share no risk group that its class must survive.

    F(p) ∩ F(q) ∩ G_s = ∅      and   p, q share no link         for every pair (p, q) of site s          (disjoint)
    F(p) ∩ G_s = ∅                                              if the class has no second path

F(p)  risk groups (ducts, exchanges, carriers, flood zones) any of which takes path p down
G_s   single groups of the kinds that the class of s must survive
With this, some path of the pair works in every state to be survived: no row for connectivity is needed.
Source: shared-risk-link-group disjoint pairs, Bhandari, *Survivable Networks* (1999), chapters 3 and 8; two physically
different routes, Circular 19/2023/TT-BTTTT.
"""


def admissible(primary_fails: int, backup_fails: int | None, survived: int) -> bool:
    """Whether the pair, as bit sets of groups, keeps the promise; links are compared by the caller."""
    if backup_fails is None:
        return not primary_fails & survived
    return not primary_fails & backup_fails & survived
