/** The corpus of logs with a known truth; test/corpus/README.md says where each file comes from. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogFormat } from '../../src/domain/run-log/line.ts';
import type { LogEvent } from '../../src/domain/run-log/log-event.ts';
import type { RuntimeFacts } from '../../src/domain/run-log/runtime-errors.ts';
import { type CorpusFile, fullText, type Truth } from './corpus-file.ts';
import { toMessages } from './platform-lines.ts';

/** The request id of the run that each log is about. */
export const CORPUS_ID = '6f2d3a1b-9c47-4e58-8b0a-d1e5f7a92c36';

const corpus = fileURLToPath(new URL('../corpus', import.meta.url));
const STREAM = '2026/11/27/[$LATEST]0123456789abcdef0123456789abcdef';
const BEGAN_AT = Date.UTC(2026, 10, 27, 2);
const INGESTED_AFTER_MS = 500;

/** captured: by a real client; from-sources: by hand, from a client's source code; platform: by hand, from the cited source */
export const ORIGINS = ['captured', 'from-sources', 'platform'] as const;

export interface CorpusLog {
  name: string;
  origin: (typeof ORIGINS)[number];
  situation: string;
  /** whose client wrote the log: `python`, `nodejs`, … */
  writer: string;
  /** as in GetFunctionConfiguration, so absent for container images */
  runtime?: string;
  packageType: 'Zip' | 'Image';
  logFormat: LogFormat;
  applicationLogLevel?: string;
  managedInstances: boolean;
  truth: Truth;
  /** the whole stream, with the lines of the platform */
  events: LogEvent[];
}

export function loadCorpus(): CorpusLog[] {
  return ORIGINS.flatMap((origin) => {
    const files = readdirSync(join(corpus, origin)).filter((name) => name.endsWith('.json'));
    return files.sort().map((fileName) => load(origin, fileName));
  });
}

function load(origin: CorpusLog['origin'], fileName: string): CorpusLog {
  const file = JSON.parse(readFileSync(join(corpus, origin, fileName), 'utf8')) as CorpusFile;
  const { situation, runtime, packageType, logFormat, applicationLogLevel, managedInstances = false } = file;
  const [writer = fileName] = fileName.split('-');
  return {
    name: `${origin}/${fileName.replace(/\.json$/, '')}`,
    origin,
    situation,
    writer: origin === 'platform' ? 'platform' : writer,
    ...(runtime !== undefined && packageType === 'Zip' && { runtime }),
    packageType,
    logFormat,
    ...(applicationLogLevel !== undefined && { applicationLogLevel }),
    managedInstances,
    truth: truthOf(file),
    events: toMessages(file).map((message, index) => toEvent(withId(message), index)),
  };
}

/** The facts as the bridge reads them from the function's configuration. */
export function factsOf({
  runtime,
  packageType,
  logFormat,
  applicationLogLevel,
  managedInstances,
}: CorpusLog): RuntimeFacts {
  return {
    packageType,
    logFormat,
    managedInstances,
    ...(runtime !== undefined && { runtime }),
    ...(applicationLogLevel !== undefined && { applicationLogLevel }),
  };
}

function truthOf({ truth }: CorpusFile): Truth {
  if (truth.result === 'succeeded') return truth;
  const full = (text: typeof truth.errorType) => withId(fullText(text));
  return { ...truth, errorType: full(truth.errorType), errorMessage: full(truth.errorMessage) };
}

const withId = (text: string) => text.replaceAll('{ID}', CORPUS_ID);

function toEvent(message: string, index: number): LogEvent {
  const timestamp = BEGAN_AT + index;
  const id = String(index).padStart(8, '0');
  return { id, stream: STREAM, timestamp, ingestionTime: timestamp + INGESTED_AFTER_MS, message };
}
