/** A folder of functions with the helper file next to each handler, as users deploy them. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HELPERS = fileURLToPath(new URL('../../function-helper', import.meta.url));

/** @param source a folder of functions */
export async function withFunctionHelper(
  source: string,
): Promise<{ functionsDir: string; remove: () => Promise<void> }> {
  const functionsDir = await mkdtemp(join(tmpdir(), 'function-helper-'));
  await cp(source, functionsDir, { recursive: true });
  for (const name of await readdir(source)) await cp(HELPERS, join(functionsDir, name), { recursive: true });
  return { functionsDir, remove: () => rm(functionsDir, { recursive: true }) };
}
