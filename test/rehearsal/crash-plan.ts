/** Plans when replicas are killed. The same seed kills the same replicas after the same submits. */
import { seededRandom } from '../../packages/lambda-emulator/src/faults/random.ts';

const LEAST_CRASHES = 4;
const EXECUTIONS_PER_CRASH = 250;

/** Maps a number of submits to the replica to kill after them; one crash in each of equal parts of the run. */
export function crashPlan(seed: number, count: number): Map<number, number> {
  const random = seededRandom(seed, 'kills', '', 0);
  const crashes = Math.max(LEAST_CRASHES, Math.round(count / EXECUTIONS_PER_CRASH));
  const part = count / crashes;
  return new Map(
    Array.from({ length: crashes }, (_, n) => {
      const submits = Math.ceil(part * (n + random()));
      return [Math.max(1, submits), Math.floor(random() * 1_000)];
    }),
  );
}
