import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/domain/function-error.ts';
import { endedOutOfMemory, heapLimitLine, withHeapEvidence } from '../../src/domain/out-of-memory.ts';

const ID = '3f8b6c1e-52d4-4e0a-9f57-0d1c2b3a4e5f';
const EXIT = `RequestId: ${ID} Error: Runtime exited with error: signal: aborted (core dumped)`;
const HEAP = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
/** As Node 22 writes it, shortened. */
const RUN = [
  `START RequestId: ${ID} Version: $LATEST`,
  '<--- Last few GCs --->',
  '[9:0x2f8d3000]     4310 ms: Mark-Compact 118.2 (130.5) -> 117.9 (131.0) MB, pooled: 0 MB, 63.05 / 0.00 ms',
  '<--- JS stacktrace --->',
  HEAP,
  '----- Native stack trace -----',
  ' 1: 0xe13fde node::OOMErrorHandler(char const*, v8::OOMDetails const&) [/var/lang/bin/node]',
  EXIT,
  'Runtime.ExitError',
  `END RequestId: ${ID}`,
];

describe('endedOutOfMemory', () => {
  it.each([
    HEAP,
    'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
    'FATAL ERROR: CALL_AND_RETRY_LAST Allocation failed - JavaScript heap out of memory',
    'FATAL ERROR: invalid table size Allocation failed - JavaScript heap out of memory',
    'FATAL ERROR: Zone Allocation failed - process out of memory',
    `<--- JS stacktrace --->\n\n${HEAP}\n`,
  ])('recognises the heap limit in %j', (line) => {
    expect(endedOutOfMemory(RUN.map((one) => (one === HEAP ? line : one)))).toBe(true);
    expect(heapLimitLine([line])).toMatch(/^FATAL ERROR: .* out of memory$/);
  });

  it.each([
    ['an abort without V8 saying why', RUN.filter((line) => line !== HEAP)],
    ['a line that the function printed before it ended well', RUN.filter((line) => line !== EXIT)],
    ["V8's line after the exit line", [...RUN.filter((line) => line !== HEAP), HEAP]],
    ['a quoted line', RUN.map((line) => (line === HEAP ? `child said: ${HEAP}` : line))],
    [
      'another fatal error',
      RUN.map((line) => (line === HEAP ? 'FATAL ERROR: v8::ToLocalChecked Empty' : line)),
    ],
    [
      'an exit by another signal',
      RUN.map((line) => (line === EXIT ? EXIT.replace('aborted', 'segmentation fault') : line)),
    ],
    ['an empty log', []],
  ])('does not take %s for the heap limit', (_name, lines) => {
    expect(endedOutOfMemory(lines)).toBe(false);
  });
});

describe('withHeapEvidence', () => {
  const aborted = describeError('Runtime.ExitError', EXIT);

  it("reports an abort as out of memory, with V8's line", () => {
    expect(withHeapEvidence(aborted, RUN)).toEqual({
      ...aborted,
      kind: 'out_of_memory',
      message: `${EXIT} (${HEAP})`,
    });
  });

  it('recognises exit status 134, an abort under a shell', () => {
    const shell = describeError('Runtime.ExitError', EXIT.replace(/signal.*/, 'exit status 134'));
    expect(withHeapEvidence(shell, RUN).kind).toBe('out_of_memory');
  });

  it.each([
    ['an exception', describeError('Error', 'no rows'), RUN],
    ["an abort without V8's line", aborted, [EXIT]],
    ['a timeout', describeError('Sandbox.Timedout', 'Task timed out after 3.00 seconds'), RUN],
  ])('leaves %s as it is', (_name, error, lines) => {
    expect(withHeapEvidence(error, lines)).toEqual(error);
  });
});
