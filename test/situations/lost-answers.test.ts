/** Answers of Invoke that were lost. What proves nothing leaves the attempt in doubt. */
import { HELD, LOST } from './answers.ts';
import {
  CHILD,
  childRun,
  end,
  inGroup,
  inJson,
  jsonReport,
  jsonStart,
  raised,
  report,
  run,
  start,
  xray,
} from './lines.ts';
import { situations } from './run-situations.ts';
import { DOUBT, IN_DOUBT } from './wants.ts';

const ROOT_IS_PASSED_ON = 'AWS docs, services-xray: what a function invokes has its trace root';
const traced = (...lines: string[]) => [start(), ...lines, end(), report(xray())];
const tracedChild = (...lines: string[]) => [start(CHILD), ...lines, end(CHILD), report(xray(), CHILD)];

situations('lost answers of traced functions', [
  {
    ...HELD,
    name: 'lost-child-same-root',
    source: `${ROOT_IS_PASSED_ON}; one log group for all functions of an application`,
    config: inGroup('/app/all-functions'),
    runs: [
      { stream: 'child', owner: 'child-fn', lines: tracedChild('child works') },
      { afterSearches: 6, lines: traced('parent works', raised('ValueError: parent failed')) },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'parent failed',
      execution: { ...DOUBT, settled_by: 'logs' },
    },
  },
  {
    ...HELD,
    name: 'lost-child-alone',
    source: `${ROOT_IS_PASSED_ON}; our function has not ended yet; of our own`,
    config: inGroup('/app/all-functions-2'),
    runs: [{ stream: 'child', owner: 'child-fn', lines: tracedChild('child works') }],
    want: IN_DOUBT,
  },
  {
    ...HELD,
    name: 'lost-child-of-json-logs',
    source: `${ROOT_IS_PASSED_ON}; the child failed, and our function went on; of our own`,
    config: inJson({ Runtime: 'python3.13' }, { LogGroup: '/app/all-functions-3' }),
    runs: [
      {
        stream: 'child',
        owner: 'child-fn',
        lines: [
          jsonStart(CHILD),
          jsonReport(
            { status: 'error', errorType: 'KeyError', tracing: { value: 'Root={ROOT};Sampled=1' } },
            CHILD,
          ),
        ],
      },
      {
        afterSearches: 6,
        lines: [
          jsonStart(),
          '{"level": "INFO", "message": "parent works", "requestId": "{ID}"}',
          jsonReport({ status: 'success', tracing: { value: 'Root={ROOT};Sampled=1' } }),
        ],
      },
    ],
    want: { state: 'succeeded', proof: 'silence', execution: DOUBT },
  },
  {
    name: 'lost-event',
    source: 'the 202 of an event is lost; of our own',
    answers: LOST,
    runs: [{ lines: traced(raised('ValueError: of the event')) }],
    want: { state: 'failed', type: 'ValueError', message: 'of the event', execution: DOUBT },
  },
]);

situations('lost answers of other functions', [
  {
    ...HELD,
    name: 'lost-untraced',
    source: 'AWS docs, services-xray: REPORT has a root only where the trace is sampled; of our own',
    runs: [{ lines: run('works') }],
    want: IN_DOUBT,
  },
  {
    ...HELD,
    name: 'lost-exclusive',
    source: 'only the bridge invokes it, and there is one run; of our own',
    alone: true,
    policy: { exclusive: true },
    runs: [{ lines: run(raised('ValueError: the only one')) }],
    want: { state: 'failed', type: 'ValueError', message: 'the only one', execution: DOUBT },
  },
  {
    ...HELD,
    name: 'lost-exclusive-of-two',
    source: 'the same with two runs, which somebody else must have started; of our own',
    alone: true,
    policy: { exclusive: true },
    runs: [{ lines: run('works') }, { stream: 'new', lines: childRun('works') }],
    want: IN_DOUBT,
  },
]);
