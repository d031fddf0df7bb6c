"""Where things of Hòa Bình plausibly are when no survey says so: rules that give the same answer each time."""
