/**
 * Fills a migrated ledger that no bridge uses.
 *
 *   node bench/fill/main.ts postgres URL ROWS
 *   node bench/fill/main.ts embedded FOLDER ROWS
 */
import { join } from 'node:path';
import { PostgresConnection } from '../../src/ledger/postgres/connection.ts';
import { SqliteConnection } from '../../src/ledger/sqlite/connection.ts';
import { fillPostgres } from './postgres.ts';
import { fillSqlite } from './sqlite.ts';

const [ledger, place = '', rows] = process.argv.slice(2);
if (ledger === 'postgres') {
  // Without timeouts, which the vacuum may exceed.
  const db = new PostgresConnection({ url: place }, { access: 'direct', maxConnections: 1, patient: true });
  await fillPostgres(db, Number(rows));
  await db.close();
} else {
  const db = new SqliteConnection(join(place, 'ledger.sqlite'));
  await fillSqlite(db, Number(rows));
  db.close();
}
