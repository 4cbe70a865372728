// npm runs this after every install in a clone: it builds dist, so that `npx airflow-lambda-bridge` works
// there. An install without the compiler (`npm ci --omit=dev`, an image that copies dist) has nothing to
// build with, and an install must not fail on a type error: `npm run build` and `npm test` report those.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './console.mjs';
import { isWindows, root } from './paths.mjs';

if (existsSync(join(root, 'node_modules', 'typescript')) && existsSync(join(root, 'src', 'main.ts'))) {
  const npm = isWindows ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, ['run', '--silent', 'build'], {
    cwd: root,
    stdio: 'inherit',
    shell: isWindows,
  });
  if (status !== 0) say('dist is not complete: `npm run build` shows why.');
}
