/** @param share from 0 to 1 @returns one of the values, the lower one between two; NaN of none */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Between the two in the middle, where there are two: of few values, the lower one would be too low. */
export function median(values: readonly number[]): number {
  const below = percentile(values, 0.5);
  const above = -percentile(
    values.map((value) => -value),
    0.5,
  );
  return (below + above) / 2;
}
