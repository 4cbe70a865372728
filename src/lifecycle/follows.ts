import type { Channel } from '../completion/channel.ts';
import type { Attempt } from '../domain/execution.ts';

/** Whether what the channel reports may end the attempt: the user named it, or the answer of Invoke was lost. */
export function follows(
  channel: Channel,
  { completion, phase }: { completion: readonly string[]; phase: Attempt['phase'] },
): boolean {
  return completion.includes(channel.name) || (phase === 'in_doubt' && channel.settlesDoubt);
}
