import { expect, it } from 'vitest';
import { CORPUS_ID, loadCorpus } from './helpers/corpus.ts';

const logs = loadCorpus();

it('has a truth and the lines of one whole run in every log', () => {
  for (const { name, truth, events, logFormat } of logs) {
    const text = events.map(({ message }) => message).join('');
    const [start, report] =
      logFormat === 'JSON'
        ? ['"type":"platform.start"', '"type":"platform.report"']
        : [`START RequestId: ${CORPUS_ID}`, `REPORT RequestId: ${CORPUS_ID}`];
    expect(text, name).toContain(start);
    expect(text, name).toContain(report);
    expect(text, name).not.toContain('{ID}');
    expect(['succeeded', 'failed'], name).toContain(truth.result);
    if (truth.result === 'failed') expect(truth.errorType, name).toMatch(/./);
  }
});

it('names no place of the machine on which it was captured', () => {
  for (const { name, events } of logs) {
    for (const { message } of events) expect(message, name).not.toMatch(/\/tmp\/|\/root\/|\/home\//);
  }
});

it('holds logs of every runtime', () => {
  const counts = Map.groupBy(logs, ({ origin, writer }) => `${origin} ${writer}`);
  const table = [...counts].map(([who, group]) => {
    const failed = group.filter(({ truth }) => truth.result === 'failed').length;
    return `${who}: ${group.length} (${failed} failed)`;
  });
  console.log(`corpus of ${logs.length} logs\n${table.join('\n')}`);
  expect(new Set(logs.map(({ writer }) => writer))).toContain('python');
});
