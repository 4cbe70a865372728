import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readOutput } from '../src/runtime/output-reader.ts';

function read(...chunks: (string | Buffer)[]): Promise<string[]> {
  const stream = new PassThrough();
  const messages: string[] = [];
  readOutput(stream, {
    onMessage: (message) => messages.push(message),
    onIdle: () => messages.push('(idle)'),
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return new Promise((resolve) => stream.once('close', () => resolve(messages)));
}

test('a line is one message, however it is split into chunks', async () => {
  const bytes = Buffer.from('one\ntwö\n');
  expect(await read(bytes.subarray(0, 7), bytes.subarray(7))).toEqual(['one\n', 'twö\n']);
});

test('a record is one message with its newlines', async () => {
  expect(await read('before\n\x1e{"message":"a\\nb"}\nafter\n')).toEqual(['before\n', 'a\nb', 'after\n']);
});

test('an unfinished line waits for its end, even across records', async () => {
  expect(await read('un\x1e{"message":"m"}\n\x1e{"idle":true}\nfinished\n')).toEqual([
    'm',
    '(idle)',
    'unfinished\n',
  ]);
});

test('the rest of the output becomes a message when the stream ends', async () => {
  expect(await read('half')).toEqual(['half']);
});

test('text with the mark of a record but without JSON is ordinary text', async () => {
  expect(await read('a\x1e{b\n\x1e42\n')).toEqual(['a\x1e{b\n', '\x1e42\n']);
});
