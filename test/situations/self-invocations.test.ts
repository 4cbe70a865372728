/** Lost answers of functions that invoke themselves: the child has the trace root too. */

import { HELD } from './answers.ts';
import { CHILD, end, raised, report, start, xray } from './lines.ts';
import { situations } from './run-situations.ts';
import type { Situation } from './situation.ts';
import { DOUBT, IN_DOUBT } from './wants.ts';

const ROOT_IS_PASSED_ON = 'AWS docs, services-xray: what a function invokes has its trace root';
/** Of a run that began with the invocation. */
const longReport = report(xray()).replace('21.80', '{MS}');
const tracedChild = (...lines: string[]) => [start(CHILD), ...lines, end(CHILD), report(xray(), CHILD)];

/** Lambda's own segments: only what something within the trace invoked has a parent. */
const parentAndChild =
  (name: string): NonNullable<Situation['traces']> =>
  ({ requestId, at }) =>
    [
      { id: '1111111111111111', requestId },
      { id: '2222222222222222', requestId: CHILD, parent_id: '3333333333333333' },
    ].map(({ requestId: request_id, ...segment }) => ({
      ...segment,
      name,
      origin: 'AWS::Lambda',
      start_time: at,
      resource_arn: `arn:aws:lambda:eu-central-1:123456789012:function:${name}`,
      aws: { request_id },
      http: { response: { status: 200 } },
    }));

situations('lost answers of functions that invoke themselves', [
  {
    ...HELD,
    name: 'lost-self-invoked',
    source: `${ROOT_IS_PASSED_ON}, itself included: the child's REPORT is visible before the parent's; of our own`,
    alone: true,
    runs: [
      { lines: [start(), 'calls itself'] },
      { stream: 'child', afterSearches: 2, lines: tracedChild('child works') },
      { afterSearches: 6, lines: [raised('ValueError: parent failed'), end(), longReport] },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'parent failed',
      execution: DOUBT,
      logs: [start(), 'calls itself', raised('ValueError: parent failed'), end(), longReport],
    },
  },
  {
    ...HELD,
    name: 'lost-self-invoked-child-fails',
    source: `${ROOT_IS_PASSED_ON}, itself included: the parent catches the child's failure; of our own`,
    alone: true,
    runs: [
      { lines: [start(), 'calls itself'] },
      { stream: 'child', afterSearches: 2, lines: tracedChild(raised('KeyError: child failed')) },
      { afterSearches: 6, lines: ['went on', end(), longReport] },
    ],
    want: {
      state: 'succeeded',
      proof: 'silence',
      execution: DOUBT,
      logs: [start(), 'calls itself', 'went on', end(), longReport],
    },
  },
  {
    ...HELD,
    name: 'lost-self-parent-start-late',
    source: `${ROOT_IS_PASSED_ON}, itself included: the parent's START is visible after the child's REPORT; of our own`,
    config: { TracingConfig: { Mode: 'Active' } },
    alone: true,
    traces: parentAndChild('lost-self-parent-start-late'),
    runs: [
      { late: { 0: 8, 1: 8 }, lines: [start(), 'calls itself'] },
      { stream: 'child', lines: tracedChild('child works') },
      { afterSearches: 14, lines: [raised('ValueError: parent failed'), end(), longReport] },
    ],
    want: {
      state: 'failed',
      type: 'ValueError',
      message: 'parent failed',
      execution: DOUBT,
      logs: [start(), 'calls itself', raised('ValueError: parent failed'), end(), longReport],
    },
  },
  {
    ...HELD,
    name: 'lost-self-parent-start-late-child-fails',
    source: `${ROOT_IS_PASSED_ON}, itself included: the same, and only the child fails; of our own`,
    config: { TracingConfig: { Mode: 'Active' } },
    alone: true,
    traces: parentAndChild('lost-self-parent-start-late-child-fails'),
    runs: [
      { late: { 0: 8, 1: 8 }, lines: [start(), 'calls itself'] },
      { stream: 'child', lines: tracedChild(raised('KeyError: child failed')) },
      { afterSearches: 14, lines: ['went on', end(), longReport] },
    ],
    want: {
      state: 'succeeded',
      proof: 'silence',
      execution: DOUBT,
      logs: [start(), 'calls itself', 'went on', end(), longReport],
    },
  },
  {
    ...HELD,
    name: 'lost-self-invoked-child-alone',
    source: `${ROOT_IS_PASSED_ON}, itself included: the parent still runs; of our own`,
    alone: true,
    runs: [
      { lines: [start(), 'calls itself'] },
      { stream: 'child', afterSearches: 2, lines: tracedChild('child works') },
    ],
    want: IN_DOUBT,
  },
]);
