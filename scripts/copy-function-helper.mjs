// Updates the copies of the function helper in examples/functions, which hold it as users deploy it: next to the
// handler. For a new example, copy the file there once by hand; from then on it is updated here.
import { copyFileSync, existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './paths.mjs';

const source = join(root, 'function-helper');
const examples = join(root, 'examples', 'functions');

// Not __pycache__, which Python may leave there.
const files = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isFile());

for (const { name: file } of files) {
  for (const example of readdirSync(examples)) {
    const copy = join(examples, example, file);
    if (!existsSync(copy)) continue;
    copyFileSync(join(source, file), copy);
    console.log(`updated ${relative(root, copy)}`);
  }
}
