import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAwsClients } from '../../src/aws/clients.ts';
import { ObjectStore } from '../../src/aws/object-store.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { startWireServer } from './wire-server.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a failing S3', () => {
  it('that denies access is reported with the permission to grant', async () => {
    const server = await startWireServer((_request, response) => {
      response.writeHead(403, { 'Content-Type': 'application/xml' });
      response.end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    });
    stubAwsEnvironment({ AWS_ENDPOINT_URL: server.url });
    const denied = new ObjectStore(createAwsClients({ maxHeldInvocations: 1 }).s3);
    const fault = { code: 'staging_failed', httpStatus: 502 };
    await expect(denied.put('s3://bucket/key', 'x')).rejects.toMatchObject({
      ...fault,
      message: expect.stringContaining('Grant its role s3:PutObject'),
    });
    await expect(denied.head('s3://bucket/key')).rejects.toMatchObject({
      ...fault,
      message: expect.stringContaining('s3:ListBucket'),
    });
    await server.close();
  });

  it('that cannot be reached is a passing fault', async () => {
    const server = await startWireServer(() => {});
    await server.close();
    stubAwsEnvironment({ AWS_ENDPOINT_URL: server.url });
    const lost = new ObjectStore(createAwsClients({ maxHeldInvocations: 1 }).s3);
    await expect(lost.put('s3://bucket/key', 'x')).rejects.toMatchObject({
      code: 'staging_unavailable',
      httpStatus: 503,
      retryable: true,
    });
  });
});
