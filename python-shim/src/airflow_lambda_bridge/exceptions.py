"""
The errors of this provider; all are subclasses of :class:`LambdaBridgeError`.

Airflow retries a task after any of them, except after subclasses of :class:`AirflowFailException`, because
these would occur again in a retry. On Airflow 3.3 a retry policy can match these classes.
"""

from __future__ import annotations

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException


class LambdaBridgeError(AirflowException):
    """Base of every error that this provider raises."""


class LambdaBridgeUnavailable(LambdaBridgeError):
    """The bridge does not respond or cannot serve the request now; the same request may succeed later."""


class LambdaBridgeConnectionError(LambdaBridgeError, AirflowFailException):
    """The Airflow connection is incomplete or invalid; the message names the field."""


class LambdaPayloadError(LambdaBridgeError, AirflowFailException, ValueError):
    """The payload is not JSON. Nothing was sent, and the message does not contain the payload."""


class LambdaResultError(LambdaBridgeError, AirflowFailException, ValueError):
    """
    The function succeeded, but its result does not have the form that the task needs: text, or JSON.

    A retry would read the same result. The message does not contain the result.
    """


class LambdaBridgeRequestError(LambdaBridgeError, AirflowFailException):
    """
    The bridge refused the request: invalid arguments, unknown function, not allowed, or too large.

    :param status: the HTTP status
    :param code: the bridge's error code, such as ``function_not_found`` or ``not_allowed``
    """

    def __init__(self, message: str, *, status: int, code: str | None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class LambdaWaitTimeout(LambdaBridgeError):
    """The execution had not ended when the ``execution_timeout`` of the deferred task passed."""


class LambdaSensorFailed(LambdaBridgeError, AirflowFailException):
    """
    The execution that a sensor waited for ended without success.

    ``__cause__`` is the :class:`LambdaExecutionFailed`. The state of an ended execution never changes, so the
    sensor is not retried.
    """


class LambdaExecutionFailed(LambdaBridgeError, ValueError):
    """
    An execution ended without success.

    Also a ``ValueError``, because the Amazon provider's operator raises that.

    :param message: Lambda's ``errorMessage``, or the bridge's description of what happened
    :param kind: ``function_error``, ``timed_out``, ``out_of_memory``, ``invoke_rejected``, ``throttled``,
        ``lost``, ``deadline_exceeded`` or ``cancelled``
    :param type: Lambda's ``errorType``, or the name of the AWS exception
    :param stack_trace: the function's stack trace, one entry per frame
    :param execution_id: the execution in the bridge; None if there is none
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
    """The function ran and raised an error, timed out or ran out of memory."""

    sentence = "Lambda function execution resulted in error"


class LambdaInvocationFailed(LambdaExecutionFailed):
    """Lambda did not accept the invocation, so the function did not run."""

    sentence = "Lambda function did not execute"


class LambdaInvocationRejected(LambdaInvocationFailed, AirflowFailException):
    """Lambda rejected the invocation and would reject it again, so the task is not retried."""


class LambdaExecutionCancelled(LambdaExecutionFailed):
    """The execution was cancelled, by a killed task or by a user of the bridge."""

    sentence = "Lambda execution was cancelled"
