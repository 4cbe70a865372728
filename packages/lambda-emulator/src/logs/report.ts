/** Lambda's own REPORT and INIT_REPORT lines, and the error payloads that Lambda itself creates. */

export interface ReportFigures {
  durationMs: number;
  memoryMb: number;
  maxMemoryMb: number;
  /** only for the first invocation of an environment */
  initMs?: number;
  status?: 'timeout' | 'error';
  errorType?: string;
  /** root of the X-Ray trace, only if it is sampled */
  traceRoot?: string;
}

/** Fields are separated by tabs, with a tab at the end. The cold start is billed, too. */
export function reportLine(requestId: string, figures: ReportFigures): string {
  const { durationMs, initMs, status, errorType } = figures;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${figures.memoryMb} MB`,
    `Max Memory Used: ${figures.maxMemoryMb} MB`,
    initMs !== undefined && `Init Duration: ${initMs.toFixed(2)} ms`,
    figures.traceRoot && `XRAY TraceId: ${figures.traceRoot}`,
    status && `Status: ${status}`,
    status === 'error' && errorType && `Error Type: ${errorType}`,
  ];
  return `${fields.filter(Boolean).join('\t')}\t`;
}

export function initReportLine(
  initMs: number,
  phase: 'init' | 'invoke',
  status: string,
  errorType?: string,
): string {
  const fields = [
    `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms`,
    `Phase: ${phase}`,
    `Status: ${status}`,
  ];
  if (errorType) fields.push(`Error Type: ${errorType}`);
  return `${fields.join('\t')}\t`;
}

export function timeoutPayload(requestId: string, timeoutSeconds: number): Buffer {
  const reason = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return errorPayload('Sandbox.Timedout', `RequestId: ${requestId} Error: ${reason}`);
}

/** @param how e.g. `exit status 7` or `signal: killed`; empty if the process exited with status 0 */
export function exitPayload(errorType: string, requestId: string, how: string): Buffer {
  return errorPayload(errorType, `RequestId: ${requestId} Error: ${exitReason(how)}`);
}

export function exitReason(how: string): string {
  return how ? `Runtime exited with error: ${how}` : 'Runtime exited without providing a reason';
}

export function tooLargePayload(limitBytes: number): Buffer {
  const text = `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`;
  return errorPayload('Function.ResponseSizeTooLarge', text);
}

function errorPayload(errorType: string, errorMessage: string): Buffer {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}
