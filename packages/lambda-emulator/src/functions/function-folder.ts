/** Loads the functions of a folder: one subfolder each, with or without a `function.json`. */
import { constants, type Dirent, existsSync } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  completeSettings,
  type FunctionFile,
  type FunctionSettings,
  findValidationErrors,
  type Language,
  languageOf,
} from './function-settings.ts';

/** The message says in a sentence which file or folder prevents the emulator from starting. */
export class FunctionFolderError extends Error {
  override readonly name = 'FunctionFolderError';
}

/**
 * The executable of a custom runtime or of a compiled function:
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.
 * If `function.json` names a managed runtime, the executable replaces AWS's client of that runtime.
 */
const BOOTSTRAP = 'bootstrap';

const ENTRY_FILES: Record<Exclude<Language, 'custom'>, string[]> = {
  python: ['lambda_function.py', 'app.py'],
  nodejs: ['index.mjs', 'index.js', 'index.cjs'],
};

/**
 * Ignores `node_modules` and subfolders whose names begin with `.` or `_`.
 * @throws FunctionFolderError
 */
export async function loadFunctions(directory: string): Promise<Map<string, FunctionSettings>> {
  const root = resolve(directory);
  const entries = await readFolders(root);
  const functions = await Promise.all(entries.map(({ name }) => loadFunction(name, join(root, name))));
  return new Map(functions.map((settings) => [settings.name, settings]));
}

async function readFolders(root: string): Promise<Dirent[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: Error) => {
    throw new FunctionFolderError(`The functions folder ${root} cannot be read: ${error.message}.`);
  });
  const folders = entries
    .filter((entry) => entry.isDirectory() && !/^[._]|^node_modules$/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (folders.length === 0) {
    throw new FunctionFolderError(
      `The functions folder ${root} has no subfolder that can be a function (node_modules and names with . or _ in front are ignored). Put each function into its own subfolder.`,
    );
  }
  return folders;
}

async function loadFunction(name: string, folder: string): Promise<FunctionSettings> {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw new FunctionFolderError(
      `The folder ${folder} cannot be a function: a name consists of up to 64 letters, digits, - or _. Rename it, or begin its name with _ to exclude it.`,
    );
  }
  const file = await readFunctionFile(join(folder, 'function.json'));
  const configured = file.runtime === undefined ? undefined : languageOf(file.runtime);
  const inferred = await inferHandler(folder, configured);
  if (inferred) return completeSettings(name, folder, file, inferred);
  if (configured && configured !== 'custom' && file.handler)
    return completeSettings(name, folder, file, { language: configured, handler: file.handler });
  const bootstrap = join(folder, BOOTSTRAP);
  if (existsSync(bootstrap))
    throw new FunctionFolderError(
      `The folder ${folder} cannot be a function: its ${BOOTSTRAP} is not executable. Run chmod +x ${bootstrap}.`,
    );
  throw new FunctionFolderError(
    `The folder ${folder} has none of ${entryFiles(configured).join(', ')} and no executable ${BOOTSTRAP}: set "runtime" and "handler" in its function.json, or begin its name with _ to exclude it.`,
  );
}

/** The file names for the configured language; without one, those for all languages. */
function entryFiles(configured: Language | undefined): string[] {
  return configured && configured !== 'custom' ? ENTRY_FILES[configured] : Object.values(ENTRY_FILES).flat();
}

async function readFunctionFile(path: string): Promise<FunctionFile> {
  if (!existsSync(path)) return {};
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FunctionFolderError(`${path} is not JSON: ${(error as Error).message}.`);
  }
  const errors = findValidationErrors(content);
  if (errors.length > 0) throw new FunctionFolderError(`${path}: ${errors.join('; ')}.`);
  return content as FunctionFile;
}

async function inferHandler(
  folder: string,
  configured: Language | undefined,
): Promise<{ language: Language; handler: string } | null> {
  if (await isExecutable(join(folder, BOOTSTRAP))) return { language: 'custom', handler: BOOTSTRAP };
  if (configured === 'custom') return null;
  for (const language of configured ? [configured] : (['python', 'nodejs'] as const)) {
    const file = ENTRY_FILES[language].find((candidate) => existsSync(join(folder, candidate)));
    if (!file) continue;
    const module = file.slice(0, file.lastIndexOf('.'));
    if (language === 'nodejs') return { language, handler: `${module}.handler` };
    // The handler is lambda_handler in AWS's console, but handler in most examples: use the one that the file defines.
    const source = await readFile(join(folder, file), 'utf8');
    return {
      language,
      handler: `${module}.${/^def lambda_handler\b/m.test(source) ? 'lambda_handler' : 'handler'}`,
    };
  }
  return null;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
