/** What Node functions log themselves and what only looks like the record of their runtime. Lambda says that all succeeded. */
import { NODE, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';
import { OK } from './wants.ts';

const BOTS = 'medplum/medplum, the wrapper of its streaming Lambda bots';
const UNHANDLED = [
  `${TIME}\t{ID}\tINFO\tUnhandled error: x`,
  `${TIME}\t{ID}\tERROR\tInvoke Error {"errorType":"TypeError","errorMessage":"x is not defined","stack":["TypeError: x is not defined"]}`,
];

situations('lines of Node functions', [
  { name: 'user-invoke-error', source: BOTS, config: NODE, runs: [{ lines: run(...UNHANDLED) }], want: OK },
  {
    name: 'user-invoke-error-with-retries',
    source: `${BOTS}, with Lambda's default of two retries`,
    config: NODE,
    eventInvoke: 'default',
    runs: [{ lines: run(...UNHANDLED) }],
    want: OK,
  },
  {
    name: 'user-invoke-error-as-object',
    source: `${BOTS}; console.error('Invoke Error', object); of our own`,
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tInvoke Error {\n  errorType: 'TypeError',\n  errorMessage: 'x is not defined'\n}`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-logs-an-error',
    source: 'console.error(error), as every tutorial does; of our own',
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tTypeError: caught\n    at Runtime.handler (file:///var/task/index.mjs:3:9)`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-logs-a-rejection',
    source: "process.on('unhandledRejection', …) that logs; of our own",
    config: NODE,
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tUnhandled Promise Rejection {"errorType":"Runtime.UnhandledPromiseRejection"}`,
        ),
      },
    ],
    want: OK,
  },
  {
    name: 'user-prints-a-python-error',
    source: 'a Node function that runs Python as a child process; of our own',
    config: NODE,
    eventInvoke: 'default',
    runs: [{ lines: run(raised('ValueError: in the child process')) }],
    want: OK,
  },
]);
