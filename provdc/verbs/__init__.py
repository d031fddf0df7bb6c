"""One thin module per verb: reads options, calls one function, prints."""
