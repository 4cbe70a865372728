/** One word for each thing: docs/glossary.md. The words that these replaced must not come back. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** An old word, and the one to use. */
const REPLACED: [old: RegExp, use: string][] = [
  [/\blook(?:s|ed|ing)? (?:at|for) (?:an? |the )?(?:attempt|end|evidence|outcome)/i, 'poll'],
  [/\b(?:lookAt|lookFor|lookSeconds|look_seconds|lastLook|look_at)\b/, 'poll'],
  [/\bDelivery\b|\bdeliveries\(/, 'run (only the wire says deliveries)'],
  [/\binterface (?:Needs|Sources)\b|#needs\b/, 'deps, with a name of its own'],
  [/\bobstacle(?!s)/i, 'unavailable reason (only the wire says obstacles)'],
  [/\bInvokeReply\b|\breadReply\b/, 'Answered, readAnswer'],
  [/\b(?:AttemptReport|readReport|takeCallback)\b/, 'callback (a report is Lambda’s)'],
  [/\binterface Fault\b|\btype Fault\b|\btoFaults\b/, 'ValidationError (only the wire says faults)'],
  [/\bGIVEN_UP\b/, 'presumed_lost'],
  [/\bthe judge\b|\bJudge\b/, 'test oracle'],
];

const files = globSync(
  ['src/**/*.ts', 'packages/*/src/**/*.{ts,mjs,py}', 'python-shim/src/**/*.py', 'docs/**/*.md', '*.md'],
  { cwd: ROOT },
).filter((path) => !/migrations|CHANGELOG/.test(path) && !/node_modules|\bdist\b/.test(path));

describe('the words of the glossary', () => {
  it('are found in the files', () => {
    expect(files.length).toBeGreaterThan(150);
  });

  it('are the only ones: no replaced word is left', () => {
    const found = files.flatMap((path) => {
      const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
      return lines.flatMap((line, at) =>
        REPLACED.filter(([old]) => old.test(line)).map(
          ([, use]) => `${path}:${at + 1} say ${use}: ${line.trim()}`,
        ),
      );
    });
    expect(found).toEqual([]);
  });

  it('name one thing each: the glossary has no word twice', () => {
    const glossary = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
    const words = [...glossary.matchAll(/^\| ([^|]+?) \|/gm)].flatMap(([, cell = '']) => cell.split(/, /));
    const terms = words.filter((word) => word !== 'word' && !/^-+$/.test(word));
    expect(terms.length).toBeGreaterThan(40);
    expect(terms.filter((word, at) => terms.indexOf(word) !== at)).toEqual([]);
  });
});

describe('types', () => {
  it('have names of their own: no two of src or of the emulator share one', () => {
    for (const folder of ['src', 'packages/lambda-emulator/src']) {
      const names = globSync(`${folder}/**/*.ts`, { cwd: ROOT }).flatMap((path) =>
        [
          ...readFileSync(join(ROOT, path), 'utf8').matchAll(/^(?:export )?(?:interface|type|class) (\w+)/gm),
        ].map(([, name]) => ({ name, path })),
      );
      const shared = [...Map.groupBy(names, ({ name }) => name)].filter(([, uses]) => uses.length > 1);
      expect(shared.map(([name, uses]) => `${name}: ${uses.map(({ path }) => path).join(', ')}`)).toEqual([]);
    }
  });
});
