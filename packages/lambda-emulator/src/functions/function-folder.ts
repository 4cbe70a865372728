/** Reads the functions of a folder: one sub-folder each, with or without a `function.json`. */
import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  completeSettings,
  type FunctionFile,
  type FunctionSettings,
  findFaults,
  type Language,
  languageOf,
} from './function-settings.ts';

/** Says in a sentence which file or folder of the user keeps the endpoint from starting. */
export class FunctionFolderError extends Error {
  override readonly name = 'FunctionFolderError';
}

const ENTRY_FILES: Record<Language, string[]> = {
  python: ['lambda_function.py', 'app.py'],
  nodejs: ['index.mjs', 'index.js', 'index.cjs'],
};

/**
 * Sub-folders whose names begin with `.` or `_`, and `node_modules`, are no functions.
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
      `The functions folder ${root} has no sub-folder: each function needs one of its own.`,
    );
  }
  return folders;
}

async function loadFunction(name: string, folder: string): Promise<FunctionSettings> {
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) {
    throw new FunctionFolderError(
      `The folder ${folder} cannot be a function: a name has up to 64 letters, digits, - or _. Rename it, or begin its name with _ to leave it out.`,
    );
  }
  const file = await readFunctionFile(join(folder, 'function.json'));
  const wanted = file.runtime === undefined ? undefined : languageOf(file.runtime);
  const inferred = await inferHandler(folder, wanted);
  if (inferred) return completeSettings(name, folder, file, inferred);
  if (wanted && file.handler)
    return completeSettings(name, folder, file, { language: wanted, handler: file.handler });
  throw new FunctionFolderError(
    `The folder ${folder} has none of ${Object.values(ENTRY_FILES).flat().join(', ')}: name "runtime" and "handler" in its function.json, or begin its name with _ to leave it out.`,
  );
}

async function readFunctionFile(path: string): Promise<FunctionFile> {
  if (!existsSync(path)) return {};
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new FunctionFolderError(`${path} is not JSON: ${(error as Error).message}.`);
  }
  const faults = findFaults(content);
  if (faults.length > 0) throw new FunctionFolderError(`${path}: ${faults.join('; ')}.`);
  return content as FunctionFile;
}

async function inferHandler(
  folder: string,
  wanted: Language | undefined,
): Promise<{ language: Language; handler: string } | null> {
  for (const language of wanted ? [wanted] : (['python', 'nodejs'] as const)) {
    const file = ENTRY_FILES[language].find((candidate) => existsSync(join(folder, candidate)));
    if (!file) continue;
    const module = file.slice(0, file.lastIndexOf('.'));
    if (language === 'nodejs') return { language, handler: `${module}.handler` };
    // AWS's console calls it lambda_handler, most examples handler: the file tells.
    const source = await readFile(join(folder, file), 'utf8');
    return {
      language,
      handler: `${module}.${/^def lambda_handler\b/m.test(source) ? 'lambda_handler' : 'handler'}`,
    };
  }
  return null;
}
