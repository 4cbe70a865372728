// Completes dist after tsc: files of src that are not TypeScript (migrations, runtime bootstraps) are copied,
// and the command line is made executable (tsc writes it anew without that bit).
import { chmodSync, cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

cpSync(join(root, 'src'), join(root, 'dist'), {
  recursive: true,
  filter: (source) => statSync(source).isDirectory() || !source.endsWith('.ts'),
});

const main = join(root, 'dist', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
