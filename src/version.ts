import { readFileSync } from 'node:fs';

/** The version of package.json, which lies one level above src and above dist. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
