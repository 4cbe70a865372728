/** What the clients of Go, Rust, Ruby and .NET write of a handler that failed or succeeded, in text logs. */
import { CUSTOM, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

situations('errors in the words of Go and Rust', [
  {
    name: 'go-raises',
    source: 'written by aws-lambda-go for provided.al2023',
    config: CUSTOM,
    runs: [
      {
        lines: run(
          'plain line',
          '2026/11/27 00:03:46 log line',
          '2026/11/27 00:03:46 {"errorMessage":"boom\\nsecond line","errorType":"MyErr"}',
        ),
      },
    ],
    want: { state: 'failed', type: 'MyErr', message: 'boom\nsecond line', proof: 'runtime_record' },
  },
  {
    name: 'go-succeeds',
    source: 'written by aws-lambda-go for provided.al2023',
    config: CUSTOM,
    runs: [{ lines: run('plain line', '2026/11/27 00:03:45 log line') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'go-raises-without-flags',
    source: 'log.SetFlags(0) leaves out the time; a function may print the same; of our own',
    config: CUSTOM,
    runs: [{ lines: run('{"errorMessage":"no rows","errorType":"errorString"}') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'go-panics',
    source: 'written by aws-lambda-go for provided.al2023; of our own',
    config: CUSTOM,
    runs: [
      {
        lines: run(
          '2026/11/27 03:22:34 {"errorMessage":"broken","errorType":"string","stackTrace":[{"path":"captured/main.go","line":69,"label":"handle"}]}',
        ),
      },
    ],
    want: { state: 'failed', type: 'string', message: 'broken', proof: 'runtime_record' },
  },
  {
    name: 'rust-raises',
    source: 'written by lambda_runtime for provided.al2023; tracing::error! of a function writes the same',
    config: CUSTOM,
    runs: [
      {
        lines: run('plain line', 'ERROR Lambda runtime invoke{requestId="{ID}"}: "boom\\nsecond line"'),
      },
    ],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'rust-raises-and-unproven-fails',
    source: 'the same, with the function policy unproven: fail; of our own',
    config: CUSTOM,
    policy: { unproven: 'fail' },
    runs: [
      {
        lines: run('plain line', 'ERROR Lambda runtime invoke{requestId="{ID}"}: "boom\\nsecond line"'),
      },
    ],
    want: {
      state: 'failed',
      kind: 'function_error',
      message: 'boom\nsecond line',
      proof: 'assumed',
      warnings: ['end_not_proven'],
    },
  },
  {
    name: 'rust-succeeds-and-unproven-fails',
    source: 'the same, and the log is silent; of our own',
    config: CUSTOM,
    policy: { unproven: 'fail' },
    runs: [{ lines: run('plain line') }],
    want: { state: 'failed', kind: 'lost', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'rust-succeeds',
    source: 'written by lambda_runtime for provided.al2023',
    config: CUSTOM,
    runs: [{ lines: run('plain line') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'rust-raises-with-time',
    source: 'the subscriber of the docs writes the time first; of our own',
    config: CUSTOM,
    runs: [
      {
        lines: run(
          `${TIME} ERROR Lambda runtime invoke{requestId="{ID}" xrayTraceId="Root={ROOT}"}: "größer als 3"`,
        ),
      },
    ],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
]);

situations('errors in the words of Ruby and .NET', [
  {
    name: 'ruby-raises',
    source: 'aws-lambda-ruby-runtime-interface-client (LambdaLogger), from its source',
    config: { Runtime: 'ruby3.3' },
    runs: [
      {
        lines: run(
          'Error raised from handler method\n{\n  "errorMessage": "no such key",\n  "errorType": "Function<KeyError>",\n  "stackTrace": []\n}',
        ),
      },
    ],
    want: { state: 'failed', type: 'Function<KeyError>', message: 'no such key' },
  },
  {
    name: 'ruby-succeeds',
    source: 'silence of Ruby proves nothing; of our own',
    config: { Runtime: 'ruby3.3' },
    runs: [{ lines: run('I, [2026-11-27T00:03:45.000000 #8]  INFO -- : works') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
  {
    name: 'dotnet-succeeds',
    source: 'silence of .NET proves nothing; of our own',
    config: { Runtime: 'dotnet8' },
    runs: [{ lines: run(`${TIME}\t{ID}\tinfo\tworks`) }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
]);
