"""The web application of the stand-in product: one HTML shell and plain ES modules."""
