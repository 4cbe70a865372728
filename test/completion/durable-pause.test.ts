/** Durable executions that somebody pauses, deletes, or that have a status which AWS has added. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bridge } from '../../src/bridge.ts';
import { freshDatabase, read, startInProcess, submit } from '../helpers/bridge.ts';
import { until } from '../helpers/until.ts';
import { answer, type DurableLambda, type Execution, startDurableLambda } from './durable-lambda.ts';

let lambda: DurableLambda;
let bridge: Bridge;
beforeAll(async () => {
  lambda = await startDurableLambda();
});
afterAll(() => lambda.stop());
beforeEach(async () => {
  bridge = await startInProcess(lambda.url, await freshDatabase());
});
afterEach(async () => {
  lambda.disturb = () => false;
  await bridge.stop(0);
});

interface Shown {
  state: string;
  deadline_at?: string;
  warnings: { code: string; message: string }[];
  attempts: { paused_at?: string; phase: string }[];
}

const shown = async (id: string) => (await read(bridge.url, id)) as unknown as Shown;
const codes = ({ warnings }: Shown) => warnings.map(({ code }) => code);

/** An execution that runs at Lambda until the test ends it. */
async function running(members: object = {}): Promise<{ id: string; execution: Execution }> {
  const { id } = await submit(bridge.url, {
    function: 'sleepy',
    invocation_type: 'Event',
    payload: { wait: true },
    ...members,
  });
  const execution = await until('it runs', () => lambda.executions.find((one) => one.name === `${id}-1`));
  await until('it is accepted', async () => (await shown(id)).attempts[0]?.phase === 'accepted');
  return { id, execution };
}

function end(execution: Execution): void {
  Object.assign(execution, { status: 'SUCCEEDED', result: '1' });
}

describe('a durable execution', () => {
  it.each(['PAUSING', 'PAUSED'])('that is %s outlives its deadline, which moves', async (status) => {
    const { id, execution } = await running({ timeout_seconds: 3 });
    execution.status = status;
    const paused = await until('the pause is found', async () => {
      const found = await shown(id);
      return found.attempts[0]?.paused_at !== undefined && found.warnings.length > 0 && found;
    });
    expect(codes(paused)).toEqual(['durable_paused']);
    await until('the deadline has passed', () => Date.now() > Date.parse(paused.deadline_at ?? '') + 2_500);
    expect(await shown(id)).toMatchObject({ state: 'running' });

    execution.status = 'RUNNING';
    await until('the end of the pause is found', async () => {
      return (await shown(id)).attempts[0]?.paused_at === undefined;
    });
    // Read anew: an answer may have the execution from before and the attempt from after the same write.
    const resumed = await shown(id);
    expect(resumed.state).toBe('running');
    const moved = Date.parse(resumed.deadline_at ?? '') - Date.parse(paused.deadline_at ?? '');
    expect(moved).toBeGreaterThan(2_500);
    end(execution);
    expect(await read(bridge.url, id, 20)).toMatchObject({ state: 'succeeded', result: 1 });
  });

  it('that is resumed still has a deadline', async () => {
    const { id, execution } = await running({ timeout_seconds: 2 });
    execution.status = 'PAUSED';
    await until('the pause is found', async () => (await shown(id)).attempts[0]?.paused_at);
    execution.status = 'RUNNING';
    expect(await read(bridge.url, id, 20)).toMatchObject({
      state: 'failed',
      error: { kind: 'deadline_exceeded' },
    });
  });

  it('with a status that AWS has added is polled on, with a warning', async () => {
    const { id, execution } = await running();
    execution.status = 'HIBERNATING';
    const found = await until('the status is found', async () => {
      const now = await shown(id);
      return now.warnings.length > 0 && now;
    });
    expect(found.state).toBe('running');
    expect(found.warnings).toEqual([
      { code: 'durable_status_unknown', message: expect.stringContaining('HIBERNATING') },
    ]);
    end(execution);
    expect(await read(bridge.url, id, 20)).toMatchObject({ state: 'succeeded', settled_by: 'durable' });
  });

  it('that is deleted before its outcome was read says so', async () => {
    const { id, execution } = await running();
    execution.status = 'DELETING';
    const found = await until('it is found', async () => {
      const now = await shown(id);
      return now.warnings.length > 0 && now;
    });
    expect(found).toMatchObject({ state: 'running', warnings: [{ code: 'durable_deleted' }] });
  });

  it('whose pause can no longer be read is held by its deadline again', async () => {
    const { id, execution } = await running({ timeout_seconds: 2 });
    execution.status = 'PAUSED';
    await until('the pause is found', async () => (await shown(id)).attempts[0]?.paused_at);
    lambda.disturb = (call, response) => {
      if (call === 'get') answer(response, 403, { message: 'no' }, 'AccessDeniedException');
      return call === 'get';
    };
    expect(await read(bridge.url, id, 20)).toMatchObject({
      state: 'failed',
      error: { kind: 'deadline_exceeded' },
    });
  });

  it('is one of many that a list shows as paused', async () => {
    const many = await Promise.all(Array.from({ length: 6 }, () => running({ timeout_seconds: 60 })));
    for (const { execution } of many) execution.status = 'PAUSED';
    lambda.reads.length = 0;
    for (const { id } of many)
      await until('the pause is found', async () => (await shown(id)).attempts[0]?.paused_at);
    expect(lambda.reads).toContain('list');
    for (const { execution } of many) end(execution);
    for (const { id } of many) expect(await read(bridge.url, id, 20)).toMatchObject({ state: 'succeeded' });
  });

  it('that is paused is stopped by a cancel', async () => {
    const { id, execution } = await running();
    execution.status = 'PAUSED';
    await until('the pause is found', async () => (await shown(id)).attempts[0]?.paused_at);
    await fetch(`${bridge.url}/v1/executions/${id}/cancel`, { method: 'POST' });
    expect(execution.status).toBe('STOPPED');
  });
});
