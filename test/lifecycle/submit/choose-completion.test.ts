import { describe, expect, it } from 'vitest';
import type { FunctionFacts } from '../../../src/aws/function-reader.ts';
import type { Channel } from '../../../src/completion/channel.ts';
import { type ChannelDeps, createChannels } from '../../../src/completion/index.ts';
import {
  type ExecutionRequest,
  INVOCATION_TYPES,
  type InvocationType,
} from '../../../src/domain/execution.ts';
import type { FunctionPolicy } from '../../../src/domain/policy.ts';
import { checkCompletion, defaultCompletion } from '../../../src/lifecycle/submit/choose-completion.ts';
import { request } from '../../helpers/new-execution.ts';

const TRAITS = { seesKilledFunction: true, settlesDoubt: false, withoutResult: false, needsEnvelope: false };
const held = channel({ name: 'held', invocationTypes: ['RequestResponse'], defaultFor: ['RequestResponse'] });
const watched = channel({ name: 'watched', invocationTypes: ['Event'], defaultFor: ['Event'] });
const told = channel({
  name: 'told',
  invocationTypes: ['Event', 'DryRun'],
  traits: { ...TRAITS, seesKilledFunction: false },
});
const CHANNELS = [held, watched, told];
const NEEDS_TIMEOUT = {
  pointer: '/timeout_seconds',
  message: 'is required: none of these channels notices a killed function',
};

const ANY: FunctionPolicy = { name: '*', allow: true };
const FACTS: FunctionFacts = {
  exists: true,
  timeoutSeconds: 3,
  logGroup: '/aws/lambda/fn',
  retryAttempts: 2,
  maxEventAgeSeconds: 21_600,
  warnings: [],
};

const defaults = (invocationType: InvocationType, policy = ANY, channels = CHANNELS, facts = FACTS) =>
  defaultCompletion(request({ completion: [], invocationType }), policy, facts, channels);
const check = (overrides: Partial<ExecutionRequest>, channels = CHANNELS) => {
  const wanted = request(overrides);
  checkCompletion(wanted, wanted.completion, channels);
};
const refusal = (faults: { pointer: string; message: string }[]) =>
  expect.objectContaining({ validationErrors: faults });

describe('defaultCompletion', () => {
  it('takes the defaults of the invocation type', () => {
    expect(defaults('RequestResponse')).toEqual(['held']);
    expect(defaults('Event')).toEqual(['watched']);
  });

  it('has a default for every invocation type, so that no execution is left without an end', () => {
    const sources = { queues: [], policies: [], callback: {} } as unknown as ChannelDeps;
    for (const invocationType of INVOCATION_TYPES)
      expect(defaults(invocationType, ANY, createChannels(sources))).not.toEqual([]);
  });

  it('takes those that the policy names, where they fit the invocation type', () => {
    const policy = { ...ANY, completion: ['told', 'held'] };
    expect(defaults('Event', policy)).toEqual(['told']);
    expect(defaults('RequestResponse', policy)).toEqual(['held']);
    expect(defaults('Event', { ...ANY, completion: ['held'] })).toEqual(['watched']);
  });

  it('takes a better one alone where facts or policy prefer it, and else leaves it out', () => {
    const better = channel({
      name: 'better',
      invocationTypes: ['Event'],
      defaultFor: ['Event'],
      preferred: (facts, { queue }) => queue !== undefined || facts.timeoutSeconds > 900,
    });
    const channels = [...CHANNELS, better];
    expect(defaults('Event', ANY, channels)).toEqual(['watched']);
    expect(defaults('Event', { ...ANY, queue: 'https://q' }, channels)).toEqual(['better']);
    expect(defaults('Event', ANY, channels, { ...FACTS, timeoutSeconds: 901 })).toEqual(['better']);
    expect(defaults('RequestResponse', { ...ANY, queue: 'https://q' }, channels)).toEqual(['held']);
  });
});

describe('checkCompletion', () => {
  it('says of every wrong channel what is wrong with it', () => {
    expect(() => check({ completion: ['held', 'pigeon', 'watched'], invocationType: 'Event' })).toThrow(
      refusal([
        { pointer: '/completion/0', message: 'follows RequestResponse only, not Event' },
        { pointer: '/completion/1', message: 'must be one of held, watched, told' },
      ]),
    );
  });

  it('names all invocation types that a channel can follow', () => {
    expect(() => check({ completion: ['told'] })).toThrow(
      refusal([{ pointer: '/completion/0', message: 'follows Event and DryRun only, not RequestResponse' }]),
    );
  });

  it('refuses to wait for ever for a function whose death none of the channels sees', () => {
    expect(() => check({ completion: ['told'], invocationType: 'Event' })).toThrow(refusal([NEEDS_TIMEOUT]));
    expect(() => check({ completion: ['told'], invocationType: 'Event', timeoutSeconds: 60 })).not.toThrow();
    expect(() => check({ completion: ['told', 'watched'], invocationType: 'Event' })).not.toThrow();
  });

  it('asks a channel that sees the death of some functions only for the one at hand', () => {
    const partly = channel({
      name: 'partly',
      traits: { ...TRAITS, seesKilledFunction: (fn) => fn === 'seen' },
    });
    expect(() => check({ completion: ['partly'], function: 'unseen' }, [partly])).toThrow(
      refusal([NEEDS_TIMEOUT]),
    );
    expect(() => check({ completion: ['partly'], function: 'seen' }, [partly])).not.toThrow();
  });

  it('tells what keeps a channel from following this function', () => {
    const blocked = channel({
      name: 'blocked',
      unavailableReason: (fn) => (fn === 'ok' ? undefined : `not for ${fn}`),
    });
    expect(() => check({ completion: ['blocked'], function: 'fn' }, [blocked])).toThrow(
      refusal([{ pointer: '/completion/0', message: 'not for fn' }]),
    );
    expect(() => check({ completion: ['blocked'], function: 'ok' }, [blocked])).not.toThrow();
  });

  it('asks for the envelope where the function must report by itself', () => {
    const reported = channel({ name: 'reported', traits: { ...TRAITS, needsEnvelope: true } });
    expect(() => check({ completion: ['reported'] }, [reported])).toThrow(
      refusal([{ pointer: '/completion/0', message: expect.stringContaining('"envelope": true') }]),
    );
    expect(() => check({ completion: ['reported'], envelope: true }, [reported])).not.toThrow();
  });
});

function channel(overrides: Partial<Channel>): Channel {
  return {
    name: 'channel',
    invocationTypes: ['RequestResponse', 'Event', 'DryRun'],
    defaultFor: [],
    traits: TRAITS,
    ...overrides,
  };
}
