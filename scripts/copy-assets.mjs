// copy-assets.mjs PACKAGE: completes PACKAGE/dist after tsc. Copies the files of src that are not TypeScript (migrations,
// runtime bootstraps) and makes the command line executable, since tsc writes it without that bit.
import { chmodSync, cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const folder = join(root, process.argv[2] ?? '.');

cpSync(join(folder, 'src'), join(folder, 'dist'), {
  recursive: true,
  filter: (source) => statSync(source).isDirectory() || !source.endsWith('.ts'),
});

const main = join(folder, 'dist', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
