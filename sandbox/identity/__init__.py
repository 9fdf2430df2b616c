"""The identity provider that the product's sign-in goes through."""
