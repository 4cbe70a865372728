/** Results that Lambda answers itself, byte for byte. */
import { situations } from './run-situations.ts';
import type { InvokeResponse } from './situation.ts';

const BINARY = 'amazon-archives/aws-sdk-react-native#30 (a function that returns a PDF)';
const answer = (body: Buffer, contentType: string): InvokeResponse[] => [{ status: 200, body, contentType }];
const PDF = Buffer.from('JVBERi3//oAACg==', 'base64');
const NULS = Buffer.from('a\0b\0', 'latin1');
const LATIN1 = Buffer.from('größer', 'latin1');

situations('results that are no JSON text', [
  {
    name: 'binary',
    source: BINARY,
    type: 'RequestResponse',
    answers: answer(PDF, 'application/octet-stream'),
    want: { state: 'succeeded', result: PDF, contentType: 'application/octet-stream' },
  },
  {
    name: 'binary-with-nul',
    source: `${BINARY}; of our own`,
    type: 'RequestResponse',
    answers: answer(NULS, 'application/octet-stream'),
    want: { state: 'succeeded', result: NULS },
  },
  {
    name: 'binary-of-another-encoding',
    source: `${BINARY}; of our own`,
    type: 'RequestResponse',
    answers: answer(LATIN1, 'text/plain; charset=iso-8859-1'),
    want: { state: 'succeeded', result: LATIN1, contentType: 'text/plain' },
  },
]);
