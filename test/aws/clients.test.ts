import type { ServerResponse } from 'node:http';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createAwsClients, createPresignClient } from '../../src/aws/clients.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { answerError, answerJson, startWireServer } from './wire-server.ts';

beforeEach(() => stubAwsEnvironment());
afterEach(() => vi.unstubAllEnvs());

it('holds as many invocations at once as it was told, beyond the 50 of the SDK', async () => {
  const held: ServerResponse[] = [];
  const server = await startWireServer((_request, response) => held.push(response));
  vi.stubEnv('AWS_ENDPOINT_URL_LAMBDA', server.url);
  const clients = createAwsClients({ maxHeldInvocations: 70 });
  const answers = Array.from({ length: 70 }, () =>
    clients.invoke.send(new InvokeCommand({ FunctionName: 'f' })),
  );
  await vi.waitUntil(() => held.length === 70, { timeout: 4_000 });
  for (const response of held) answerJson(response, 200, {});
  expect(await Promise.all(answers)).toHaveLength(70);
  clients.close();
  await server.close();
});

it('repeats calls that only read', async () => {
  const server = await startWireServer((_request, response, index) =>
    index === 0 ? answerError(response, 500, 'ServiceException') : answerJson(response, 200, { Timeout: 3 }),
  );
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  const clients = createAwsClients({ maxHeldInvocations: 1 });
  const found = await clients.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  expect(found.Timeout).toBe(3);
  clients.close();
  await server.close();
});

it.each([
  ['AWS itself', undefined, /^https:\/\/bucket\.s3\.eu-west-1\.amazonaws\.com\/key\?/],
  ['a custom endpoint', 'http://127.0.0.1:9000', /^http:\/\/127\.0\.0\.1:9000\/bucket\/key\?/],
])('signs upload URLs for %s without the checksum of an empty body', async (_where, endpoint, expected) => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', endpoint);
  const { s3 } = createAwsClients({ maxHeldInvocations: 1 });
  const command = new PutObjectCommand({ Bucket: 'bucket', Key: 'key' });
  const url = await getSignedUrl(createPresignClient(s3), command, { expiresIn: 60 });
  expect(url).toMatch(expected);
  expect(url).not.toMatch(/checksum/i);
});

it('sends plain bodies without checksums to a custom S3 endpoint', async () => {
  const server = await startWireServer((_request, response) => response.end());
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.url);
  const { s3, close } = createAwsClients({ maxHeldInvocations: 1 });
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'text' }));
  expect(server.requests[0]).toMatchObject({ url: '/bucket/key?x-id=PutObject', body: 'text' });
  expect(Object.keys(server.requests[0]?.headers ?? {}).filter((name) => name.includes('checksum'))).toEqual(
    [],
  );
  close();
  await server.close();
});
