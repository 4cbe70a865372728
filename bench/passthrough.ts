/**
 * The baseline: an Express server that hands each request to the AWS SDK, and keeps nothing.
 *
 *   node bench/passthrough.ts PORT
 */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import express from 'express';

/** As in src/aws/clients.ts: 200 held invocations, and 10 more. */
const MAX_SOCKETS = 210;

const agent = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: MAX_SOCKETS };
const client = new LambdaClient({
  maxAttempts: 1,
  retryMode: 'standard',
  requestHandler: {
    connectionTimeout: 5_000,
    throwOnRequestTimeout: true,
    httpAgent: agent,
    httpsAgent: agent,
  },
});

const app = express();
app.use(express.json({ limit: '32mb' }));
app.get('/readyz', (_request, response) => {
  response.json({ status: 'ready' });
});
app.post('/v1/executions', async (request, response) => {
  const { function: name, invocation_type: type = 'RequestResponse', payload } = request.body;
  const answer = await client.send(
    new InvokeCommand({
      FunctionName: name,
      InvocationType: type,
      // The bridge asks for it, too.
      LogType: type === 'RequestResponse' ? 'Tail' : 'None',
      Payload: JSON.stringify(payload),
    }),
  );
  response.status(201).json({
    status: answer.StatusCode,
    request_id: answer.$metadata.requestId,
    log_tail: answer.LogResult && Buffer.from(answer.LogResult, 'base64').toString(),
    result: answer.Payload?.length ? JSON.parse(answer.Payload.transformToString()) : undefined,
  });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
