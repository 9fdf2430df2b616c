"""The product's JSON API, and the small origins beside it."""
