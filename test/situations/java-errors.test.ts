/** What the client of Java writes of a handler that failed or succeeded, in text logs. */
import { JAVA, run } from './lines.ts';
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
