/** The AWS clients of one bridge. Credentials, region and endpoints come from the SDK's default chain. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { XRayClient } from '@aws-sdk/client-xray';

export interface AwsClients {
  /** for calls that only read, so the SDK may retry them */
  lambda: LambdaClient;
  /** for Invoke only; sends every request exactly once */
  invoke: LambdaClient;
  s3: S3Client;
  logs: CloudWatchLogsClient;
  sqs: SQSClient;
  xray: XRayClient;
  /** for metrics */
  cloudwatch: CloudWatchClient;
  /** Closes the idle connections; calls in progress fail. */
  close(): void;
}

const CONNECT_MS = 5_000;
/** The time limit of an API call. Invoke sets its own. */
const ANSWER_MS = 30_000;
/** The time limit of a transfer to or from S3: the longest time in which no byte arrives. */
const SILENCE_MS = 60_000;
/**
 * Sockets for Event and DryRun in addition to those of held invocations, because a request without a socket times out.
 */
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
    // A large transfer may take longer than any fixed time, so there is a limit only for the time without data.
    s3: new S3Client({
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
      ...customEndpointSettings(),
    }),
    logs: new CloudWatchLogsClient({ requestHandler }),
    // A long poll takes 20 s of the 30 s. With `false`, a configured endpoint has priority over the host in a queue's
    // URL.
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
  // A held connection is silent until the function ends. Probes keep NAT gateways from dropping it after 350 s:
  // https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
  const agent = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: maxHeldInvocations + SPARE_SOCKETS };
  return new LambdaClient({
    // Invoke has no idempotency token, so a repeated request may run the function twice. The value is set in code,
    // where the environment variables AWS_MAX_ATTEMPTS and AWS_RETRY_MODE cannot change it.
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
 * A client that only signs URLs. By default the SDK puts the checksum of an empty body into the URL of an upload.
 * S3-compatible servers compare it with the checksum of the real body, and refuse the upload:
 * https://github.com/aws/aws-sdk-js-v3/issues/6810
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

/** A client for one Live Tail session: to destroy it ends the session. */
export function createTailClient(): CloudWatchLogsClient {
  return new CloudWatchLogsClient({
    // A session that was ended while it began would be begun again.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: CONNECT_MS },
    // A stand-in does not have the host name `stream-…` that the SDK would make of its own.
    disableHostPrefix: endpointIsSet('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS'),
  });
}

function endpointIsSet(variable: string): boolean {
  return Boolean(process.env[variable] ?? process.env['AWS_ENDPOINT_URL']);
}

/** The settings that many S3-compatible servers need: the bucket in the path, and only the checksums that they know. */
function customEndpointSettings() {
  if (!endpointIsSet('AWS_ENDPOINT_URL_S3')) return {};
  return {
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  } as const;
}
