/** A whole bridge with Live Tail, in front of a server that speaks its event stream. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startLiveTailServer } from '../../aws/live-tail-server.ts';
import { answerError, answerJson } from '../../aws/wire-server.ts';
import { freshDatabase, read, startInProcess, submit } from '../../helpers/bridge.ts';
import { openTestLedger } from '../../helpers/ledger.ts';
import { startStack } from '../../helpers/stack.ts';
import { until } from '../../helpers/until.ts';

const GROUP = '/aws/lambda/fn';
const CONFIGURATION = {
  FunctionName: 'fn',
  FunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:fn',
  Timeout: 900,
  Runtime: 'python3.13',
};

async function startAws() {
  const requestId = randomUUID();
  const lines: { eventId: string; logStreamName: string; timestamp: number; message: string }[] = [];
  const server = await startLiveTailServer(({ url, body }, response) => {
    if (url.includes('/configuration')) return answerJson(response, 200, CONFIGURATION);
    if (url.includes('/event-invoke-config')) return answerJson(response, 200, { MaximumRetryAttempts: 0 });
    if (url.includes('/invocations')) {
      response.writeHead(202, { 'x-amzn-RequestId': requestId });
      return response.end();
    }
    if (url !== '/') return answerError(response, 404, 'ResourceNotFoundException');
    const { filterPattern } = JSON.parse(body);
    const events = lines.filter(({ message }) => !filterPattern || message.startsWith('REPORT'));
    answerJson(response, 200, { events });
  });
  return {
    ...server,
    fail() {
      const timestamp = Date.now();
      const messages = [
        `START RequestId: ${requestId} Version: $LATEST`,
        '[ERROR] ValueError: bad\nTraceback (most recent call last):\n',
        `END RequestId: ${requestId}`,
        `REPORT RequestId: ${requestId}\tDuration: 10.00 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t`,
      ];
      for (const message of messages)
        lines.push({ eventId: message, logStreamName: 's', timestamp, message });
      return messages.at(-1) ?? '';
    },
  };
}

it('the end of an old execution is seen when Live Tail shows it, long before its next poll is due', async () => {
  const aws = await startAws();
  const databaseUrl = await freshDatabase();
  const bridge = await startInProcess(aws.url, databaseUrl, { pollSeconds: 1 }, { liveTail: true });
  const db = openTestLedger(databaseUrl, 1);
  onTestFinished(async () => {
    await bridge.stop(0);
    await db.close();
    await aws.close();
  });
  const { id } = await submit(bridge.url, { function: 'fn', invocation_type: 'Event' });
  await db.query("update attempts set started_at = now() - interval '10 minutes'");
  const session = await until('its log group is tailed', () => aws.sessions[0]);
  const isFarAway = "select from attempts where poll_at > now() + interval '10 seconds'";
  await until('its next poll is far away', async () => (await db.query(isFarAway)).length === 1);
  const began = performance.now();
  session.send([{ logGroup: GROUP, message: aws.fail() }]);
  const ended = await until('it has ended', async () => {
    const execution = await read(bridge.url, id);
    return execution.state === 'failed' && execution;
  });
  expect(ended).toMatchObject({ settled_by: 'logs', error: { type: 'ValueError' } });
  expect(performance.now() - began).toBeLessThan(8_000);
});

it('is shown by the sessions of the Lambda emulator, too', async () => {
  const stack = await startStack({
    s3: false,
    functionsDir: fileURLToPath(new URL('../functions', import.meta.url)),
    config: { liveTail: true, limits: { lateLinesSeconds: 0.1 } },
  });
  onTestFinished(() => stack.stop());
  const { id } = await submit(stack.url, {
    function: 'sleepy',
    invocation_type: 'Event',
    payload: { seconds: 5 },
  });
  await stack.db.query("update attempts set started_at = now() - interval '10 minutes'");
  const isFarAway = "select from attempts where poll_at > now() + interval '12 seconds'";
  await until('its next poll is far away', async () => (await stack.db.query(isFarAway)).length === 1);
  await until('it has run', () => stack.invocations.length === 1);
  const began = performance.now();
  const ended = await until('it has ended', async () => {
    const execution = await read(stack.url, id);
    return execution.state === 'succeeded' && execution;
  });
  expect(ended).toMatchObject({ settled_by: 'logs' });
  expect(performance.now() - began).toBeLessThan(4_000);
}, 30_000);
