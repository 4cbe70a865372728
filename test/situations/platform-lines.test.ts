/** Lines of the platform and of extensions in the log of a run. */
import { end, errorReport, JAVA, NODE, raised, report, run, unreported, xray } from './lines.ts';
import { situations } from './run-situations.ts';

situations('extensions, restored snapshots, traces and tenants', [
  {
    name: 'extension-crash',
    source: 'AWS docs, runtimes-extensions-api: Extension.Crash; of our own',
    runs: [
      {
        lines: [
          ...unreported(
            'EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]',
            'RequestId: {ID} Error: exit code 1\nExtension.Crash',
          ),
          errorReport('Extension.Crash'),
        ],
      },
    ],
    want: { state: 'failed', type: 'Extension.Crash' },
  },
  {
    name: 'extension-crash-without-status',
    source: 'the same where REPORT has no status; of our own',
    config: NODE,
    runs: [{ lines: [...unreported('RequestId: {ID} Error: exit code 2\nExtension.Crash'), report()] }],
    want: { state: 'failed', type: 'Extension.Crash', message: 'exit code 2' },
  },
  {
    name: 'extension-logs-an-error',
    source: 'an extension writes into the log of the run; of our own',
    eventInvoke: 'default',
    runs: [
      {
        lines: run(
          'EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE]',
          '[agent] {"level":"error","errorType":"ValueError","errorMessage":"endpoint refused"}',
          '[ERROR] ConnectionError: collector down',
          'Traceback (most recent call last):',
          '  File "/opt/extensions/agent.py", line 3',
          'ConnectionError: collector down',
        ),
      },
    ],
    want: { state: 'succeeded', proof: 'silence' },
  },
  {
    name: 'snapstart-xray-tenant',
    source: 'AWS docs: SnapStart, X-Ray, tenant isolation',
    alone: true,
    runs: [
      {
        lines: [
          'RESTORE_START Runtime Version: java:21.v30',
          'RESTORE_REPORT Restore Duration: 591.68 ms',
          'START RequestId: {ID} Version: 7 TenantId: blue',
          'x',
          end(),
          `REPORT RequestId: {ID}\tDuration: 300.11 ms\tBilled Duration: 388 ms\tMemory Size: 512 MB\tMax Memory Used: 180 MB\tRestore Duration: 591.68 ms\tBilled Restore Duration: 87 ms\t${xray('1-5759e988-bd862e3fe1be46a994272793')}`,
        ],
      },
    ],
    want: {
      state: 'succeeded',
      proof: 'silence',
      execution: { billing: { duration_ms: 300.11, billed_ms: 388, memory_mb: 512, max_memory_mb: 180 } },
    },
  },
  {
    name: 'snapstart-then-raise',
    source: 'the same, and the handler fails; of our own',
    config: JAVA,
    alone: true,
    runs: [
      {
        lines: [
          'RESTORE_START Runtime Version: java:21.v30',
          'RESTORE_REPORT Restore Duration: 591.68 ms',
          'START RequestId: {ID} Version: 7',
          'x: java.lang.RuntimeException\njava.lang.RuntimeException: x\n\tat ex.App.handleRequest(App.java:9)\n',
          end(),
          report('Restore Duration: 591.68 ms\tBilled Restore Duration: 87 ms\t'),
        ],
      },
    ],
    want: { state: 'failed', type: 'java.lang.RuntimeException' },
  },
  {
    name: 'xray-and-tenant-then-raise',
    source: 'the same in Python; of our own',
    runs: [
      {
        lines: [
          'START RequestId: {ID} Version: $LATEST TenantId: blue',
          raised('ValueError: of the tenant'),
          end(),
          report(xray()),
        ],
      },
    ],
    want: { state: 'failed', type: 'ValueError', message: 'of the tenant' },
  },
]);
