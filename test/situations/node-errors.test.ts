/** What the client of Node writes of a handler that failed or succeeded, in text logs. */
import { NODE, nodeError, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const NODE_CLIENT = 'written by aws-lambda-ric for nodejs22.x';

situations('errors in the words of Node', [
  {
    name: 'node-throws-a-string',
    source: NODE_CLIENT,
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tINFO\tplain line`,
          `${TIME}\t{ID}\tERROR\tInvoke Error { errorType: 'Fake' }`,
          nodeError({
            errorType: 'Error',
            errorMessage: 'just a string',
            stack: ['Error: just a string', '    at Object.intoError (file:///var/task/index.mjs:27:16)'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'Error', message: 'just a string', proof: 'runtime_record' },
  },
  {
    name: 'node-throws-an-object',
    source: `${NODE_CLIENT}; of our own`,
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'Error',
            errorMessage: '[object Object]',
            stack: [
              'Error: [object Object]',
              '    at Object.intoError (file:///var/runtime/index.mjs:27:16)',
            ],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'Error', message: '[object Object]', proof: 'runtime_record' },
  },
  {
    name: 'node-throws-null',
    source: `${NODE_CLIENT}, which calls it handled; of our own`,
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'Error',
            errorMessage: 'handled',
            stack: ['Error: handled', '    at Object.intoError (file:///var/runtime/index.mjs:27:16)'],
          }),
        ),
      },
    ],
    want: { state: 'failed', type: 'Error', message: 'handled', proof: 'runtime_record' },
  },
  {
    name: 'node-cannot-write-its-answer',
    source: `${NODE_CLIENT}: a circular answer`,
    config: NODE,
    runs: [
      {
        lines: run(
          nodeError({
            errorType: 'Runtime.UnhandledPromiseRejection',
            errorMessage: 'Unable to stringify response body',
            stack: ['Error'],
          }),
        ),
      },
    ],
    want: { state: 'failed', message: 'Unable to stringify response body' },
  },
  {
    name: 'node-class-beyond-ascii',
    source: 'ECMAScript allows such names; of our own',
    config: NODE,
    runs: [{ lines: run(nodeError({ errorType: 'Größenfehler', errorMessage: 'zu groß', stack: ['x'] })) }],
    want: { state: 'failed', type: 'Größenfehler', message: 'zu groß' },
  },
  {
    name: 'node-uncaught-exception',
    source: `${NODE_CLIENT}: thrown outside the handler's promise`,
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tUncaught Exception \t${JSON.stringify({ errorType: 'TypeError', errorMessage: 'late', stack: ['TypeError: late'] })}`,
        ),
      },
    ],
    want: { state: 'failed', type: 'TypeError', message: 'late' },
  },
  {
    name: 'node-succeeds',
    source: NODE_CLIENT,
    config: NODE,
    runs: [{ lines: run(`${TIME}\t{ID}\tINFO\tplain line`) }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);
