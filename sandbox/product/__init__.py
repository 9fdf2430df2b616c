"""What the product keeps and does, free of HTTP."""
