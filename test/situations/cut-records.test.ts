/** Error records that CloudWatch cut at 256 KB, or that are spread over several events. */
import { NODE, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const CUT =
  'AWS docs, nodejs-exceptions: up to 256 KB of the error object are recorded (AxiosError has the whole request)';
const nodeHead = (type: string) =>
  `${TIME}\t{ID}\tERROR\tInvoke Error \t{"errorType":"${type}","errorMessage":"Request failed with status code 500","code":"ERR_BAD_RESPONSE","config":{"data":"{BIG}`;

situations('records that are cut or split', [
  {
    name: 'node-error-cut',
    source: CUT,
    config: NODE,
    runs: [{ lines: run(nodeHead('AxiosError')) }],
    want: { state: 'failed', type: 'AxiosError', message: 'Request failed with status code 500' },
  },
  {
    name: 'node-error-split',
    source: `${CUT}; the rest comes as another event; of our own`,
    config: NODE,
    runs: [{ lines: run(nodeHead('AxiosError'), '"},"stack":["AxiosError: Request failed"]}') }],
    want: { state: 'failed', type: 'AxiosError', message: 'Request failed with status code 500' },
  },
  {
    name: 'node-error-cut-in-its-message',
    source: `${CUT}; of our own`,
    config: NODE,
    runs: [
      {
        lines: run(
          `${TIME}\t{ID}\tERROR\tInvoke Error \t{"errorType":"Größenfehler","errorMessage":"first {BIG}`,
        ),
      },
    ],
    want: { state: 'failed', type: 'Größenfehler', message: 'first xxx' },
  },
  {
    name: 'python-error-cut',
    source: 'the same limit in Python: a message with the whole answer of a service; of our own',
    runs: [
      {
        lines: run(
          '[ERROR] ValueError: bad answer: {BIG}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
        ),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'bad answer: xxx' },
  },
  {
    name: 'python-error-split',
    source: 'the same, the trace comes as another event; of our own',
    runs: [
      {
        lines: run(
          '[ERROR] ValueError: bad answer: {BIG}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
          'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in handler\n    raise',
        ),
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'bad answer: xxx' },
  },
  {
    name: 'python-error-in-lines',
    source: 'a container image: without the log descriptor every line is an event; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('works', ...raised('ValueError: in lines').split('\n')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in lines' },
  },
]);
