import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const MODULE = new URL('../src/logger.ts', import.meta.url).href;

/** Runs a script in a process of its own, and returns what it logs: the log goes to the standard output of the process. */
async function logged(level: string, script: string): Promise<Record<string, unknown>[]> {
  const source = `import { createLogger } from ${JSON.stringify(MODULE)}; const log = createLogger('${level}'); ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('writes one JSON object per line, with the level as a word and the time as text', async () => {
    const lines = await logged(
      'info',
      "log.debug('too fine'); log.info({ execution_id: 'x' }, 'submitted');",
    );
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), execution_id: 'x', msg: 'submitted' },
    ]);
  });

  it('writes the name, message, code, stack and cause of an error, and none of its other properties', async () => {
    const lines = await logged(
      'info',
      `const error = new TypeError('Rate exceeded', { cause: new Error('socket hang up') });
       Object.assign(error, { code: 'TooMany', $metadata: { attempts: 1 }, input: 'S3CRET', request: { body: 'S3CRET' } });
       Object.assign(error.cause, { response: { headers: { authorization: 'S3CRET' } } });
       log.error({ err: error }, 'invoke failed');
       log.error({ err: 'only text' }, 'invoke failed');`,
    );
    expect(lines[0]?.['err']).toEqual({
      name: 'TypeError',
      message: 'Rate exceeded',
      code: 'TooMany',
      stack: expect.stringContaining('TypeError: Rate exceeded'),
      cause: { name: 'Error', message: 'socket hang up', stack: expect.any(String) },
    });
    expect(lines[1]?.['err']).toBe('only text');
    expect(JSON.stringify(lines)).not.toContain('S3CRET');
  });

  it('writes nothing at level silent', async () => {
    expect(await logged('silent', "log.fatal('gone');")).toEqual([]);
  });
});
