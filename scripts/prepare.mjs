// npm runs this after every install in a clone. It builds dist, so that `npx airflow-lambda-bridge` works there.
// It does nothing in an install without the compiler (`npm ci --omit=dev`, an image that copies dist). A type error
// does not fail the install: `npm run build` and `npm test` report it.
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
  if (status !== 0) say('dist is incomplete: run `npm run build` to see why.');
}
