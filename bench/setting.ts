/** What the rows run on: the stand-in, PostgreSQL, the load generator, and bridges as they need them. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { awsEnvironment } from '../test/helpers/bridge.ts';
import { createDatabase, type PostgresServer, startOwnPostgres } from '../test/helpers/postgres-server.ts';
import { outputOf } from './child.ts';
import type { Cleanup } from './cleanup.ts';
import { LoadGenerator } from './load/load-generator.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import type { Sizes } from './sizes.ts';

const PASSTHROUGH = fileURLToPath(new URL('./passthrough.ts', import.meta.url));
const STAND_IN = fileURLToPath(new URL('./stand-in/main.ts', import.meta.url));
const DOCKERFILE = fileURLToPath(new URL('../docker/Dockerfile', import.meta.url));
export const BRIDGE = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface BridgeOptions {
  name: string;
  /** a URL of PostgreSQL, or the folder of an embedded ledger */
  ledger: { url: string } | { folder: string };
  /** default: the one that all share */
  standIn?: ServerProcess;
  /** in the words of the configuration file */
  limits?: Record<string, number>;
  env?: Record<string, string>;
  /** default /readyz */
  readyPath?: string;
}

export class Setting {
  readonly sizes: Sizes;
  readonly folder: string;
  readonly load: LoadGenerator;
  readonly standIn: ServerProcess;
  readonly #cleanup: Cleanup;
  #postgres: Promise<PostgresServer> | undefined;
  #cache: Promise<string> | undefined;

  private constructor(
    sizes: Sizes,
    folder: string,
    load: LoadGenerator,
    standIn: ServerProcess,
    cleanup: Cleanup,
  ) {
    this.sizes = sizes;
    this.folder = folder;
    this.load = load;
    this.standIn = standIn;
    this.#cleanup = cleanup;
  }

  static async start(sizes: Sizes, cleanup: Cleanup): Promise<Setting> {
    const folder = await cleanup.own(mkdtemp(join(tmpdir(), 'bridge-bench-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const standIn = await cleanup.own(startStandIn(folder), (server) => server.stop());
    const load = await cleanup.own(Promise.resolve(new LoadGenerator()), (generator) => generator.stop());
    return new Setting(sizes, folder, load, standIn, cleanup);
  }

  /** A server that keeps what it has confirmed: with fsync, as in production. */
  postgres(): Promise<PostgresServer> {
    this.#postgres ??= this.#cleanup.own(startOwnPostgres({}), (server) => server.stop());
    return this.#postgres;
  }

  async newDatabase(): Promise<string> {
    return createDatabase((await this.postgres()).url);
  }

  newFolder(): Promise<string> {
    return mkdtemp(join(this.folder, 'ledger-'));
  }

  /** Its counts are those of one row alone. */
  startStandIn(cleanup: Cleanup): Promise<ServerProcess> {
    return cleanup.own(startStandIn(this.folder), (server) => server.stop());
  }

  startPassthrough(cleanup: Cleanup): Promise<ServerProcess> {
    const starting = startServer({
      name: 'passthrough',
      command: (port) => ({ args: [PASSTHROUGH, String(port)], env: awsEnvironment(this.standIn.url) }),
      readyPath: '/readyz',
      folder: this.folder,
    });
    return cleanup.own(starting, (server) => server.stop());
  }

  async startBridge(cleanup: Cleanup, options: BridgeOptions): Promise<ServerProcess> {
    const { name, readyPath = '/readyz', standIn = this.standIn, limits, env } = options;
    const settings: Record<string, string> = {
      ...imageEnvironment(),
      NODE_COMPILE_CACHE: await this.#compileCache(),
      ...awsEnvironment(standIn.url),
      ...ledgerEnvironment(options.ledger),
      ...env,
    };
    if (limits) settings['BRIDGE_CONFIG'] = await this.#writeConfig({ limits });
    const starting = startServer({
      name,
      command: (port) => ({ args: [BRIDGE, 'serve'], env: { ...settings, BRIDGE_PORT: String(port) } }),
      readyPath,
      folder: this.folder,
    });
    return cleanup.own(starting, (server) => server.stop());
  }

  /** As the image's build fills it. */
  #compileCache(): Promise<string> {
    this.#cache ??= (async () => {
      const cache = join(this.folder, 'compile-cache');
      await outputOf(process.execPath, [BRIDGE, 'help'], { NODE_COMPILE_CACHE: cache });
      return cache;
    })();
    return this.#cache;
  }

  async #writeConfig(config: object): Promise<string> {
    const path = join(this.folder, `config-${randomUUID()}.json`);
    await writeFile(path, JSON.stringify(config));
    return path;
  }
}

/** The settings for memory, as the image has them. */
function imageEnvironment(): Record<string, string> {
  const line = /^ENV (NODE_OPTIONS=.*)$/m.exec(readFileSync(DOCKERFILE, 'utf8'))?.[1];
  if (line === undefined) throw new Error(`${DOCKERFILE} sets no NODE_OPTIONS.`);
  return Object.fromEntries(line.split(' ').map((setting) => setting.split(/=(.*)/).slice(0, 2)));
}

export function ledgerEnvironment(ledger: BridgeOptions['ledger']): Record<string, string> {
  // Not the caller's own: an empty one counts as not set.
  return 'url' in ledger
    ? { DATABASE_URL: ledger.url }
    : { DATABASE_URL: '', BRIDGE_DATA_DIR: ledger.folder };
}

function startStandIn(folder: string): Promise<ServerProcess> {
  const command = (port: number) => ({ args: [STAND_IN, String(port)] });
  return startServer({ name: 'stand-in', command, readyPath: '/counts', folder });
}
