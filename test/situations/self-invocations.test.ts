/** Lost answers of functions that invoke themselves: the child has the trace root too. */

import { HELD } from './answers.ts';
import { CHILD, end, raised, report, start, xray } from './lines.ts';
import { situations } from './run-situations.ts';
import { DOUBT, IN_DOUBT } from './wants.ts';

const ROOT_IS_PASSED_ON = 'AWS docs, services-xray: what a function invokes has its trace root';
/** Of a run that began with the invocation. */
const longReport = report(xray()).replace('21.80', '{MS}');
const tracedChild = (...lines: string[]) => [start(CHILD), ...lines, end(CHILD), report(xray(), CHILD)];

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
