/** The examples contain copies of the function helper, which `node scripts/copy-function-helper.mjs` updates. */
import { globSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the examples', () => {
  const copies = globSync('examples/functions/*/airflow?lambda?bridge?function.*', { cwd: ROOT });

  it('use the function helper in both languages', () => {
    expect(copies.map((path) => extname(path)).sort()).toEqual(['.mjs', '.py']);
  });

  it.each(copies)('have an up-to-date copy of the helper in %s', (copy) => {
    expect(read(copy)).toBe(read(join('function-helper', basename(copy))));
  });
});
