/** A process for durability.test.ts: writes into the ledger of a folder, and prints each id when its write is confirmed. */
import { openLedger } from '../../../src/open-ledger.ts';
import { testConfig } from '../../helpers/config.ts';
import { settlement } from '../../helpers/ledger-records.ts';
import { newExecution } from '../../helpers/new-execution.ts';

const lease = { owner: '00000000-0000-4000-8000-000000000000', seconds: 30 };
const { ledger } = await openLedger(testConfig({ dataDir: process.argv[2] ?? '' }));

async function work(): Promise<void> {
  for (;;) {
    const batch = [1, 20_000].map((bytes) => newExecution({ payload: Buffer.alloc(bytes, 'x') }, { lease }));
    await ledger.submitMany(batch);
    for (const { id } of batch) process.stdout.write(`submitted ${id}\n`);
    await ledger.settleMany(
      batch.map(({ id }) => settlement({ id, number: 1 }, { state: 'succeeded', result: id })),
    );
    for (const { id } of batch) process.stdout.write(`settled ${id}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, work));
