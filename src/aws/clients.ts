/** The AWS clients of one bridge. Credentials, region and endpoints come by the SDK's own chain. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { XRayClient } from '@aws-sdk/client-xray';

export interface AwsClients {
  /** for calls that only read; the SDK may repeat them */
  lambda: LambdaClient;
  /** for Invoke alone; sends every request exactly once */
  invoke: LambdaClient;
  s3: S3Client;
  logs: CloudWatchLogsClient;
  sqs: SQSClient;
  xray: XRayClient;
  /** for metrics */
  cloudwatch: CloudWatchClient;
  /** Closes the idle connections; calls under way fail. */
  close(): void;
}

const CONNECT_MS = 5_000;
/** An API call that takes longer is lost; Invoke is the exception and sets its own limit. */
const ANSWER_MS = 30_000;
/** For a transfer: the other side may be slow, but not dead. */
const SILENCE_MS = 60_000;
/** Sockets beyond those of held invocations, for Event and DryRun: a request that waits for one times out. */
const SPARE_SOCKETS = 10;

export function createAwsClients(options: { maxHeldInvocations: number }): AwsClients {
  const requestHandler = {
    connectionTimeout: CONNECT_MS,
    requestTimeout: ANSWER_MS,
    throwOnRequestTimeout: true,
  };
  const clients = {
    lambda: new LambdaClient({ requestHandler }),
    invoke: createInvokeClient(options.maxHeldInvocations),
    // an object may take longer than any fixed time, so only silence counts
    s3: new S3Client({
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
      ...customEndpointSettings(),
    }),
    logs: new CloudWatchLogsClient({ requestHandler }),
    // a long poll takes 20 of the 30 s; a configured endpoint counts, as everywhere, and not the host in a queue's URL
    sqs: new SQSClient({ requestHandler, useQueueUrlAsEndpoint: false }),
    xray: new XRayClient({ requestHandler }),
    cloudwatch: new CloudWatchClient({ requestHandler }),
  };
  return {
    ...clients,
    close: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

function createInvokeClient(maxHeldInvocations: number): LambdaClient {
  // a held connection is silent until the function ends; probes keep NAT gateways from dropping it after 350 s:
  // https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
  const agent = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: maxHeldInvocations + SPARE_SOCKETS };
  return new LambdaClient({
    // in code, where AWS_MAX_ATTEMPTS and AWS_RETRY_MODE cannot change it: Invoke has no idempotency token, so a
    // repeated request may run the function twice
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}

/**
 * A client for signing URLs alone. By default the SDK signs the checksum of an empty body into an upload's URL, which
 * look-alikes of S3 then compare with the real one: https://github.com/aws/aws-sdk-js-v3/issues/6810
 */
export function createPresignClient(s3: S3Client): S3Client {
  const { region, credentials, forcePathStyle, endpoint, isCustomEndpoint } = s3.config;
  return new S3Client({
    region,
    credentials,
    ...(forcePathStyle && { forcePathStyle: true }),
    ...(isCustomEndpoint && endpoint && { endpoint }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

/** What many S3 look-alikes need: the bucket in the path, and no checksum that they do not know. */
function customEndpointSettings() {
  const custom = process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  if (!custom) return {};
  return {
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
}
