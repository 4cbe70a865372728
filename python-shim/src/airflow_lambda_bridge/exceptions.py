"""
The errors of this provider; all are :class:`LambdaBridgeError`.

Airflow retries a task after any of them, except where :class:`AirflowFailException` is among the bases:
there the same request would be refused again. On Airflow 3.3 a retry policy can match these classes.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException


class LambdaBridgeError(AirflowException):
    """Base of every error that this provider raises."""


class LambdaBridgeUnavailable(LambdaBridgeError):
    """The bridge could not be reached, or cannot serve now; the same request may pass later."""


class LambdaBridgeConnectionError(LambdaBridgeError, AirflowFailException):
    """The Airflow connection does not say where the bridge is; the message names the field."""


class LambdaPayloadError(LambdaBridgeError, AirflowFailException, ValueError):
    """The payload is not JSON; found before anything was sent. The payload itself is not in the message."""


class LambdaBridgeRequestError(LambdaBridgeError, AirflowFailException):
    """
    The bridge refused the request: wrong arguments, an unknown function, not allowed, too large.

    :param status: the HTTP status
    :param code: the bridge's stable word for it, such as ``function_not_found`` or ``not_allowed``
    """

    def __init__(self, message: str, *, status: int, code: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class LambdaWaitTimeout(LambdaBridgeError):
    """The execution had not ended when the task's ``execution_timeout`` was over."""


class LambdaSensorFailed(LambdaBridgeError, AirflowFailException):
    """
    The execution that a sensor waited for ended without success.

    ``__cause__`` is the :class:`LambdaExecutionFailed`. What has ended does not change, so the sensor is not
    retried.
    """


class LambdaExecutionFailed(LambdaBridgeError, ValueError):
    """
    An execution ended without success.

    It is a ``ValueError`` as well, because that is what the Amazon provider's operator raises.

    :param message: Lambda's ``errorMessage``, or what the bridge says happened
    :param kind: ``function_error``, ``timed_out``, ``out_of_memory``, ``invoke_rejected``, ``throttled``,
        ``lost``, ``deadline_exceeded`` or ``cancelled``
    :param type: Lambda's ``errorType``, or the name of the AWS exception
    :param stack_trace: the function's own, one entry per frame
    :param execution_id: where the ledger keeps the rest; None when no execution came to be
    """

    sentence = "Lambda execution did not succeed"

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        type: str | None = None,
        stack_trace: tuple[str, ...] = (),
        execution_id: str | None = None,
    ) -> None:
        what = f"{type}: {message}" if type else message
        where = f" (execution {execution_id})" if execution_id else ""
        super().__init__(f"{self.sentence}: {kind}: {what}{where}")
        self.message = message
        self.kind = kind
        self.type = type
        self.stack_trace = stack_trace
        self.execution_id = execution_id


class LambdaFunctionError(LambdaExecutionFailed):
    """The function ran and raised, timed out or ran out of memory."""

    sentence = "Lambda function execution resulted in error"


class LambdaInvocationFailed(LambdaExecutionFailed):
    """Lambda refused the invocation: the function did not run."""

    sentence = "Lambda function did not execute"


class LambdaInvocationRejected(LambdaInvocationFailed, AirflowFailException):
    """Lambda refused the invocation and would refuse it again, so the task is not retried."""


class LambdaExecutionCancelled(LambdaExecutionFailed):
    """The execution was cancelled, by a killed task or by somebody at the bridge."""

    sentence = "Lambda execution was cancelled"
