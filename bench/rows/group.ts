import type { Cleanup } from '../cleanup.ts';
import type { Row } from '../row.ts';
import type { Setting } from '../setting.ts';

/** Rows that are measured on the same processes. */
export interface RowGroup {
  /** for `--only`; the rows of `rr` are named `rr.…` */
  names: readonly string[];
  /** @param cleanup of this group: what it owns ends with it */
  measure(setting: Setting, cleanup: Cleanup, isWanted: (name: string) => boolean): Promise<Row[]>;
}
