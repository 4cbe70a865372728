/** The log that Lambda and the Python client write of a run. */
import { randomUUID } from 'node:crypto';
import type { LogStore } from '../../packages/lambda-emulator/src/logs/log-store.ts';
import { reportLine } from '../../packages/lambda-emulator/src/logs/report.ts';
import { behaviourOf } from './functions.ts';

/** The client writes the error of the handler as one event: its record proves the failure at once. */
const FAILURE =
  '[ERROR] ValueError: asked to fail\nTraceback (most recent call last):\n' +
  '  File "/var/task/app.py", line 4, in handler\n    raise ValueError("asked to fail")\n';

/** One environment for each run, as while others still run. */
export function logRun(store: LogStore, name: string, requestId: string): void {
  // Functions of the rows that measure Invoke would only fill the memory.
  if (name === 'fn') return;
  const group = `/aws/lambda/${name}`;
  const stream = `2026/01/01/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  store.append(group, stream, `${startLine(requestId)}\n`);
  const { failsAfterMs } = behaviourOf(name);
  if (failsAfterMs === undefined) return;
  setTimeout(() => {
    store.append(group, stream, FAILURE);
    store.append(group, stream, `END RequestId: ${requestId}\n`);
    store.append(group, stream, `${report(requestId, failsAfterMs)}\n`);
  }, failsAfterMs);
}

/** The value of `X-Amz-Log-Result`. */
export function logTail(requestId: string): string {
  const lines = [startLine(requestId), `END RequestId: ${requestId}`, report(requestId, 1), ''];
  return Buffer.from(lines.join('\n')).toString('base64');
}

function startLine(requestId: string): string {
  return `START RequestId: ${requestId} Version: $LATEST`;
}

function report(requestId: string, durationMs: number): string {
  return reportLine(requestId, { durationMs, memoryMb: 128, maxMemoryMb: 38 });
}
