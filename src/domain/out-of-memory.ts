/**
 * Detects that Node reached its heap limit. V8 then writes a line to standard error and aborts the process. Lambda only
 * reports `Runtime exited with error: signal: aborted`, with the type Runtime.ExitError:
 * https://nodejs.org/en/learn/diagnostics/memory/understanding-and-tuning-memory
 */
import type { ExecutionError } from './outcome.ts';

/**
 * V8's line: `FATAL ERROR: REASON Allocation failed - JavaScript heap out of memory`, without any prefix. There are
 * several reasons, such as `Ineffective mark-compacts`. If V8's own memory (a zone) is full, the text is `process out
 * of memory`.
 */
const FATAL = /^FATAL ERROR: .*\b(?:JavaScript heap|process) out of memory\s*$/m;
/** How Lambda reports SIGABRT: `signal: aborted`, or `exit status 134` (128 + signal 6) if a shell started Node. */
const ABORTED = /\bRuntime exited with error: (?:signal: aborted\b|exit status 134\b)/;

/**
 * V8's line among the lines of a run. Alone it proves nothing, because a function may print the line of another
 * process.
 */
export function heapLimitLine(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = FATAL.exec(line)?.[0];
    if (found !== undefined) return found.trim();
  }
  return undefined;
}

/** Whether the run ended at its heap limit: its lines contain V8's line, and after it that the process was aborted. */
export function endedOutOfMemory(lines: readonly string[]): boolean {
  const at = lines.findIndex((line) => FATAL.test(line));
  return at >= 0 && lines.slice(at).some((line) => ABORTED.test(line));
}

/**
 * Changes an error of the platform to `out_of_memory` if the lines of the run show that the heap limit was the cause.
 */
export function withHeapEvidence(error: ExecutionError, lines: readonly string[]): ExecutionError {
  if (error.kind !== 'function_error' || !ABORTED.test(error.message)) return error;
  const line = heapLimitLine(lines);
  return line === undefined
    ? error
    : { ...error, kind: 'out_of_memory', message: `${error.message} (${line})` };
}
