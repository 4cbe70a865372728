/** Passwords that rotate, such as the tokens of IAM authentication, which are valid for 15 minutes. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { LedgerUnavailable } from '../ledger-unavailable.ts';

export type RotatingPassword = { file: string } | { command: string };

/** A command that calls AWS takes a second or two. */
const COMMAND_MS = 20_000;

const run = promisify(execFile);

/** @throws LedgerUnavailable whose cause says which source failed, without what that wrote */
export async function readPassword(source: RotatingPassword): Promise<string> {
  const text = 'file' in source ? await fromFile(source.file) : await fromCommand(source.command);
  // Editors and commands end their output with a newline, which is no part of the password.
  return text.replace(/\r?\n$/, '');
}

async function fromFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(`The password file of the database cannot be read: ${(error as Error).message}`);
  }
}

async function fromCommand(command: string): Promise<string> {
  try {
    const { stdout } = await run('/bin/sh', ['-c', command], { timeout: COMMAND_MS });
    return stdout;
  } catch (error) {
    const { code, signal } = error as { code?: number | string; signal?: string };
    throw unreadable(`The password command of the database failed: ${signal ?? `exit code ${code}`}`);
  }
}

/** The next connection may get one. */
function unreadable(why: string): LedgerUnavailable {
  return new LedgerUnavailable(new Error(why));
}
