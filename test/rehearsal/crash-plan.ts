/** Plans when replicas and the database are killed. The same seed kills the same ones after the same submits. */
import { seededRandom } from '../../packages/lambda-emulator/src/faults/random.ts';

const LEAST_CRASHES = 4;
const EXECUTIONS_PER_CRASH = 250;

/** Maps a number of submits to the replica to kill after them; one crash in each of equal parts of the run. */
export function crashPlan(seed: number, count: number): Map<number, number> {
  const random = seededRandom(seed, 'kills', '', 0);
  const crashes = Math.max(LEAST_CRASHES, Math.round(count / EXECUTIONS_PER_CRASH));
  return new Map(
    oneInEachPart(count, crashes, random).map((submits) => [submits, Math.floor(random() * 1_000)]),
  );
}

/** The numbers of submits after which the database server is killed: half as often as a replica. */
export function databaseCrashPlan(seed: number, count: number): Set<number> {
  const crashes = Math.max(LEAST_CRASHES / 2, Math.round(count / EXECUTIONS_PER_CRASH / 2));
  return new Set(oneInEachPart(count, crashes, seededRandom(seed, 'database kills', '', 0)));
}

function oneInEachPart(count: number, parts: number, random: () => number): number[] {
  return Array.from({ length: parts }, (_, n) => Math.max(1, Math.ceil((count / parts) * (n + random()))));
}
