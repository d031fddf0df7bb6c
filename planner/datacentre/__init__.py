"""The data-centre half: sizes of machines, placement on hosts, racks and feeds."""
