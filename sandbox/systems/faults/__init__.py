"""Small named faults of the smaller systems, each of which breaks one thing in a stand-in."""
