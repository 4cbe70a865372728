/** Random choices that a seed repeats, so that a failure can be looked at again. */
export interface Random {
  /** a whole number from 0 up to and without `limit` */
  below(limit: number): number;
  of<T>(choices: readonly T[]): T;
}

/** The linear congruential generator of Knuth's MMIX, of which the upper bits are used. */
export function randomOf(seed: number): Random {
  let state = BigInt(seed);
  const below = (limit: number) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(limit));
  };
  return { below, of: <T>(choices: readonly T[]) => choices[below(choices.length)] as T };
}
