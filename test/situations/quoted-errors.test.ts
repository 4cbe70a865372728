/** Errors whose message quotes another error. */
import { CHILD, NODE, nodeError, raised, report, run } from './lines.ts';
import { situations } from './run-situations.ts';

situations('an error that quotes another', [
  {
    name: 'quoted-child-error',
    source: 'an orchestrator raises with the log of its child in the message',
    runs: [
      {
        lines: run(
          '[ERROR] RuntimeError: child failed:\n[ERROR] KeyError: \'x\'\nTraceback (most recent call last):\n  File "child.py"\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler',
        ),
      },
    ],
    want: { state: 'failed', type: 'RuntimeError', message: "[ERROR] KeyError: 'x'" },
  },
  {
    name: 'quoted-node-error',
    source: 'the same in Node: the message has the record of the child; of our own',
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'ChildFailed',
            errorMessage: `child: ${nodeError({ errorType: 'Inner', errorMessage: 'x' }, CHILD)}`,
            stack: ['ChildFailed: child'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'ChildFailed', message: 'child: ' },
  },
  {
    name: 'quoted-platform-error',
    source: 'the same, with a REPORT in the message; of our own',
    runs: [{ lines: run(raised(`RuntimeError: log was\n${report('Status: timeout', CHILD)}\nend of log`)) }],
    want: { state: 'failed', kind: 'function_error', type: 'RuntimeError', message: 'log was' },
  },
]);
