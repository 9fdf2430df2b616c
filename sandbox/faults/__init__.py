"""Small named faults, each of which breaks one thing in the stand-in."""
