import type { Config } from '../../src/config/config.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/config/limits.ts';

export type ConfigOverrides = Partial<Omit<Config, 'limits'>> & { limits?: Partial<Limits> };

/** The defaults, on any free port and silent. */
export function testConfig({ limits, ...config }: ConfigOverrides = {}): Config {
  return {
    host: '127.0.0.1',
    port: 0,
    databaseUrl: undefined,
    dataDir: './data',
    stagingUri: undefined,
    logLevel: 'silent',
    publicUrl: undefined,
    callbackSecret: undefined,
    tokens: [],
    policies: [],
    buckets: [],
    ...config,
    limits: { ...DEFAULT_LIMITS, ...limits },
  };
}
