/** How long and how often each row is measured. */

export interface Sizes {
  /** turns of each contender, without the warm-up */
  rounds: number;
  loadSeconds: number;
  latencySeconds: number;
  /** starts of a bridge */
  starts: number;
  /** until the memory is looked at again */
  restSeconds: number;
  endedRows: number;
  /** ends seen by channel logs, for each number of other functions */
  logEnds: number;
  /** no further end is measured after so long */
  logSeconds: number;
  /** for one end */
  logWaitSeconds: number;
  wakes: number;
}

export const FULL: Sizes = {
  rounds: 5,
  loadSeconds: 4,
  latencySeconds: 2,
  starts: 7,
  restSeconds: 60,
  endedRows: 2_000_000,
  logEnds: 9,
  logSeconds: 90,
  logWaitSeconds: 60,
  wakes: 40,
};

export const QUICK: Sizes = {
  rounds: 2,
  loadSeconds: 0.7,
  latencySeconds: 0.4,
  starts: 1,
  restSeconds: 10,
  endedRows: 100_000,
  logEnds: 3,
  logSeconds: 6,
  logWaitSeconds: 15,
  wakes: 8,
};
