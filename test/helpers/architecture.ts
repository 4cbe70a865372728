/** Holds source text against the layout of the project: who may import whom, who may build, where SQL may stand. */
import { posix } from 'node:path';

export interface SourceFile {
  /** relative to src, with forward slashes */
  path: string;
  text: string;
}

/** What each folder of src may import of ours. The files beside the folders are the root: they may import all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  contract: ['domain'],
  ledger: ['domain'],
  aws: ['domain'],
  config: ['contract', 'domain'],
  completion: ['aws', 'contract', 'domain'],
  lifecycle: ['ledger', 'completion', 'aws', 'config', 'contract', 'domain'],
  http: ['lifecycle', 'config', 'contract', 'domain', 'ledger'],
  cli: ['contract', 'domain'],
};

/** Packages that only one folder or file may import. */
const RESERVED_PACKAGES: [name: string, pattern: RegExp, place: string][] = [
  ['the AWS SDK', /^@(aws-sdk|smithy)\//, 'aws/'],
  ['PostgreSQL', /^pg(-[\w-]+)?(\/|$)/, 'ledger/postgres/'],
  ['SQLite', /^node:sqlite$/, 'ledger/sqlite/connection.ts'],
];

/**
 * The emulator delivers the records of asynchronous events to queues and buckets, as Lambda does, and encodes event
 * streams.
 */
const EMULATOR_MAY_IMPORT = /^(@aws-sdk\/client-(sqs|s3)|@smithy\/core\/(event-streams|serde))$/;

const SQL = /[`'"]\s*(select\s|insert into\s|update \w+\s+set\s|delete from\s|with \w+ as\s)/;
const LONGEST_FILE = 300;

interface Import {
  specifier: string;
  /** names of values; those of types are left out */
  values: string[];
}

/** The rules of the emulator's package. @param file path relative to its src @returns one sentence per violation */
export function emulatorViolations(file: SourceFile): string[] {
  const found = importsOf(file.text).flatMap(({ specifier }) => {
    if (specifier.startsWith('.') && posix.join(posix.dirname(file.path), specifier).startsWith('..'))
      return [`imports ${specifier}, which is outside of the package`];
    const isSdk = /^@(aws-sdk|smithy)\//.test(specifier) && !EMULATOR_MAY_IMPORT.test(specifier);
    return isSdk
      ? [
          `imports ${specifier}; of the AWS SDK it may import the clients for SQS and S3 and the codec of event streams only`,
        ]
      : [];
  });
  return [...found, ...contentFaults('emulator', file.text)].map((fault) => `${file.path} ${fault}`);
}

/** The rules of src. @returns one sentence per violation */
export function violations(file: SourceFile): string[] {
  const folder = folderOf(file.path);
  const found = importsOf(file.text);
  return [
    ...found.flatMap((one) => importFault(file.path, folder, one)),
    ...(folder === undefined ? [] : found.flatMap((one) => buildFault(file.path, folder, one, file.text))),
    ...contentFaults(folder, file.text),
  ].map((fault) => `${file.path} ${fault}`);
}

function folderOf(path: string): string | undefined {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined;
}

function importFault(path: string, folder: string | undefined, { specifier, values }: Import): string[] {
  const reserved = RESERVED_PACKAGES.filter(
    ([, pattern, place]) => pattern.test(specifier) && !path.startsWith(place),
  );
  if (reserved.length > 0)
    return reserved.map(([name, , place]) => `imports ${name}, which only ${place} may`);
  if (folder === undefined) return [];
  const allowed = MAY_IMPORT[folder];
  if (!allowed) return [`lies in ${folder}, for which there is no rule yet`];
  const target = targetOf(path, specifier);
  if (target === undefined || target === folder) return [];
  if (!allowed.includes(target)) return [`imports ${specifier}, but ${folder} may not import ${target}`];
  // It is given the reads that it needs. Everything that writes goes through lifecycle.
  if (folder === 'http' && target === 'ledger' && values.length > 0)
    return [`takes ${values.join(', ')} from the ledger, of which http may only use types`];
  return [];
}

/** Whoever needs a collaborator of another folder is given it by the root. Errors and pure words are no collaborators. */
function buildFault(path: string, folder: string, { specifier, values }: Import, text: string): string[] {
  const target = targetOf(path, specifier);
  if (target === undefined || target === folder || target === 'domain') return [];
  return values
    .filter((name) => /^(create|open|start)[A-Z]/.test(name) || new RegExp(`\\bnew ${name}\\b`).test(text))
    .map((name) => `builds ${name} of ${target}, which only the root may`);
}

function contentFaults(folder: string | undefined, text: string): string[] {
  const lines = text.replace(/\n$/, '').split('\n').length;
  return [
    ...(lines > LONGEST_FILE ? [`has ${lines} lines; the most is ${LONGEST_FILE}`] : []),
    ...(/^export default\b/m.test(text) || /\bas default\b/.test(text) ? ['has a default export'] : []),
    ...(folder !== 'ledger' && SQL.test(text) ? ['holds SQL, which only ledger may'] : []),
  ];
}

/** The folder of src that a relative import leads to, `root` for the files beside them; undefined for packages. */
function targetOf(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return folderOf(posix.join(posix.dirname(path), specifier)) ?? 'root';
}

/** Static, side-effect, re-exporting and dynamic imports. */
function importsOf(text: string): Import[] {
  const from =
    /^(?:import|export)\s+(?<type>type\s+)?(?<names>[^;'"]*?)\s*from\s*['"](?<specifier>[^'"]+)['"]/gm;
  const bare = /(?:^import\s*|\bimport\(\s*)['"](?<specifier>[^'"]+)['"]/gm;
  return [
    ...[...text.matchAll(from)].map(({ groups = {} }) => ({
      specifier: groups['specifier'] ?? '',
      values: groups['type'] ? [] : valuesOf(groups['names'] ?? ''),
    })),
    ...[...text.matchAll(bare)].map(({ groups = {} }) => ({
      specifier: groups['specifier'] ?? '',
      values: [],
    })),
  ];
}

/** `{ a, type B, c as d }` has the values a and c. */
function valuesOf(names: string): string[] {
  return names
    .replace(/[{}]/g, '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => name.replace(/\s+as\s+.*$/, ''));
}
