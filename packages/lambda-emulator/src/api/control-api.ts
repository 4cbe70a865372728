/** Calls of the emulator that AWS does not have: read the truth record, reset the emulator. */
import type { IncomingMessage } from 'node:http';
import { checkFaultScript, type FaultScript, FaultScriptError } from '../faults/fault-script.ts';
import type { TruthRecord } from '../faults/truth-record.ts';
import type { Answer } from '../model.ts';
import { AwsError } from './aws-error.ts';
import { readBody } from './request-body.ts';

const RESET_LIMIT_BYTES = 1024 * 1024;

export class ControlApi {
  readonly #truth: TruthRecord;
  readonly #reset: (script?: FaultScript) => void;

  /** @param reset clears the emulator's state, and replaces the fault script if one is given */
  constructor(truth: TruthRecord, reset: (script?: FaultScript) => void) {
    this.#truth = truth;
    this.#reset = reset;
  }

  /** @throws AwsError, as the Lambda API does, for an unsupported or invalid call */
  async answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const call = `${request.method} ${url.pathname}`;
    if (call === 'GET /local/truth') {
      return { status: 200, body: this.#truth.page(readCursor(url.searchParams.get('after') ?? '0')) };
    }
    if (call === 'POST /local/reset') {
      this.#reset(await readScript(request));
      return { status: 204 };
    }
    throw new AwsError(404, 'UnknownOperationException', `The Lambda emulator does not support ${call}.`);
  }
}

function readCursor(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`after must be the next_after of an earlier response, not ${JSON.stringify(text)}.`);
}

/** The body is `{"faults": {…}}`; without a body or `faults` the current script stays. */
async function readScript(request: IncomingMessage): Promise<FaultScript | undefined> {
  const body = await readBody(request, RESET_LIMIT_BYTES);
  if (body.length === 0) return undefined;
  try {
    const { faults } = JSON.parse(body.toString()) as { faults?: unknown };
    return faults === undefined ? undefined : checkFaultScript(faults);
  } catch (error) {
    if (error instanceof FaultScriptError) throw invalid(error.message);
    throw invalid('The body must be empty or JSON with the member faults.');
  }
}

function invalid(text: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', text);
}
