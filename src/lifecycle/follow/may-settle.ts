import type { Channel } from '../../completion/channel.ts';
import type { Attempt } from '../../domain/execution.ts';

/** Whether the channel may settle the attempt: the execution uses the channel, or the answer of Invoke was lost. */
export function maySettle(
  channel: Channel,
  { completion, phase }: { completion: readonly string[]; phase: Attempt['phase'] },
): boolean {
  return completion.includes(channel.name) || (phase === 'in_doubt' && channel.traits.settlesDoubt);
}
