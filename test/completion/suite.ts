/**
 * What every completion channel must do, whatever its evidence. Each channel's test file calls this once, against a
 * real local Lambda endpoint and the real AWS SDK.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAwsClients } from '../../src/aws/clients.ts';
import { DurableExecutions } from '../../src/aws/durable.ts';
import { FunctionReader } from '../../src/aws/function-reader.ts';
import { LambdaInvoker } from '../../src/aws/lambda-invoker.ts';
import { LogReader } from '../../src/aws/log-reader.ts';
import type { Channel, InvokeReply } from '../../src/completion/channel.ts';
import { createChannels } from '../../src/completion/index.ts';
import { INVOCATION_TYPES, type InvocationType, type OpenAttempt } from '../../src/domain/execution.ts';
import { newId, traceRoot } from '../../src/domain/id.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { type LocalLambda, startLocalLambda } from '../../src/local/server.ts';
import { awsEnvironment } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';

const FUNCTIONS = fileURLToPath(new URL('../lifecycle/functions/', import.meta.url));

export interface Bench {
  channel: Channel;
  /** Invokes for real, as the dispatcher does. */
  invoke(fn: string, event: object): Promise<{ attempt: OpenAttempt; reply: InvokeReply }>;
  /** The channel's own way to the outcome: from the reply, or by looking until it reports. */
  outcomeOf(invoked: { attempt: OpenAttempt; reply: InvokeReply }): Promise<Outcome>;
}

/** @param failures whether the channel can tell that a function failed */
export function behavesAsChannel(
  name: string,
  invocationType: InvocationType,
  { failures }: { failures: boolean },
  more: (bench: () => Bench) => void = () => undefined,
): void {
  describe(`channel ${name}`, () => {
    let lambda: LocalLambda;
    let bench: Bench;
    let close: () => void;

    beforeAll(async () => {
      lambda = await startLocalLambda({ functionsDir: FUNCTIONS, retryDelaysSeconds: [0.1, 0.1] });
      Object.assign(process.env, awsEnvironment(lambda.url));
      const clients = createAwsClients({ maxHeldInvocations: 10 });
      close = () => clients.close();
      const readers = {
        logs: new LogReader(clients.logs, () => Promise.resolve()),
        functions: new FunctionReader(clients.lambda),
        durable: new DurableExecutions(clients.lambda),
        callback: { publicUrl: undefined, callbackSecret: undefined },
      };
      bench = createBench(name, invocationType, createChannels(readers), new LambdaInvoker(clients.invoke));
    });
    afterAll(async () => {
      close();
      await lambda.stop();
    });

    it('follows and defaults to invocation types that Lambda has', () => {
      const { channel } = bench;
      expect(INVOCATION_TYPES).toEqual(expect.arrayContaining([...channel.invocationTypes]));
      expect(channel.invocationTypes).toEqual(expect.arrayContaining([...channel.defaultFor]));
    });

    it('reports a success, with the request id that Lambda gave', async () => {
      const invoked = await bench.invoke('sleepy', { seconds: 0 });
      const outcome = await bench.outcomeOf(invoked);
      expect(outcome).toMatchObject({ state: 'succeeded', requestId: invoked.reply.requestId });
    });

    it('looks at nothing when there is nothing', async () => {
      expect((await bench.channel.look?.([])) ?? []).toEqual([]);
    });

    it('says nothing of an attempt that it has no evidence for', async () => {
      const { attempt } = await bench.invoke('sleepy', {});
      const unknown = { ...attempt, id: newId(), requestId: randomUUID() };
      const findings = (await bench.channel.look?.([unknown])) ?? [];
      expect(findings.filter((finding) => finding.outcome)).toEqual([]);
    });

    if (failures) {
      it('reports a failure with what the function raised', async () => {
        const outcome = await bench.outcomeOf(await bench.invoke('sleepy', { seconds: 0, fail: true }));
        expect(outcome).toMatchObject({
          state: 'failed',
          error: { kind: 'function_error', type: 'ValueError', message: 'told to fail' },
        });
        expect(outcome.logTail).toContain('sleepy begins');
        expect(outcome.billing?.billed_ms).toBeGreaterThan(0);
      });
    }

    more(() => bench);
  });
}

function createBench(name: string, type: InvocationType, channels: Channel[], invoker: LambdaInvoker): Bench {
  const channel = channels.find((one) => one.name === name);
  if (!channel) throw new Error(`there is no channel ${name}`);
  return {
    channel,
    async invoke(fn, event) {
      const id = newId();
      const answer = await invoker.invoke({
        function: fn,
        invocationType: type,
        logType: type === 'RequestResponse' ? 'Tail' : 'None',
        payload: JSON.stringify(event),
        traceHeader: `Root=${traceRoot(id, 1)}`,
        timeoutMs: 20_000,
      });
      if (answer.type !== 'answered') throw new Error(`not answered: ${JSON.stringify(answer)}`);
      return { attempt: openAttempt(id, fn, type, name, answer.requestId ?? null), reply: answer };
    },
    async outcomeOf({ attempt, reply }) {
      const told = channel.readReply?.(reply);
      if (told) return told;
      return until(
        `${name} reports`,
        async () => (await channel.look?.([attempt]))?.find((one) => one.outcome)?.outcome,
      );
    },
  };
}

function openAttempt(
  id: string,
  fn: string,
  invocationType: InvocationType,
  channel: string,
  requestId: string | null,
): OpenAttempt {
  return {
    id,
    number: 1,
    phase: 'accepted',
    function: fn,
    qualifier: null,
    invocationType,
    completion: [channel],
    envelope: false,
    requestId,
    durableExecutionArn: null,
    startedAt: new Date(),
    ageSeconds: 0,
    lastLook: false,
  };
}
