/** CloudWatch's log groups, streams and events, in memory. */

export interface LogEvent {
  /** position in its group; rises with every event and is never used again */
  sequence: number;
  stream: string;
  timestamp: number;
  /** until then no reader sees the event */
  ingestionTime: number;
  message: string;
}

export interface LogStream {
  name: string;
  /** also the time of its first event */
  createdAt: number;
  lastEventAt: number;
  lastIngestionAt: number;
}

export interface LogGroup {
  name: string;
  createdAt: number;
  events: LogEvent[];
  streams: Map<string, LogStream>;
}

/**
 * The newest events of a group are kept, so that an endpoint left running for weeks does not fill the memory. The
 * slack spares a copy of the whole list for every single event.
 */
const KEPT_EVENTS = 50_000;
const SLACK = 5_000;

export class LogStore {
  readonly #groups = new Map<string, LogGroup>();
  #sequence = 0;

  /**
   * The one way in for log events. As in Lambda, a function's group and stream exist from their first event on.
   * @param delayMs until the event can be read; no event of a stream becomes visible before those ahead of it
   */
  append(groupName: string, streamName: string, message: string, delayMs = 0): void {
    const now = Date.now();
    const group = getOrAdd(this.#groups, groupName, () => newGroup(groupName, now));
    const stream = getOrAdd(group.streams, streamName, () => newStream(streamName, now));
    const ingestionTime = Math.max(now + delayMs, stream.lastIngestionAt);
    this.#sequence += 1;
    group.events.push({
      sequence: this.#sequence,
      stream: streamName,
      timestamp: now,
      ingestionTime,
      message,
    });
    stream.lastEventAt = now;
    stream.lastIngestionAt = ingestionTime;
    if (group.events.length > KEPT_EVENTS + SLACK) forgetOldest(group);
  }

  clear(): void {
    this.#groups.clear();
  }

  group(name: string): LogGroup | undefined {
    return this.#groups.get(name);
  }

  groups(): LogGroup[] {
    return [...this.#groups.values()];
  }
}

function newGroup(name: string, createdAt: number): LogGroup {
  return { name, createdAt, events: [], streams: new Map() };
}

function newStream(name: string, createdAt: number): LogStream {
  return { name, createdAt, lastEventAt: createdAt, lastIngestionAt: createdAt };
}

function getOrAdd<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function forgetOldest(group: LogGroup): void {
  group.events = group.events.slice(-KEPT_EVENTS);
  const oldest = group.events[0]?.timestamp ?? 0;
  for (const { name, lastEventAt } of group.streams.values()) {
    if (lastEventAt < oldest) group.streams.delete(name);
  }
}
