import type { Channel } from '../../completion/channel.ts';
import type { ClaimedAttempt } from '../../ledger/dispatch.ts';
import type { Staging } from '../staging.ts';

/** The envelope's version. A function's helper refuses a version that it does not know. */
const ENVELOPE_VERSION = 1;

/**
 * The event that a function receives: its payload, a pointer to it, or the envelope around either (docs/http-api.md, what
 * a function receives).
 */
export async function buildEvent(
  attempt: ClaimedAttempt,
  staging: Staging,
  channels: readonly Channel[],
): Promise<string> {
  const content = attempt.payloadRef
    ? { name: 'payload_ref', text: await staging.pointer(attempt.payloadRef) }
    : // Lambda's event is the empty object when Invoke has no body.
      { name: 'payload', text: attempt.payload ?? '{}' };
  if (!attempt.envelope) return content.text;
  const bridge = {
    version: ENVELOPE_VERSION,
    execution_id: attempt.id,
    attempt: attempt.number,
    deadline_at: attempt.deadlineAt,
    reply: await buildReply(attempt, staging, channels),
  };
  return `{"${content.name}":${content.text},"bridge":${JSON.stringify(bridge)}}`;
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
