/**
 * Measures the time that the bridge adds to a bare SDK call. Both call the same wire-level Lambda stand-in from the same
 * process, one after the other. Compare the ratios: absolute times depend on the machine.
 *
 *   npm run bench [-- CALLS CONCURRENCY]
 */
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { createAwsClients } from '../src/aws/clients.ts';
import { startBridge } from '../src/bridge.ts';
import { DEFAULT_LIMITS } from '../src/config/limits.ts';
import { createLogger } from '../src/logger.ts';
import { awsEnvironment } from '../test/helpers/bridge.ts';
import { createDatabase, startPostgres } from '../test/helpers/postgres-server.ts';
import { startWireLambda, succeed } from '../test/helpers/wire-lambda.ts';

const [calls = 1_000, concurrency = 20] = process.argv.slice(2).map(Number);
if (!(calls > 0 && concurrency > 0)) {
  console.error('CALLS and CONCURRENCY must be positive. Usage: npm run bench [-- CALLS CONCURRENCY]');
  process.exit(2);
}

/** Not measured: the first calls open connections, and run code that is not yet compiled. */
const WARM_UP_CALLS = 50;

interface Figures {
  perSecond: number;
  p50: number;
  p95: number;
}

async function measure(call: () => Promise<unknown>): Promise<Figures> {
  for (let n = 0; n < WARM_UP_CALLS; n += 1) await call();
  const times: number[] = [];
  let left = calls;
  const begin = performance.now();
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      await call();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - begin) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  return { perSecond: calls / seconds, p50: at(0.5), p95: at(0.95) };
}

const lambda = await startWireLambda(succeed);
Object.assign(process.env, awsEnvironment(lambda.url));
const clients = createAwsClients({ maxHeldInvocations: concurrency });
const direct = await measure(() =>
  clients.invoke.send(new InvokeCommand({ FunctionName: 'fn', Payload: Buffer.from('{"a":1}') })),
);

async function throughBridge(databaseUrl: string | undefined): Promise<Figures> {
  const bridge = await startBridge(
    {
      host: '127.0.0.1',
      port: 0,
      databaseUrl,
      dataDir: `/tmp/bridge-bench-${process.pid}`,
      stagingUri: undefined,
      logLevel: 'silent',
      publicUrl: undefined,
      callbackSecret: undefined,
      tokens: [],
      policies: [],
      buckets: [],
      limits: DEFAULT_LIMITS,
    },
    createLogger('silent'),
  );
  const figures = await measure(async () => {
    const answer = await fetch(`${bridge.url}/v1/executions?wait=30`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"function":"fn","payload":{"a":1}}',
    });
    const { state } = (await answer.json()) as { state: string };
    if (state !== 'succeeded') throw new Error(`an execution is ${state}, not succeeded`);
  });
  await bridge.stop(0);
  return figures;
}

const postgres = await startPostgres();
const rows: [string, Figures][] = [
  ['SDK alone', direct],
  ['bridge on PostgreSQL', await throughBridge(await createDatabase(postgres.url))],
  ['bridge on PGlite', await throughBridge(undefined)],
];
console.log(`${calls} calls, ${concurrency} at a time, of a function that returns at once\n`);
console.log('way                     calls/s   p50 ms   p95 ms   p50 ratio');
for (const [way, { perSecond, p50, p95 }] of rows)
  console.log(
    way.padEnd(22),
    perSecond.toFixed(0).padStart(8),
    p50.toFixed(1).padStart(8),
    p95.toFixed(1).padStart(8),
    (p50 / direct.p50).toFixed(2).padStart(11),
  );
clients.close();
await postgres.stop();
await lambda.stop();
