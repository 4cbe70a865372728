/**
 * What every completion channel must do, whatever its evidence. Each channel's test file calls this once, with the
 * real AWS SDK, against the local Lambda emulator unless it brings another Lambda.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../packages/lambda-emulator/src/server.ts';
import { type AwsClients, createAwsClients } from '../../src/aws/clients.ts';
import { DurableExecutions } from '../../src/aws/durable.ts';
import { ErrorMetricReader } from '../../src/aws/error-metric.ts';
import { FunctionReader } from '../../src/aws/function-reader.ts';
import type { Answered } from '../../src/aws/invoke-answer.ts';
import { LambdaInvoker } from '../../src/aws/lambda-invoker.ts';
import { LogReader } from '../../src/aws/log-reader.ts';
import { ObjectStore } from '../../src/aws/object-store.ts';
import { TraceReader } from '../../src/aws/trace-reader.ts';
import type { Channel, ProcessRecord } from '../../src/completion/channel.ts';
import { type ChannelDeps, createChannels } from '../../src/completion/index.ts';
import { INVOCATION_TYPES, type InvocationType, type OpenAttempt } from '../../src/domain/execution.ts';
import { LATEST } from '../../src/domain/function-name.ts';
import { newId, traceRoot } from '../../src/domain/id.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { awsEnvironment } from '../helpers/bridge.ts';
import { startMoto } from '../helpers/moto.ts';
import { until } from '../helpers/until.ts';
import { endsIn, outcomeIn } from './findings.ts';

const FUNCTIONS = fileURLToPath(new URL('../lifecycle/functions/', import.meta.url));

export interface Invoked {
  attempt: OpenAttempt;
  answer: Answered;
}

export interface Bench {
  channel: Channel;
  /** Invokes for real, as the dispatcher does. */
  invoke(fn: string, event: object): Promise<Invoked>;
  /** The channel's own way to the outcome: from the answer, or by polling until it reports. */
  outcomeOf(invoked: Invoked): Promise<Outcome>;
}

/** What is different for one channel. */
export interface Trial {
  /** whether the channel can tell that a function failed */
  failures: boolean;
  /** false: its evidence holds neither the request id nor what Lambda logs and bills */
  logged?: boolean;
  /** the folder of another function `sleepy`, e.g. one that reports by itself */
  functionsDir?: string;
  /** replaces the local Lambda emulator */
  startLambda?: () => Promise<{ url: string; stop: () => Promise<void> }>;
  /** it needs SQS and S3 */
  moto?: true;
  /** what its channel is made of, beside the readers */
  sources?: (clients: AwsClients) => Partial<ChannelDeps> | Promise<Partial<ChannelDeps>>;
  /** where the outcome comes by itself, not by a poll */
  arrival?: (attempt: OpenAttempt) => Promise<Outcome | undefined>;
}

export function behavesAsChannel(
  name: string,
  invocationType: InvocationType,
  trial: Trial,
  more: (bench: () => Bench) => void = () => undefined,
): void {
  const { failures, logged = true, functionsDir = FUNCTIONS } = trial;
  describe(`channel ${name}`, () => {
    let bench: Bench;
    const cleanUp: (() => unknown)[] = [];

    beforeAll(async () => {
      const moto = trial.moto && (await startMoto());
      if (moto) cleanUp.push(moto.stop);
      const lambda = await (trial.startLambda?.() ??
        startEmulator({ functionsDir, retryDelaysSeconds: [0.1, 0.1] }));
      cleanUp.push(lambda.stop);
      Object.assign(process.env, awsEnvironment(lambda.url, moto?.url));
      const clients = createAwsClients({ maxHeldInvocations: 10 });
      cleanUp.push(clients.close);
      const channels = createChannels({
        logs: new LogReader(clients.logs, () => Promise.resolve()),
        functions: new FunctionReader(clients.lambda),
        durable: new DurableExecutions(clients.lambda),
        callback: { publicUrl: undefined, callbackSecret: undefined },
        store: new ObjectStore(clients.s3),
        stagingUri: undefined,
        queues: [],
        policies: [],
        traces: new TraceReader(clients.xray),
        metrics: new ErrorMetricReader(clients.cloudwatch),
        known: { owned: async () => [], hasRival: async () => false },
        lateLinesMs: 100,
        log: pino({ level: 'silent' }),
        ...(await trial.sources?.(clients)),
      });
      bench = createBench(name, invocationType, channels, new LambdaInvoker(clients.invoke), trial);
    });
    afterAll(async () => {
      for (const end of cleanUp.reverse()) await end();
    });

    it('follows and defaults to invocation types that Lambda has', () => {
      const { channel } = bench;
      expect(INVOCATION_TYPES).toEqual(expect.arrayContaining([...channel.invocationTypes]));
      expect(channel.invocationTypes).toEqual(expect.arrayContaining([...channel.defaultFor]));
    });

    it(`reports a success${logged ? ', with the request id that Lambda gave' : ''}`, async () => {
      const invoked = await bench.invoke('sleepy', { seconds: 0 });
      const outcome = await bench.outcomeOf(invoked);
      const { requestId } = invoked.answer;
      expect(outcome).toMatchObject({ state: 'succeeded', ...(logged ? { requestId } : {}) });
    });

    it('polls nothing when there is nothing', async () => {
      expect((await bench.channel.poll?.([])) ?? []).toEqual([]);
    });

    it('says nothing of an attempt that it has no evidence for', async () => {
      const { attempt } = await bench.invoke('sleepy', {});
      const unknown = { ...attempt, id: newId(), requestId: randomUUID(), durableExecutionArn: null };
      const findings = (await bench.channel.poll?.([unknown])) ?? [];
      expect(endsIn(findings)).toEqual([]);
    });

    if (failures) {
      it('reports a failure with what the function raised', async () => {
        const outcome = await bench.outcomeOf(await bench.invoke('sleepy', { seconds: 0, fail: true }));
        expect(outcome).toMatchObject({
          state: 'failed',
          error: { kind: 'function_error', type: 'ValueError', message: 'told to fail' },
        });
        if (!logged) return;
        expect(outcome.logTail).toContain('sleepy begins');
        expect(outcome.billing?.billed_ms).toBeGreaterThan(0);
      });
    }

    more(() => bench);
  });
}

function createBench(
  name: string,
  type: InvocationType,
  channels: Channel[],
  invoker: LambdaInvoker,
  { arrival }: Trial,
): Bench {
  const channel = channels.find((one) => one.name === name);
  if (!channel) throw new Error(`there is no channel ${name}`);
  return {
    channel,
    async invoke(fn, event) {
      const attempt = openAttempt(newId(), fn, type, channel);
      const { id, number, qualifier } = attempt;
      const planned = { id, number, function: fn, qualifier, deadlineAt: null };
      const startName = channel.startName?.(planned);
      const reply = { [name]: await channel.replyTo?.(planned) };
      const bridge = { version: 1, execution_id: id, attempt: number, deadline_at: null, reply };
      const answer = await invoker.invoke({
        function: fn,
        invocationType: type,
        logType: type === 'RequestResponse' ? 'Tail' : 'None',
        payload: Buffer.from(
          JSON.stringify(channel.traits.needsEnvelope ? { payload: event, bridge } : event),
        ),
        ...(startName === undefined ? {} : { durableExecutionName: startName, qualifier: LATEST }),
        traceHeader: `Root=${traceRoot(id, number)};Sampled=1`,
        timeoutMs: 20_000,
      });
      if (answer.type !== 'answered') throw new Error(`not answered: ${JSON.stringify(answer)}`);
      const { requestId = null, durableExecutionArn = null } = answer;
      return { attempt: { ...attempt, requestId, durableExecutionArn }, answer };
    },
    async outcomeOf({ attempt, answer }) {
      const answered = channel.readAnswer?.(answer);
      if (answered) return answered;
      const polled = async () => outcomeIn(await channel.poll?.([attempt]));
      const found = async () => (await polled()) ?? received(channel, attempt);
      return until(`${name} reports`, () => (arrival ? arrival(attempt) : found()));
    },
  };
}

/** What one round of its inboxes brings of an attempt. */
async function received(channel: Channel, { requestId }: OpenAttempt): Promise<Outcome | undefined> {
  let found: Outcome | undefined;
  const process: ProcessRecord = async (record) => {
    if (record.requestId === requestId) found = record.outcome;
    return 'settled';
  };
  for (const inbox of channel.inboxes ?? []) await inbox.receive(process, AbortSignal.timeout(2_000));
  return found;
}

function openAttempt(id: string, fn: string, invocationType: InvocationType, channel: Channel): OpenAttempt {
  return {
    id,
    number: 1,
    phase: 'accepted',
    function: fn,
    qualifier: null,
    invocationType,
    completion: [channel.name],
    envelope: channel.traits.needsEnvelope,
    requestId: null,
    durableExecutionArn: null,
    startedAt: new Date(),
    ageSeconds: 0,
    cancelRequested: false,
    paused: false,
    lastPoll: false,
  };
}
