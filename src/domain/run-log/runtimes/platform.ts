/** Errors that the platform itself writes, whatever the runtime. */
import { describeError } from '../../function-error.ts';
import type { ErrorReader } from './error-reader.ts';
import { lastMatch } from './error-reader.ts';

/** `RequestId: <id> Error: Runtime exited with error: exit status 1`, then the type on a line of its own. */
const CRASH = /^RequestId: (?<id>\S+) (?<text>(?:Error: |Process exited)[^\r\n]*)(?:[\r\n]+(?<type>[\w.]+))?/;
/** `<time> <id> Task timed out after 3.00 seconds`, as older Lambda wrote it. */
const TIMEOUT = /^\d{4}-\S+ (?<id>\S+) (?<text>Task timed out after [\d.]+ seconds)/;

export const platformError: ErrorReader = (lines, requestId) =>
  lastMatch(lines, (message) => {
    const timeout = TIMEOUT.exec(message)?.groups;
    if (timeout?.['id'] === requestId) return describeError('Sandbox.Timedout', timeout['text'] ?? '');
    const crash = CRASH.exec(message)?.groups;
    if (crash?.['id'] !== requestId) return undefined;
    return describeError(crash['type'] ?? 'Runtime.ExitError', crash['text'] ?? '');
  });
