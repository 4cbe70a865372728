import type { FunctionReader } from '../aws/function-reader.ts';
import type { LogReader } from '../aws/log-reader.ts';
import type { Channel } from './channel.ts';
import { createLogsChannel } from './logs.ts';
import { none } from './none.ts';
import { response } from './response.ts';

/** Every completion channel: the one list that knows their names. */
export function createChannels(readers: { logs: LogReader; functions: FunctionReader }): Channel[] {
  return [response, createLogsChannel(readers), none];
}
