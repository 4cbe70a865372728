import type { Logger } from 'pino';
import { CallQueue, type Turn } from './aws/call-queue.ts';
import type { AwsClients } from './aws/clients.ts';
import { logCallsPerSecond } from './aws/log-quota.ts';
import type { Ledger } from './ledger/ledger.ts';

/** The rate of CloudWatch calls. CloudWatch has one per account and region, so all replicas share one row of the ledger. */
export async function sharedRate(
  ledger: Ledger,
  clients: AwsClients,
  configured: number | undefined,
  log: Logger,
) {
  const region = await clients.logs.config.region();
  const perSecond = configured ?? logCallsPerSecond(region);
  const name = `logs ${region}`;
  const queue = new CallQueue(() => ledger.takePlace({ name, perSecond, burst: perSecond }), perSecond);
  return {
    pass: (turn?: Turn) => queue.pass(turn),
    throttled() {
      ledger.slowDown({ name, perSecond }).then(
        (rate) => {
          if (rate !== undefined)
            log.warn({ calls_per_second: rate }, 'CloudWatch throttles; the rate is halved');
        },
        (error: unknown) => log.warn({ err: error }, 'the rate of CloudWatch could not be halved'),
      );
    },
    /** how long a reader would wait for its next call, in milliseconds */
    queueMs: async () => Math.max(await ledger.queueMs(name), queue.readerMs()),
  };
}
