import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { DEFAULT_LIMITS } from '../../src/config/limits.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bridge-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function file(text: string): Promise<string> {
  files += 1;
  const path = join(folder, `bridge-${files}.yaml`);
  await writeFile(path, text);
  return path;
}

async function faultsOf(env: NodeJS.ProcessEnv): Promise<string[]> {
  const error: unknown = await readConfig(env).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('the configuration was taken');
  for (const fault of error.errors) expect(error.message).toContain(fault);
  return error.errors;
}

describe('the environment', () => {
  it('needs nothing: the service then listens on loopback, on its own ledger', async () => {
    expect(await readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: undefined,
      dataDir: './data',
      stagingUri: undefined,
      logLevel: 'info',
      publicUrl: undefined,
      callbackSecret: undefined,
      tokens: [],
      policies: [],
      buckets: [],
      limits: DEFAULT_LIMITS,
    });
  });

  it('is read whole', async () => {
    const config = await readConfig({
      BRIDGE_HOST: '0.0.0.0',
      BRIDGE_PORT: '0',
      DATABASE_URL: 'postgresql://bridge:secret@db/bridge',
      BRIDGE_DATA_DIR: '/var/lib/bridge',
      BRIDGE_STAGING_URI: 's3://staging/some/prefix/',
      BRIDGE_LOG_LEVEL: 'debug',
      BRIDGE_TOKEN: 'a-token-of-some-length',
      BRIDGE_PUBLIC_URL: 'https://bridge.example/base/',
      BRIDGE_CALLBACK_SECRET: 'a-secret-of-thirty-two-characters',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      databaseUrl: 'postgresql://bridge:secret@db/bridge',
      dataDir: '/var/lib/bridge',
      stagingUri: 's3://staging/some/prefix',
      logLevel: 'debug',
      publicUrl: 'https://bridge.example/base',
      callbackSecret: 'a-secret-of-thirty-two-characters',
      tokens: [{ name: 'BRIDGE_TOKEN', token: 'a-token-of-some-length' }],
    });
  });

  it('treats an empty variable as none, as compose files leave them', async () => {
    const names = ['BRIDGE_HOST', 'BRIDGE_PORT', 'DATABASE_URL', 'BRIDGE_CONFIG', 'BRIDGE_TOKEN'];
    const more = ['BRIDGE_DATA_DIR', 'BRIDGE_STAGING_URI', 'BRIDGE_LOG_LEVEL'];
    const callbacks = ['BRIDGE_PUBLIC_URL', 'BRIDGE_CALLBACK_SECRET'];
    const empty = Object.fromEntries([...names, ...more, ...callbacks].map((name) => [name, '']));
    expect(await readConfig(empty)).toEqual(await readConfig({}));
  });

  it.each(['s3://staging', 's3://staging/', 's3://staging/deep/prefix'])(
    'lets payloads in the bucket of %s be named',
    async (uri) => {
      expect((await readConfig({ BRIDGE_STAGING_URI: uri })).buckets).toEqual(['staging']);
    },
  );

  it('has every fault told at once, in sentences', async () => {
    const faults = await faultsOf({
      BRIDGE_HOST: '0.0.0.0',
      BRIDGE_PORT: '80a',
      DATABASE_URL: 'mysql://db',
      BRIDGE_STAGING_URI: '/tmp/staging',
      BRIDGE_LOG_LEVEL: 'loud',
      BRIDGE_TOKEN: '',
      BRIDGE_CONFIG: await file('buckets: data\ntoken: [x]'),
    });
    expect(faults).toEqual([
      expect.stringMatching(/^BRIDGE_CONFIG .*: \/token is not a known member\.$/),
      expect.stringMatching(/^BRIDGE_CONFIG .*: \/buckets must be array\.$/),
      "BRIDGE_PORT is '80a'; it must be a whole number from 0 to 65535.",
      'DATABASE_URL must begin with postgres:// or postgresql://.',
      "BRIDGE_STAGING_URI is '/tmp/staging'; it must be s3://bucket/prefix.",
      expect.stringMatching(/^BRIDGE_LOG_LEVEL is 'loud'; it must be one of .*info/),
      expect.stringMatching(/^BRIDGE_HOST is 0\.0\.0\.0, .*Set BRIDGE_TOKEN/),
    ]);
  });

  it.each(['-1', '65536', '8.5', 'http', '8080x'])('has no port %s', async (port) => {
    expect(await faultsOf({ BRIDGE_PORT: port })).toEqual([expect.stringContaining('BRIDGE_PORT')]);
  });
});

describe('callbacks', () => {
  it.each([
    'bridge.example',
    'ftp://bridge.example',
    'http://',
    'https://user:pass@bridge.example',
    'https://bridge.example/?a=b',
  ])('are not sent to %s', async (url) => {
    const faults = await faultsOf({ BRIDGE_PUBLIC_URL: url });
    expect(faults).toEqual([expect.stringContaining('BRIDGE_PUBLIC_URL must be')]);
    expect(faults.join()).not.toContain('pass');
  });

  it('need a secret that cannot be guessed, which no fault repeats', async () => {
    const faults = await faultsOf({ BRIDGE_CALLBACK_SECRET: 'guess-me' });
    expect(faults).toEqual([expect.stringContaining('BRIDGE_CALLBACK_SECRET must have 32 characters')]);
    expect(faults.join()).not.toContain('guess-me');
  });
});

describe('a service without a token', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1'])('may listen on %s', async (host) => {
    expect(await readConfig({ BRIDGE_HOST: host })).toMatchObject({ host, tokens: [] });
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'bridge.internal', '127.0.0.1.example.com', 'localhost.example.com'])(
    'may not listen on %s',
    async (host) => {
      expect(await faultsOf({ BRIDGE_HOST: host })).toEqual([
        expect.stringMatching(/^BRIDGE_HOST .*no token/),
      ]);
    },
  );

  it('may listen anywhere once the file lists a token', async () => {
    const path = await file('tokens: [{name: airflow, token: 0123456789abcdef}]');
    expect(await readConfig({ BRIDGE_HOST: '0.0.0.0', BRIDGE_CONFIG: path })).toMatchObject({
      tokens: [{ name: 'airflow', token: '0123456789abcdef' }],
    });
  });
});

describe('the file', () => {
  const value = {
    functions: [
      { name: 'my_secret', allow: false },
      { name: 'my_go_*', unproven: 'fail', exclusive: true, tenant_id: 'blue' },
      { name: 'my_*', max_concurrency: 10, timeout_seconds: 1.5, input_schema: { type: 'object' } },
    ],
    buckets: ['data', 'team-*'],
    tokens: [{ name: 'airflow', token: '0123456789abcdef' }],
    limits: { held_invocations: 5, poll_seconds: 0.25 },
  };
  const yaml = `
functions:
  - name: my_secret
    allow: false
  - name: my_go_*
    unproven: fail
    exclusive: true
    tenant_id: blue
  - name: my_*
    max_concurrency: 10
    timeout_seconds: 1.5
    input_schema: { type: object }
buckets: [data, team-*]
tokens:
  - { name: airflow, token: 0123456789abcdef }
limits:
  held_invocations: 5
  poll_seconds: 0.25
`;

  it.each([
    ['YAML', yaml],
    ['JSON', JSON.stringify(value, null, 2)],
  ])('may be %s', async (_format, text) => {
    const config = await readConfig({ BRIDGE_CONFIG: await file(text) });
    expect(config).toMatchObject({ buckets: value.buckets, tokens: value.tokens });
    expect(config.policies).toEqual([
      { name: 'my_secret', allow: false },
      { name: 'my_go_*', allow: true, unproven: 'fail', exclusive: true, tenantId: 'blue' },
      {
        name: 'my_*',
        allow: true,
        maxConcurrency: 10,
        timeoutSeconds: 1.5,
        inputSchema: { type: 'object' },
      },
    ]);
    expect(config.limits).toEqual({ ...DEFAULT_LIMITS, heldInvocations: 5, pollSeconds: 0.25 });
  });

  it('may be empty', async () => {
    expect(await readConfig({ BRIDGE_CONFIG: await file('# nothing yet\n') })).toEqual(await readConfig({}));
  });

  it('can set every limit there is', async () => {
    const limits = Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((name, at) => [name, at + 1]));
    const written = Object.entries(limits).map(
      ([name, number]) => `  ${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}: ${number}`,
    );
    const config = await readConfig({ BRIDGE_CONFIG: await file(`limits:\n${written.join('\n')}`) });
    expect(config.limits).toEqual(limits);
  });

  it('has its tokens added to BRIDGE_TOKEN', async () => {
    const config = await readConfig({ BRIDGE_TOKEN: 'fedcba9876543210', BRIDGE_CONFIG: await file(yaml) });
    expect(config.tokens.map(({ name }) => name)).toEqual(['BRIDGE_TOKEN', 'airflow']);
  });

  it('must be there', async () => {
    expect(await faultsOf({ BRIDGE_CONFIG: join(folder, 'missing.yaml') })).toEqual([
      expect.stringMatching(/^BRIDGE_CONFIG .*missing\.yaml cannot be read: ENOENT/),
    ]);
  });

  it.each([
    ['tokens:\n  - name: a\n   token: S3CRET\n', /line 3, column 1/],
    ['{"tokens": [{"name": "a", "token": "S3CRET"}}', /line 1, column 45/],
    ['tokens: [{name: a, token: *S3CRET}]', /anchor/],
  ])('says where it broke without quoting it: %j', async (text, place) => {
    const faults = await faultsOf({ BRIDGE_CONFIG: await file(text) });
    expect(faults).toEqual([expect.stringMatching(place)]);
    expect(faults.join()).not.toContain('S3CRET');
  });
});

it('never repeats a secret in a fault', async () => {
  const faults = await faultsOf({
    BRIDGE_PORT: 'x',
    BRIDGE_TOKEN: 'S3CRET',
    DATABASE_URL: 'mysql://user:S3CRET@db',
    BRIDGE_CONFIG: await file('tokens: [{name: a, token: S3CRET}, {name: b, token: [S3CRET]}, S3CRET]'),
  });
  expect(faults).toHaveLength(6);
  expect(faults.join()).not.toContain('S3CRET');
});
