import { parseArgs } from 'node:util';

export interface Options {
  isQuick: boolean;
  /** names of rows; empty: all */
  only: string[];
  json?: string;
  compare?: string;
}

export const USAGE = `npm run bench [-- OPTION…]

  --quick           shorter rounds, fewer of them, and a smaller ledger: under two minutes
  --only ROW,ROW…   only these rows: ROWS
  --json FILE       write the figures to FILE
  --compare FILE    show the change since the run that wrote FILE
`;

/** @throws with a message for the user */
export function parseOptions(args: readonly string[], rows: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      json: { type: 'string' },
      compare: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return 'help';
  const only = values.only?.split(',').filter((name) => name !== '') ?? [];
  const unknown = only.filter((name) => !rows.includes(name));
  if (unknown.length > 0)
    throw new Error(`There is no row ${unknown.join(', ')}. The rows are ${rows.join(', ')}.`);
  const { json, compare } = values;
  return {
    isQuick: values.quick ?? false,
    only,
    ...(json !== undefined && { json }),
    ...(compare !== undefined && { compare }),
  };
}
