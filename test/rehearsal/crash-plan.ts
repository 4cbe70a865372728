/** When a rehearsal kills a bridge: the same seed kills the same one after the same submit. */
import { seededRandom } from '../../src/local/random.ts';

const LEAST_KILLS = 4;
const EXECUTIONS_A_KILL = 250;

/** Which replica to kill, by the number of submits before; one in each of equal parts of the run. */
export function killPoints(seed: number, count: number): Map<number, number> {
  const random = seededRandom(seed, 'kills', '', 0);
  const kills = Math.max(LEAST_KILLS, Math.round(count / EXECUTIONS_A_KILL));
  const part = count / kills;
  return new Map(
    Array.from({ length: kills }, (_, k) => {
      const after = Math.ceil(part * (k + random()));
      return [Math.max(1, after), Math.floor(random() * 1_000)];
    }),
  );
}
