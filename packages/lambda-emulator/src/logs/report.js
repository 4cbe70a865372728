/** The texts that Lambda itself writes into a function's log, and the error payloads it makes up. */
/** Tab-separated, with a tab at the end. The time of the cold start is billed as well. */
export function reportLine(requestId, figures) {
  const { durationMs, initMs, status, errorType } = figures;
  const traceRoot = readTraceRoot(figures.traceHeader);
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${figures.memoryMb} MB`,
    `Max Memory Used: ${figures.maxMemoryMb} MB`,
    initMs !== undefined && `Init Duration: ${initMs.toFixed(2)} ms`,
    traceRoot && `XRAY TraceId: ${traceRoot}`,
    status && `Status: ${status}`,
    status === 'error' && errorType && `Error Type: ${errorType}`,
  ];
  return `${fields.filter(Boolean).join('\t')}\t`;
}
/** Root of an X-Ray trace header, e.g. `Root=1-…;Parent=…`. */
export function readTraceRoot(header) {
  return /(?:^|;)Root=([^;]+)/.exec(header ?? '')?.[1] ?? null;
}
export function initReportLine(initMs, phase, status, errorType) {
  const fields = [
    `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms`,
    `Phase: ${phase}`,
    `Status: ${status}`,
  ];
  if (errorType) fields.push(`Error Type: ${errorType}`);
  return `${fields.join('\t')}\t`;
}
export function timeoutPayload(requestId, timeoutSeconds) {
  const reason = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
  return errorPayload('Sandbox.Timedout', `RequestId: ${requestId} Error: ${reason}`);
}
/** @param how e.g. `exit status 7` or `signal: killed`; empty when the process ended as if nothing were wrong */
export function exitPayload(errorType, requestId, how) {
  const reason = how ? `Runtime exited with error: ${how}` : 'Runtime exited without providing a reason';
  return errorPayload(errorType, `RequestId: ${requestId} Error: ${reason}`);
}
export function tooLargePayload(limitBytes) {
  const text = `Response payload size exceeded maximum allowed payload size (${limitBytes} bytes).`;
  return errorPayload('Function.ResponseSizeTooLarge', text);
}
function errorPayload(errorType, errorMessage) {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }));
}
//# sourceMappingURL=report.js.map
