import { describe, expect, it } from 'vitest';
import type { Channel } from '../../src/completion/channel.ts';
import { createChannels } from '../../src/completion/index.ts';
import { type ExecutionRequest, INVOCATION_TYPES } from '../../src/domain/execution.ts';
import { chooseCompletion } from '../../src/lifecycle/completion-choice.ts';
import { request } from '../helpers/ledger.ts';

const held = channel({ name: 'held', invocationTypes: ['RequestResponse'], defaultFor: ['RequestResponse'] });
const watched = channel({ name: 'watched', invocationTypes: ['Event'], defaultFor: ['Event'] });
const told = channel({ name: 'told', invocationTypes: ['Event', 'DryRun'], seesKilledFunction: false });
const CHANNELS = [held, watched, told];

const choose = (overrides: Partial<ExecutionRequest>) => chooseCompletion(request(overrides), CHANNELS);
const refusal = (faults: { pointer: string; message: string }[]) => expect.objectContaining({ faults });

describe('chooseCompletion', () => {
  it('takes the defaults of the invocation type when the user names no channel', () => {
    expect(choose({ completion: [], invocationType: 'RequestResponse' })).toEqual(['held']);
    expect(choose({ completion: [], invocationType: 'Event' })).toEqual(['watched']);
  });

  it('has a default for every invocation type, so that no execution is left without an end', () => {
    const readers = {} as Parameters<typeof createChannels>[0];
    for (const invocationType of INVOCATION_TYPES)
      expect(
        chooseCompletion(request({ completion: [], invocationType }), createChannels(readers)),
      ).not.toEqual([]);
  });

  it('keeps the order of the user', () => {
    expect(choose({ completion: ['told', 'watched'], invocationType: 'Event' })).toEqual(['told', 'watched']);
  });

  it('says of every wrong channel what is wrong with it', () => {
    expect(() => choose({ completion: ['held', 'pigeon', 'watched'], invocationType: 'Event' })).toThrow(
      refusal([
        { pointer: '/completion/0', message: 'follows RequestResponse only, not Event' },
        { pointer: '/completion/1', message: 'must be one of held, watched, told' },
      ]),
    );
  });

  it('names all invocation types that a channel can follow', () => {
    expect(() => choose({ completion: ['told'] })).toThrow(
      refusal([{ pointer: '/completion/0', message: 'follows Event and DryRun only, not RequestResponse' }]),
    );
  });

  it('refuses to wait for ever for a function whose death none of the channels sees', () => {
    expect(() => choose({ completion: ['told'], invocationType: 'Event' })).toThrow(
      refusal([
        {
          pointer: '/timeout_seconds',
          message: 'is needed: none of these channels sees a killed function',
        },
      ]),
    );
    expect(choose({ completion: ['told'], invocationType: 'Event', timeoutSeconds: 60 })).toEqual(['told']);
  });
});

function channel(overrides: Partial<Channel>): Channel {
  return {
    name: 'channel',
    invocationTypes: ['RequestResponse', 'Event', 'DryRun'],
    defaultFor: [],
    seesKilledFunction: true,
    settlesDoubt: false,
    ...overrides,
  };
}
