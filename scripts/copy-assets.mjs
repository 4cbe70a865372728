// Completes dist after tsc: copies the files of src that are not TypeScript (migrations, runtime bootstraps), and
// makes the command-line program executable, because tsc writes it without that bit.
import { chmodSync, cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

cpSync(join(root, 'src'), join(root, 'dist'), {
  recursive: true,
  filter: (source) => statSync(source).isDirectory() || !source.endsWith('.ts'),
});

const main = join(root, 'dist', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
