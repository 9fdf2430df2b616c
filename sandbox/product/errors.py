"""The ways in which the product says no."""

from __future__ import annotations


class ProductError(Exception):
    """An answer other than success; `status` is its HTTP status, `code` its short name."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFoundError(ProductError):
    """There is no such thing, or not for this person."""

    status = 404
    code = "not_found"


class UnauthenticatedError(ProductError):
    """No valid session came with the request."""

    status = 401
    code = "unauthenticated"


class ForbiddenError(ProductError):
    """The person's role does not allow it."""

    status = 403
    code = "forbidden"


class InvalidError(ProductError):
    """The request was understood and cannot be done."""

    status = 422
    code = "invalid"


class UnavailableError(ProductError):
    """A service that the product needs does not answer."""

    status = 503
    code = "unavailable"


class ModelProviderError(ProductError):
    """The model provider failed to answer."""

    status = 502
    code = "model_provider"
