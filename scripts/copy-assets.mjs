// copy-assets.mjs PACKAGE: completes PACKAGE/dist after tsc. Copies the assets of src (migrations, runtime bootstraps)
// and makes the command line executable, since tsc writes it without that bit. Leaves out .js and .map: those in src are
// left from a compilation into the wrong folder and would overwrite what tsc has just built.
import { chmodSync, cpSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const folder = join(root, process.argv[2] ?? '.');

cpSync(join(folder, 'src'), join(folder, 'dist'), {
  recursive: true,
  filter: (source) => statSync(source).isDirectory() || !/\.(ts|js|map)$/.test(source),
});

const main = join(folder, 'dist', 'main.js');
if (existsSync(main)) chmodSync(main, 0o755);
