/** The bridge's real AWS clients in front of a server that answers as a test says; both live as long as the test. */
import { afterEach, beforeEach, vi } from 'vitest';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { stubAwsEnvironment } from './aws-environment.ts';
import { type Answer, startWireServer, type WireRequest, type WireServer } from './wire-server.ts';

interface WireClients {
  /** what has arrived at the server of this test */
  requests(): WireRequest[];
  /** Starts the server. To be called once in a test. */
  listen(answer: Answer): Promise<AwsClients>;
}

/** @param service as in AWS_ENDPOINT_URL_… @param environment further variables */
export function useWireClients(
  service: 'CLOUDWATCH' | 'LAMBDA' | 'XRAY',
  environment: Record<string, string> = {},
): WireClients {
  let server: WireServer | undefined;
  let clients: AwsClients | undefined;
  beforeEach(() => stubAwsEnvironment(environment));
  afterEach(async () => {
    clients?.close();
    await server?.close();
    clients = undefined;
    server = undefined;
    vi.unstubAllEnvs();
  });
  return {
    requests: () => server?.requests ?? [],
    async listen(answer) {
      server = await startWireServer(answer);
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, server.url);
      clients = createAwsClients({ maxHeldInvocations: 5 });
      return clients;
    },
  };
}
