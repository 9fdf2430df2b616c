"""Each fault of the sandbox, and what the checks make of it."""
