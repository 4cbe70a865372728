import type { DurableExecutions } from '../aws/durable.ts';
import type { FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import { type CallbackSettings, createCallbackChannel } from './callback.ts';
import type { Channel } from './channel.ts';
import { createDurableChannel } from './durable.ts';
import { createLogsChannel } from './logs.ts';
import { none } from './none.ts';
import { response } from './response.ts';

export interface Sources {
  logs: LogReader;
  functions: FunctionReader;
  durable: DurableExecutions;
  callback: CallbackSettings;
}

/** Every completion channel: the one list that knows their names. */
export function createChannels(sources: Sources): Channel[] {
  return [
    response,
    createDurableChannel(sources),
    createLogsChannel(sources),
    createCallbackChannel(sources.callback),
    none,
  ];
}
