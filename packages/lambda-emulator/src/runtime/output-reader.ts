/** Splits the output of an environment's process into log events. */
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Starts a record (RFC 7464): one line of JSON, written by the bootstraps. */
const RECORD_MARK = '\x1e';

export interface OutputListener {
  onMessage(message: string): void;
  /** the process has finished its work, and all output of that work has been read */
  onIdle(): void;
}

/**
 * A line is one event and keeps its newline, as in Lambda. A record is one event, too, and may contain newlines. Text
 * without a newline is kept and put before the next line, as in Lambda, even if records come in between.
 */
export function readOutput(stream: Readable, listener: OutputListener): void {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  let unfinished = '';

  const processLine = (line: string) => {
    const mark = line.indexOf(RECORD_MARK);
    const record = mark === -1 ? null : parseRecord(line.slice(mark + 1));
    if (record === null) {
      listener.onMessage(`${unfinished}${line}\n`);
      unfinished = '';
      return;
    }
    unfinished += line.slice(0, mark);
    if (typeof record.message === 'string') listener.onMessage(record.message);
    if (record.idle === true) listener.onIdle();
  };

  stream.on('data', (chunk: Buffer) => {
    const lines = (pending + decoder.write(chunk)).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) processLine(line);
  });
  stream.once('close', () => {
    const rest = unfinished + pending + decoder.end();
    if (rest) listener.onMessage(rest);
  });
}

/** The content of a record; null if the mark is part of the function's own text. */
function parseRecord(text: string): { message?: unknown; idle?: unknown } | null {
  try {
    const record: unknown = JSON.parse(text);
    return typeof record === 'object' && record !== null ? record : null;
  } catch {
    return null;
  }
}
