/**
 * Decides whether a failed Invoke may have started the function. The bridge may send a second request only if it is
 * proved that the function did not start:
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
 */
import { type AwsError, readAwsError } from './aws-error.ts';
import type { InDoubt, Refused } from './invoke-answer.ts';

/** What is known about one request, which may not have been sent. */
export interface SentRequest {
  /** false: it failed before it reached the connection (no credentials, no region) */
  handedOver: boolean;
  requestId?: string | undefined;
  contentType?: string | undefined;
  /**
   * Whether the answer has a header that only Lambda sends: x-amzn-requestid or x-amzn-errortype. The status alone does
   * not show it, because a proxy, a login page or a load balancer may answer with any status.
   */
  fromLambda?: boolean;
}

/** Lambda is still setting up the function or its environment, so the same request may succeed later. */
const SETTING_UP = new Set([
  'ResourceConflictException',
  'SnapStartNotReadyException',
  'CodeArtifactUserPendingException',
]);
/**
 * The next request succeeds: by then the SDK has refreshed the credentials, or corrected its clock by the date of the
 * answer.
 */
const STALE_SIGNATURE = new Set(['ExpiredTokenException', 'InvalidSignatureException', 'RequestExpired']);
/**
 * Lambda could not set up the environment, so the function did not start. Other errors with status 408 or 502 do not
 * prove that.
 */
const SETUP_FAILED = new Set(
  [
    ...[
      'EFSMountConnectivity',
      'EFSMountTimeout',
      'S3FilesMountConnectivity',
      'S3FilesMountTimeout',
      'SnapStartTimeout',
    ],
    ...[
      'EC2AccessDenied',
      'EC2Throttled',
      'EC2Unexpected',
      'ENILimitReached',
      'ENINotReady',
      'InvalidRuntime',
    ],
    ...[
      'InvalidSecurityGroupID',
      'InvalidSubnetID',
      'InvalidZipFile',
      'ResourceNotReady',
      'SubnetIPAddressLimitReached',
    ],
    ...['KMSAccessDenied', 'KMSDisabled', 'KMSInvalidState', 'KMSNotFound'],
  ].map((name) => `${name}Exception`),
);

export function classifyInvokeError(thrown: unknown, sent: SentRequest, fn: string): Refused | InDoubt {
  const error = readAwsError(thrown);
  if (!sent.handedOver) return notSent(error, fn);
  // Node refuses to build the request, e.g. for a client context with a line break.
  if (error.code?.startsWith('ERR_INVALID_')) {
    return refused(error.code, `${fn} was not invoked: ${error.message}.`, false);
  }
  if (error.statusCode === undefined) {
    return neverWritten(thrown, error)
      ? refused(
          error.code ?? 'ConnectionTimeout',
          `Lambda could not be reached to invoke ${fn}: ${error.message}.`,
          true,
        )
      : inDoubt(`Lambda's answer for ${fn} was lost after the request was sent: ${error.message}`, sent);
  }
  return fromStatus(error, error.statusCode, thrown, sent, fn);
}

function fromStatus(
  error: AwsError,
  status: number,
  thrown: unknown,
  sent: SentRequest,
  fn: string,
): Refused | InDoubt {
  if (!sent.fromLambda) return notFromLambda(status, sent, fn);
  const type = error.name === 'SyntaxError' ? `HTTP ${status}` : error.name;
  const text = `Lambda refused to invoke ${fn}: ${error.name === 'SyntaxError' ? `HTTP ${status}, without an error of Lambda` : error.message}`;
  if (status === 429) return throttled(type, text, thrown);
  if (SETUP_FAILED.has(type)) return refused(type, text, true);
  // EFSIOException (410) may be caused by a read or write of the running handler.
  if (status >= 400 && status < 500 && status !== 408 && status !== 410) {
    return refused(type, text, SETTING_UP.has(type) || STALE_SIGNATURE.has(type));
  }
  return inDoubt(`Lambda answered ${type} for ${fn}, which does not show whether the function ran`, sent);
}

/**
 * An answer that Lambda did not send. Lambda may have received the request all the same, so the attempt is in doubt.
 */
export function notFromLambda(status: number, { contentType }: SentRequest, fn: string): InDoubt {
  const what =
    contentType === undefined ? `HTTP ${status}` : `HTTP ${status} with ${contentType.slice(0, 100)}`;
  const reason =
    `The answer to the invocation of ${fn} was not from Lambda: ${what} without x-amzn-RequestId. A proxy or gateway ` +
    'sent it, so it is not known whether the function ran.';
  return { type: 'in_doubt', reason };
}

function throttled(type: string, text: string, thrown: unknown): Refused {
  const { retryAfterSeconds, Reason } = thrown as { retryAfterSeconds?: string; Reason?: string };
  const seconds = Number.parseFloat(retryAfterSeconds ?? '');
  const message = Reason ? `${text} (${Reason})` : text;
  return {
    type: 'refused',
    retryable: true,
    ...(seconds >= 0 && { retryAfterSeconds: seconds }),
    error: { kind: 'throttled', type, message, retryable: true },
  };
}

function notSent(error: AwsError, fn: string): Refused {
  const hint =
    error.name === 'CredentialsProviderError'
      ? ' Give the bridge credentials through the AWS default chain: environment, shared config file, container or instance role.'
      : '';
  return refused(
    error.name,
    `${fn} was not invoked, because no request could be created: ${error.message}.${hint}`,
    true,
  );
}

function refused(type: string, message: string, retryable: boolean): Refused {
  return { type: 'refused', retryable, error: { kind: 'invoke_rejected', type, message, retryable } };
}

function inDoubt(reason: string, sent: SentRequest): InDoubt {
  return { type: 'in_doubt', reason, ...(sent.requestId !== undefined && { requestId: sent.requestId }) };
}

/**
 * Error codes of a TLS handshake that failed. Node checks the certificate before it writes the request:
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const TLS_SETUP =
  /^(?:CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_SELF_SIGNED_CERT$|HOSTNAME_MISMATCH$)/;
const TLS_SETUP_TEXT = /before secure TLS connection was established|wrong version number|handshake failure/;

/** True only if the failure occurred before the first byte of the request was written. */
function neverWritten(thrown: unknown, error: AwsError): boolean {
  const parts = thrown instanceof AggregateError ? thrown.errors : [thrown];
  const connecting = parts.every(
    ({ syscall }: { syscall?: string }) => syscall === 'connect' || syscall === 'getaddrinfo',
  );
  if (connecting && parts.length > 0) return true;
  // The SDK uses these words, also if the request got no free socket in time.
  if (error.code === undefined && error.message.includes('did not establish a connection')) return true;
  return TLS_SETUP.test(error.code ?? '') || TLS_SETUP_TEXT.test(error.message);
}
