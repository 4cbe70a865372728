/** What the clients of Java, Go, Rust, Ruby and .NET write of a handler that failed or succeeded, in text logs. */
import { CUSTOM, JAVA, raised, run, TIME } from './lines.ts';
import { situations } from './run-situations.ts';

const JAVA_CLIENT = 'written by aws-lambda-java-runtime-interface-client for java21';

situations('errors in the words of Java', [
  {
    name: 'java-chained',
    source: JAVA_CLIENT,
    config: JAVA,
    runs: [
      {
        lines: run(
          'plain line',
          'logger line',
          'outer: ex.App$MyErr',
          'ex.App$MyErr: outer',
          '\tat ex.App.handleRequest(App.java:10)',
          '\tat java.base/java.lang.reflect.Method.invoke(Method.java:569)',
          'Caused by: java.lang.IllegalArgumentException: inner',
          '\t... 5 more',
        ),
      },
    ],
    want: { state: 'failed', type: 'ex.App$MyErr', message: 'outer', proof: 'runtime_record' },
  },
  {
    name: 'java-raises',
    source: 'cagataygurturk/lambadaframework#37; AWS docs golang-exceptions, ruby-exceptions',
    config: JAVA,
    runs: [
      {
        lines: run(
          'x: java.lang.RuntimeException',
          'java.lang.RuntimeException: x',
          '\tat example.Handler.handleRequest(Handler.java:9)',
        ),
      },
    ],
    want: { state: 'failed', type: 'java.lang.RuntimeException', message: 'x' },
  },
  {
    name: 'java-raises-in-one-event',
    source: `${JAVA_CLIENT}: one frame of the telemetry descriptor is one event`,
    config: JAVA,
    runs: [
      {
        lines: run(
          'boom: ex.Größenfehler\nex.Größenfehler: boom\n\tat ex.App.handleRequest(App.java:10)\nCaused by: java.io.IOException: inner\n\t... 5 more\n',
        ),
      },
    ],
    want: { state: 'failed', type: 'ex.Größenfehler', message: 'boom' },
  },
  {
    name: 'java-without-message',
    source: `${JAVA_CLIENT}; of our own`,
    config: { Runtime: 'java17' },
    runs: [
      {
        lines: run(
          'null: java.lang.IllegalStateException',
          'java.lang.IllegalStateException',
          '\tat ex.App.handleRequest(App.java:10)',
        ),
      },
    ],
    want: { state: 'failed', type: 'java.lang.IllegalStateException' },
  },
  {
    name: 'java-succeeds',
    source: JAVA_CLIENT,
    config: JAVA,
    runs: [{ lines: run('plain line', 'logger line') }],
    want: { state: 'succeeded', proof: 'silence' },
  },
]);

situations('errors in the words of Go, Rust, Ruby and .NET', [
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
  {
    name: 'image-of-python-raises',
    source: 'a container image may use any client; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run(raised('ValueError: in an image')) }],
    want: { state: 'failed', type: 'ValueError', message: 'in an image' },
  },
  {
    name: 'image-succeeds',
    source: 'the same, silent; of our own',
    config: { PackageType: 'Image' },
    runs: [{ lines: run('works') }],
    want: { state: 'succeeded', proof: 'assumed', warnings: ['end_not_proven'] },
  },
]);
