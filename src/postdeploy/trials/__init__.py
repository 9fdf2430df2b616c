"""What the doctor tries, one thing after another; nothing here writes to a product."""
