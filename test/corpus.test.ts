import { describe, expect, it } from 'vitest';
import { CORPUS_ID, loadCorpus } from './helpers/corpus.ts';

const logs = loadCorpus();
const RUNTIMES = ['python', 'nodejs', 'java', 'go', 'rust', 'ruby', 'dotnet', 'platform'];

describe('the corpus of logs', () => {
  it.each(logs)('$name has a truth and one whole run', ({ truth, events, logFormat }) => {
    const text = events.map(({ message }) => message).join('');
    const marks =
      logFormat === 'JSON'
        ? [
            `"platform.start","record":{"requestId":"${CORPUS_ID}"`,
            `"platform.report","record":{"requestId":"${CORPUS_ID}"`,
          ]
        : [`START RequestId: ${CORPUS_ID}`, `REPORT RequestId: ${CORPUS_ID}`];
    for (const mark of marks) expect(text).toContain(mark);
    if (truth.result === 'failed') expect(truth.errorType + truth.errorMessage).toMatch(/./);
    expect(text).not.toContain('{ID}');
    expect(text, 'names a place of the machine on which it was captured').not.toMatch(
      /\/tmp\/|\/root\/|\/home\//,
    );
  });

  it('has logs of every runtime', () => {
    const groups = Map.groupBy(logs, ({ origin, writer }) => `${origin}, ${writer}`);
    const table = [...groups].map(([who, group]) => {
      const failed = group.filter(({ truth }) => truth.result === 'failed').length;
      return `${who}: ${group.length}, of which ${failed} failed`;
    });
    console.log(`${logs.length} logs\n${table.join('\n')}`);
    expect(new Set(logs.map(({ writer }) => writer))).toEqual(new Set(RUNTIMES));
  });
});
