/**
 * Node at its heap limit. V8 then writes a line to standard error and aborts the process, so Lambda reports no more than
 * `Runtime exited with error: signal: aborted`, of the type Runtime.ExitError:
 * https://nodejs.org/en/learn/diagnostics/memory/understanding-and-tuning-memory
 */
import type { ExecutionError } from './outcome.ts';

/**
 * `FATAL ERROR: REASON Allocation failed - JavaScript heap out of memory`, which V8 writes without any prefix. Ineffective
 * mark-compacts, a table that is too large and others differ in the reason alone; zones say `process out of memory`.
 */
const FATAL = /^FATAL ERROR: .*\b(?:JavaScript heap|process) out of memory\s*$/m;
/** SIGABRT, as Lambda's init process words it; `exit status 134` where a shell ran Node (128 + signal 6). */
const ABORTED = /\bRuntime exited with error: (?:signal: aborted\b|exit status 134\b)/;

/** V8's line among the lines that a run wrote, which alone proves nothing: a function may print it of another process. */
export function heapLimitLine(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = FATAL.exec(line)?.[0];
    if (found !== undefined) return found.trim();
  }
  return undefined;
}

/** Whether these lines show that the run ended at its heap limit: V8's line, and after it that the process was aborted. */
export function endedOutOfMemory(lines: readonly string[]): boolean {
  const at = lines.findIndex((line) => FATAL.test(line));
  return at >= 0 && lines.slice(at).some((line) => ABORTED.test(line));
}

/** An error as the platform reports it, as `out_of_memory` where the run's lines say why its process was aborted. */
export function withHeapEvidence(error: ExecutionError, lines: readonly string[]): ExecutionError {
  if (error.kind !== 'function_error' || !ABORTED.test(error.message)) return error;
  const line = heapLimitLine(lines);
  return line === undefined
    ? error
    : { ...error, kind: 'out_of_memory', message: `${error.message} (${line})` };
}
