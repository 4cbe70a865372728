import type { Channel } from '../../completion/channel.ts';
import type { ClaimedAttempt } from '../../ledger/records.ts';
import type { Staging } from '../staging.ts';

/** The envelope's version. A function's helper refuses a version that it does not know. */
const ENVELOPE_VERSION = 1;

/** Lambda's event when Invoke has no body. */
const EMPTY_EVENT = Buffer.from('{}');

/**
 * The event that a function receives: its payload, a pointer to it, or the envelope around either (docs/http-api.md, what
 * a function receives).
 */
export async function buildEvent(
  attempt: ClaimedAttempt,
  staging: Staging,
  channels: readonly Channel[],
): Promise<Uint8Array> {
  const content = attempt.payloadRef
    ? { name: 'payload_ref', bytes: Buffer.from(await staging.pointer(attempt.payloadRef)) }
    : { name: 'payload', bytes: attempt.payload ?? EMPTY_EVENT };
  if (!attempt.envelope) return content.bytes;
  const bridge = {
    version: ENVELOPE_VERSION,
    execution_id: attempt.id,
    attempt: attempt.number,
    deadline_at: attempt.deadlineAt,
    reply: await buildReply(attempt, staging, channels),
  };
  const [before, after] = [`{"${content.name}":`, `,"bridge":${JSON.stringify(bridge)}}`];
  return Buffer.concat([Buffer.from(before), content.bytes, Buffer.from(after)]);
}

async function buildReply(
  attempt: ClaimedAttempt,
  staging: Staging,
  channels: readonly Channel[],
): Promise<object> {
  const own = channels.filter((channel) => attempt.completion.includes(channel.name));
  const replies = await Promise.all(
    own.map(async (channel): Promise<[string, object][]> => {
      const reply = await channel.replyTo?.(attempt);
      return reply ? [[channel.name, reply]] : [];
    }),
  );
  const cancel = staging.available ? { cancel: { get_url: await staging.cancelUrl(attempt.id) } } : {};
  return { ...Object.fromEntries(replies.flat()), ...cancel };
}
