import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsEnvironment } from './helpers/bridge.ts';
import { type Moto, startMoto } from './helpers/moto.ts';

const SCRIPT = fileURLToPath(new URL('../bench/s3-check.ts', import.meta.url));

let moto: Moto;
let s3: S3Client;

beforeAll(async () => {
  moto = await startMoto();
  Object.assign(process.env, awsEnvironment('http://127.0.0.1:9'));
  s3 = new S3Client({ endpoint: moto.url, forcePathStyle: true });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  await s3.send(new CreateBucketCommand({ Bucket: 'staging', CreateBucketConfiguration }));
});
afterAll(async () => {
  s3?.destroy();
  await moto?.stop();
});

async function run(endpoint: string): Promise<{ code: number; lines: string[] }> {
  const child = spawn(process.execPath, [SCRIPT, '--endpoint', endpoint, '--bucket', 'staging'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code, lines: output.trimEnd().split('\n') };
}

describe('s3-check', () => {
  it('passes a working store, skips what that cannot do, and deletes its objects', async () => {
    const { code, lines } = await run(moto.url);
    expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
    expect(lines).toContainEqual(expect.stringMatching(/^ok +presigned PUT with plain fetch/));
    // https://github.com/getmoto/moto: it checks neither signature nor expiry of presigned URLs
    expect(lines.filter((line) => line.startsWith('skipped'))).toHaveLength(2);
    expect([lines.at(-1), code]).toEqual(['All checks passed.', 0]);
    expect((await s3.send(new ListObjectsV2Command({ Bucket: 'staging' }))).KeyCount).toBe(0);
  }, 60_000);

  it('fails a store that refuses everything', async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(403).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { code, lines } = await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
    expect(lines).toContainEqual(expect.stringMatching(/^FAILED +put, head and get/));
    expect([lines.at(-1), code]).toEqual([expect.stringMatching(/^\d+ failed\.$/), 1]);
  });
});
