// Runs AWS's own runtime interface clients as functions of the Lambda emulator, submits each situation of the corpus to the
// bridge, and compares the end and the log lines with the captured file of the same situation:
//   npm run clients -- [--work FOLDER] [--only RUNTIME[:SITUATION]] [--metrics]
// Without --metrics the bridge may not read Lambda's metrics, so that the log alone proves the end. It needs what main.mjs
// needs, and uses the same work folder. The exit code is 1 after an end that the corpus contradicts.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compare } from './end-to-end/comparison.mjs';
import { writeFunctions } from './end-to-end/function-folders.mjs';
import { startServices } from './end-to-end/services.mjs';
import { table } from './end-to-end/table.mjs';

const RUNTIMES = ['python', 'nodejs', 'java', 'go', 'rust'];
/** Java's client writes its native library to a fixed place in /tmp, which would crash another one that starts. */
const AT_ONCE = { java: 1 };
const MOST_AT_ONCE = 3;
const sources = fileURLToPath(new URL('functions', import.meta.url));

const { values } = parseArgs({
  options: { work: { type: 'string' }, only: { type: 'string' }, metrics: { type: 'boolean' } },
});
const work = values.work ?? join(tmpdir(), 'capture-logs');
const [onlyRuntime, onlySituation] = values.only?.split(':') ?? [];

const results = [];
for (const name of RUNTIMES.filter((one) => onlyRuntime === undefined || one === onlyRuntime)) {
  console.log(`installing the client of ${name}`);
  const { install } = await import(`./runtimes/${name}.mjs`);
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  results.push(...(await runAll(name, folder, install(folder, sources))));
}
console.log(`\n${table(results)}`);
process.exitCode = results.some(({ end }) => end === 'wrong') ? 1 : 0;

async function runAll(name, folder, client) {
  const functionsDir = join(work, 'functions', name);
  const all = writeFunctions(functionsDir, name, folder, client);
  const functions = all.filter((one) => onlySituation === undefined || one.situation === onlySituation);
  const services = await startServices(functionsDir, values.metrics ?? false);
  try {
    const found = [];
    const left = [...functions];
    const runLeft = async () => {
      for (let one = left.shift(); one; one = left.shift()) {
        const id = await services.run(one);
        found.push(services.observe(id).then((observed) => compare(one, observed)));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE[name] ?? MOST_AT_ONCE }, runLeft));
    const compared = await Promise.all(found);
    for (const { differences } of compared) for (const one of differences) console.log(one);
    return compared.map((one) => ({ ...one, runtime: name }));
  } finally {
    await services.stop();
  }
}
