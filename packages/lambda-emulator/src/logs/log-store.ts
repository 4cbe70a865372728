/** CloudWatch's log groups, streams and events, in memory. */

export interface LogEvent {
  /** increases with every event of the store and is never reused */
  sequence: number;
  stream: string;
  timestamp: number;
  /** the event cannot be read before this time */
  ingestionTime: number;
  message: string;
  /** it may become readable before earlier ones of its stream */
  mayOvertake: boolean;
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
 * Only the newest events of a group are kept, to limit the memory of a long-running emulator. A group may have some
 * more events for a time, so that the list need not be copied for every new event.
 */
const KEPT_EVENTS = 50_000;
const SLACK = 5_000;

export class LogStore {
  readonly #groups = new Map<string, LogGroup>();
  #sequence = 0;

  /**
   * Adds a log event. As in Lambda, a function's group and stream are created by their first event.
   * @param delayMs until the event can be read
   * @param mayOvertake whether it may become readable before earlier ones of its stream
   */
  append(groupName: string, streamName: string, message: string, delayMs = 0, mayOvertake = false): void {
    const now = Date.now();
    const group = getOrAdd(this.#groups, groupName, () => newGroup(groupName, now));
    const stream = getOrAdd(group.streams, streamName, () => newStream(streamName, now));
    const ingestionTime = mayOvertake ? now + delayMs : Math.max(now + delayMs, stream.lastIngestionAt);
    this.#sequence += 1;
    group.events.push({
      sequence: this.#sequence,
      stream: streamName,
      timestamp: now,
      ingestionTime,
      message,
      mayOvertake,
    });
    stream.lastEventAt = now;
    stream.lastIngestionAt = Math.max(ingestionTime, stream.lastIngestionAt);
    if (group.events.length > KEPT_EVENTS + SLACK) dropOldest(group);
  }

  /** of the newest event */
  get lastSequence(): number {
    return this.#sequence;
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

function dropOldest(group: LogGroup): void {
  group.events = group.events.slice(-KEPT_EVENTS);
  const oldest = group.events[0]?.timestamp ?? 0;
  for (const { name, lastEventAt } of group.streams.values()) {
    if (lastEventAt < oldest) group.streams.delete(name);
  }
}
