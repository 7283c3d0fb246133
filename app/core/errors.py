"""Errors that know their HTTP status; every message is a sentence a person can act on."""


class AppError(Exception):
    """Something the user can be told: what happened, what was kept, what to do next."""

    status = 400
    code = "bad_request"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SignInNeeded(AppError):
    status, code = 401, "sign_in_needed"


class NotPermitted(AppError):
    status, code = 403, "not_permitted"


class NotFound(AppError):
    status, code = 404, "not_found"


class Conflict(AppError):
    status, code = 409, "conflict"


class Gone(AppError):
    status, code = 410, "gone"


class Stale(AppError):
    """Somebody else changed the thing in the meantime."""

    status, code = 412, "stale"


class TooLarge(AppError):
    status, code = 413, "too_large"


class Refused(AppError):
    """The input was understood and is not acceptable."""

    status, code = 422, "refused"


class PreconditionMissing(AppError):
    status, code = 428, "precondition_missing"


class TooMany(AppError):
    status, code = 429, "too_many"


class StorageFull(AppError):
    status, code = 507, "storage_full"
