/** What is stored of one log. */
import type { LogFormat } from '../../src/domain/run-log/line.ts';

/** Long texts are stored in parts: texts, and `[text, times]` for repeated ones. */
export type StoredText = string | (string | [text: string, times: number])[];

export interface StoredLine {
  /** the telemetry pipe, where a frame is one event, or standard output and error, where a line is one */
  from: 'frame' | 'pipe';
  phase: 'init' | 'run';
  text: StoredText;
}

export interface CorpusFile {
  runtime?: string;
  packageType: 'Zip' | 'Image';
  logFormat: LogFormat;
  applicationLogLevel?: string;
  managedInstances?: boolean;
  situation: string;
  truth: StoredTruth;
  /** how the runtime's process ended; absent where it lived on */
  exit?: { phase: 'init' | 'run'; code?: number; signal?: string };
  posts?: { path: string; errorTypeHeader?: string; status: number; body: StoredText }[];
  /** what the client and the function wrote */
  lines?: StoredLine[];
  /** the addresses that a file was written from, where it was not captured */
  source?: string[];
  /** the whole stream, with the platform's lines: files of platform/ */
  messages?: StoredText[];
}

type StoredTruth =
  | { result: 'succeeded' }
  | { result: 'failed'; errorType: StoredText; errorMessage: StoredText; saidBy: 'client' | 'platform' };

export type Truth =
  | { result: 'succeeded' }
  /** `saidBy`: who named the error, the client with its post or Lambda itself */
  | { result: 'failed'; errorType: string; errorMessage: string; saidBy: 'client' | 'platform' };

export function fullText(stored: StoredText): string {
  if (typeof stored === 'string') return stored;
  return stored.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join('');
}
