import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { findValidationErrors } from '../packages/lambda-emulator/src/functions/function-settings.ts';
import { type ChannelDeps, createChannels } from '../src/completion/index.ts';
import { configFileErrors } from '../src/config/file-schema.ts';
import { DEFAULT_LIMITS } from '../src/config/limits.ts';
import { OPERATIONS } from '../src/contract/operations.ts';
import { DOUBT_CODES } from '../src/domain/execution.ts';
import { ERROR_KINDS } from '../src/domain/outcome.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const pages = globSync('{*.md,docs/**/*.md,python-shim/*.md}', { cwd: ROOT });
const sources = globSync('src/**/*.ts', { cwd: ROOT }).map(read).join('\n');
const configuration = read('docs/configuration.md');
const httpApi = read('docs/http-api.md');

function found(pattern: RegExp, text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))].sort();
}

/** What stands in backticks in the first cell of the rows of one table. */
function rows(page: string, header: string): string[] {
  const table = page.slice(page.indexOf(`| ${header} |`)).split('\n\n')[0] ?? '';
  const cells = table.split('\n').slice(2).join('\n');
  return found(/`([^`]+)`/g, cells.replace(/^(\|[^|]*\|).*$/gm, '$1'));
}

function block(page: string, language: string, holding: string): string {
  const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.find(([, kind, text]) => kind === language && text?.includes(holding))?.[2] ?? '';
}

function members(source: string, name: string): string[] {
  const body = new RegExp(`interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(read(source))?.[1] ?? '';
  return found(/\b(\w+)\??: /g, body);
}

/** The anchor that GitHub gives a heading. */
function anchors(path: string): string[] {
  const headings = read(path).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(path: string): string[] {
  const links = found(/\]\(([^)\s]+)\)/g, read(path)).filter((link) => !/^[a-z]+:/.test(link));
  return links.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && !anchors(target).includes(anchor);
  });
}

describe('links', () => {
  it('are looked for on every page', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/http-api.md', 'python-shim/README.md']));
  });

  it.each(pages)('of %s lead somewhere', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('has every variable that the service reads, and no other', () => {
    const known = found(/env\['(\w+)'\]/g, read('src/config/config.ts'));
    expect(known).toContain('BRIDGE_PORT');
    expect(rows(configuration, 'variable | default | meaning')).toEqual(known);
    expect(rows(read('README.md'), 'variable | default |')).toEqual(known);
  });

  it('has every limit with its default, and no other', () => {
    const written = [...configuration.matchAll(/^\| `(\w+)` \| (\d+) \| \w/gm)];
    const limits = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]);
    const numbers = written.filter(([, name = '']) => !name.startsWith('BRIDGE_'));
    expect(Object.fromEntries(numbers.map(([, name, value]) => [name, Number(value)]))).toEqual(
      Object.fromEntries(limits),
    );
  });

  it('shows a file without faults, and tells of every member', () => {
    const file = block(configuration, 'yaml', 'functions:');
    expect(configFileErrors(parseYaml(file))).toEqual([]);
    const told = rows(configuration, 'member | meaning').flatMap((row) => row.match(/\w+/g) ?? []);
    expect([...new Set(told)].sort()).toEqual(members('src/config/file-schema.ts', 'ConfigFile'));
  });
});

describe('docs/http-api.md', () => {
  it('has every call, and no other', () => {
    const calls = Object.values(OPERATIONS).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(rows(httpApi, 'call | does')).toEqual(calls.sort());
  });

  it('has every code of a problem, and no other', () => {
    const codes = [
      ...found(/'([a-z0-9_]+)',\s*[45]\d\d\b/g, sources),
      ...found(/new (?:BridgeError|NotAllowed|Unavailable)\(\s*'([a-z0-9_]+)'/g, sources),
      ...found(/\? '([a-z0-9_]+)' : '\w+',\s*4\d\d\b/g, sources),
      ...found(/new InvalidRequest\([^;]*?,\s*'([a-z0-9_]+)'/g, sources),
    ];
    expect(codes.length).toBeGreaterThan(20);
    expect(rows(httpApi, 'code | status | when')).toEqual([...new Set(codes)].sort());
  });

  it('has every kind of error, and no other', () => {
    const written = rows(httpApi, '`error.kind` | the function').filter((word) => /^[a-z_]+$/.test(word));
    expect(written).toEqual([...ERROR_KINDS].sort());
  });

  it('has every warning, and no other', () => {
    const codes = found(/(?:\bcode: |unreadable\(|orWarning\(\w+, )'([a-z0-9_]+)'/g, sources).filter(
      (code) => !(DOUBT_CODES as readonly string[]).includes(code),
    );
    expect(codes).toContain('reports_suppressed');
    // Channels hand on what AWS says; of those codes these do not pass by themselves.
    const handedOn = ['durable_failed', 'logs_failed', 'metrics_failed', 'queue_failed', 'traces_failed'];
    expect(rows(httpApi, 'warning | how to fix it')).toEqual([...codes, ...handedOn].sort());
  });
});

describe('docs/local-lambda.md', () => {
  const page = read('docs/local-lambda.md');

  it('has every option, and no other', () => {
    const options = found(/^\s+(--[\w-]+) /gm, read('packages/lambda-emulator/src/command.ts'));
    expect(options).toContain('--functions');
    expect(rows(page, 'option | default | meaning')).toEqual(options);
  });

  it('has a valid function.json with every member, and describes each', () => {
    const file: unknown = JSON.parse(block(page, 'json', '"handler"'));
    expect(findValidationErrors(file)).toEqual([]);
    const known = members('packages/lambda-emulator/src/functions/function-settings.ts', 'FunctionFile');
    expect(Object.keys(file as object).sort()).toEqual(known);
    expect(rows(page, 'member | default')).toEqual(known);
  });
});

describe('docs/completion-channels.md', () => {
  it('has every channel, and no other', () => {
    const nowhere = { callback: {}, queues: [], policies: [] } as unknown as ChannelDeps;
    const names = createChannels(nowhere).map(({ name }) => name);
    expect(rows(read('docs/completion-channels.md'), 'channel | follows')).toEqual(names.sort());
  });
});

describe('docker', () => {
  it('gives functions the boto3 of the lock file', () => {
    const locked = /^boto3==(\S+)/m.exec(read('python-shim/locks/airflow-3.3.txt'))?.[1];
    expect(/boto3==(\S+)/.exec(read('docker/Dockerfile'))?.[1]).toBe(locked);
  });

  it('waits for a stop longer than the service drains', () => {
    const bridge = parseYaml(read('docker/compose.yaml'), { merge: true }).services.bridge;
    expect(Number.parseInt(bridge.stop_grace_period, 10)).toBeGreaterThan(DEFAULT_LIMITS.drainSeconds);
  });
});

describe('the files that the documentation names', () => {
  it.each(['docs/architecture.md', 'CONTRIBUTING.md'])('exist: %s', (page) => {
    const paths = found(/`((?:[\w-]+\/)+[\w-]+\.(?:ts|mjs|md|py|sql))`/g, read(page));
    expect(paths.length).toBeGreaterThan(5);
    const missing = paths.filter((path) => ![path, `src/${path}`].some((one) => existsSync(`${ROOT}${one}`)));
    expect(missing.filter((path) => !/NAME|NNN/.test(path))).toEqual([]);
  });
});
