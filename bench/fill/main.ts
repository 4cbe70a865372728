/**
 * Fills a migrated ledger that no bridge uses.
 *
 *   node bench/fill/main.ts postgres URL ROWS
 *   node bench/fill/main.ts embedded FOLDER ROWS
 */
import { join } from 'node:path';
import { openEmbedded, openServer } from '../../src/ledger/database.ts';
import { fillWithEnded } from './postgres.ts';

const [ledger, place = '', rows] = process.argv.slice(2);
// As src/open-ledger.ts opens them; without timeouts, which the vacuum may exceed.
const db = ledger === 'postgres' ? openServer(place, 1, true) : await openEmbedded(join(place, 'ledger'));
await fillWithEnded(db, Number(rows));
await db.close();
