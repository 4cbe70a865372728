import { posix } from 'node:path';
import type { SourceFile } from './architecture.ts';

/** Groups of files that import each other in a circle; imports of types count too. */
export function importCycles(files: readonly SourceFile[]): string[][] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(
    files.map(({ path, text }) => [path, targetsOf(path, text).filter((target) => known.has(target))]),
  );
  const reaches = new Map(files.map(({ path }) => [path, reachable(path, imports)]));
  const inCycle = files.map(({ path }) => path).filter((path) => reaches.get(path)?.has(path));
  const groups = Map.groupBy(inCycle, (path) =>
    inCycle
      .filter((other) => reaches.get(path)?.has(other) && reaches.get(other)?.has(path))
      .sort()
      .join(),
  );
  return [...groups.values()];
}

function targetsOf(path: string, text: string): string[] {
  const specifiers = text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"](\.[^'"]+)['"]/g);
  return [...specifiers].map(([, specifier = '']) => posix.join(posix.dirname(path), specifier));
}

function reachable(from: string, imports: ReadonlyMap<string, string[]>): Set<string> {
  const found = new Set<string>();
  const open = [...(imports.get(from) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(imports.get(next) ?? []));
  }
  return found;
}
