/** The supported part of Lambda's REST API: the routes and their handlers. */
import type { IncomingMessage } from 'node:http';
import type { DurableApi } from '../durable/durable-api.ts';
import type { EventInvokeConfigs, EventInvokeInput } from '../events/event-invoke-config.ts';
import {
  describeConfiguration,
  describeFunction,
  resolveVersion,
} from '../functions/function-description.ts';
import { functionArn, LATEST, parseFunctionName } from '../functions/function-name.ts';
import type { FunctionSettings } from '../functions/function-settings.ts';
import type { Answer, InvokeTarget } from '../model.ts';
import { AwsError, constraintViolated, functionNotFound } from './aws-error.ts';
import type { InvokeCall } from './invoke-call.ts';
import { readBody } from './request-body.ts';

interface Call {
  request: IncomingMessage;
  /** function name or ARN in the path; empty if the path has none */
  name: string;
  qualifier: string | null;
  query: URLSearchParams;
  requestId: string;
}

const DURABLE_EXECUTION = '^/2025-12-01/durable-executions/([^/]+)';
const EVENT_INVOKE_CONFIG = /^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config$/;

/** The longest body of a configuration request, much more than any configuration needs. */
const CONFIGURATION_LIMIT_BYTES = 1024 * 1024;

export class LambdaApi {
  readonly #functions: Map<string, FunctionSettings>;
  readonly #region: string;
  readonly #concurrency: number;
  readonly #invoke: InvokeCall;
  readonly #configs: EventInvokeConfigs;
  readonly #durable: DurableApi;

  constructor(
    functions: Map<string, FunctionSettings>,
    region: string,
    concurrency: number,
    invoke: InvokeCall,
    configs: EventInvokeConfigs,
    durable: DurableApi,
  ) {
    this.#functions = functions;
    this.#region = region;
    this.#concurrency = concurrency;
    this.#invoke = invoke;
    this.#configs = configs;
    this.#durable = durable;
  }

  /** @throws AwsError, also for an unsupported call */
  async answer(request: IncomingMessage, url: URL, requestId: string): Promise<Answer> {
    const path = url.pathname.replace(/\/$/, '');
    for (const [method, pattern, handle] of this.#routes) {
      const match = request.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const name = decodeName(match[1] ?? '');
      const query = url.searchParams;
      return handle({ request, name, qualifier: query.get('Qualifier'), query, requestId });
    }
    throw new AwsError(
      404,
      'UnknownOperationException',
      `The Lambda emulator does not support ${request.method} ${url.pathname}.`,
    );
  }

  readonly #routes: [method: string, path: RegExp, handle: (call: Call) => Promise<Answer> | Answer][] = [
    ['POST', /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, (call) => this.#runFunction(call)],
    ['GET', /^\/2015-03-31\/functions$/, () => this.#listFunctions()],
    ['GET', /^\/2015-03-31\/functions\/([^/]+)$/, (call) => this.#getFunction(call)],
    ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, (call) => this.#getConfiguration(call)],
    ['GET', /^\/2016-08-19\/account-settings$/, () => this.#getAccountSettings()],
    ['GET', EVENT_INVOKE_CONFIG, (call) => this.#getEventInvokeConfig(call)],
    ['PUT', EVENT_INVOKE_CONFIG, (call) => this.#writeEventInvokeConfig(call, 'put')],
    ['POST', EVENT_INVOKE_CONFIG, (call) => this.#writeEventInvokeConfig(call, 'update')],
    ['DELETE', EVENT_INVOKE_CONFIG, (call) => this.#deleteEventInvokeConfig(call)],
    ['GET', new RegExp(`${DURABLE_EXECUTION}$`), (call) => this.#getDurable(call)],
    ['GET', new RegExp(`${DURABLE_EXECUTION}/history$`), (call) => this.#getDurableHistory(call)],
    ['POST', new RegExp(`${DURABLE_EXECUTION}/stop$`), (call) => this.#stopDurable(call)],
    ['GET', /^\/2025-12-01\/functions\/([^/]+)\/durable-executions$/, (call) => this.#listDurable(call)],
  ];

  #runFunction(call: Call): Promise<Answer> {
    return this.#invoke.answer(call.request, this.#find(call), call.requestId);
  }

  #getFunction(call: Call): Answer {
    const { settings, version, qualifier } = this.#find(call);
    const configuration = describeConfiguration(settings, version, qualifier, this.#region);
    return { status: 200, body: describeFunction(settings, configuration) };
  }

  #getConfiguration(call: Call): Answer {
    const { settings, version, qualifier } = this.#find(call);
    return { status: 200, body: describeConfiguration(settings, version, qualifier, this.#region) };
  }

  #listFunctions(): Answer {
    const all = [...this.#functions.values()];
    return {
      status: 200,
      body: { Functions: all.map((one) => describeConfiguration(one, LATEST, null, this.#region)) },
    };
  }

  #getAccountSettings(): Answer {
    const all = [...this.#functions.values()];
    const reserved = all.reduce((sum, { concurrency }) => sum + (concurrency ?? 0), 0);
    return {
      status: 200,
      body: {
        AccountLimit: {
          ConcurrentExecutions: this.#concurrency,
          UnreservedConcurrentExecutions: Math.max(0, this.#concurrency - reserved),
        },
        AccountUsage: { FunctionCount: all.length },
      },
    };
  }

  #getEventInvokeConfig(call: Call): Answer {
    const { settings, qualifier } = this.#find(call);
    return { status: 200, body: this.#configs.get(settings.name, qualifier) };
  }

  async #writeEventInvokeConfig(call: Call, how: 'put' | 'update'): Promise<Answer> {
    const { settings, qualifier } = this.#find(call);
    const input = (await readJson(call.request)) as EventInvokeInput;
    return { status: 200, body: this.#configs[how](settings.name, qualifier, input) };
  }

  #deleteEventInvokeConfig(call: Call): Answer {
    const { settings, qualifier } = this.#find(call);
    this.#configs.delete(settings.name, qualifier);
    return { status: 204 };
  }

  #getDurable({ name, query }: Call): Answer {
    return { status: 200, body: this.#durable.get(name, query) };
  }

  #getDurableHistory({ name, query }: Call): Answer {
    return { status: 200, body: this.#durable.history(name, query) };
  }

  async #stopDurable({ request, name }: Call): Promise<Answer> {
    const body = await readBody(request, CONFIGURATION_LIMIT_BYTES);
    return { status: 200, body: this.#durable.stop(name, body.length === 0 ? {} : parseObject(body)) };
  }

  #listDurable(call: Call): Answer {
    const { settings, qualifier } = this.#find(call);
    return { status: 200, body: this.#durable.list(settings.name, qualifier, call.query) };
  }

  #find(call: Call): InvokeTarget {
    const { name, qualifier } = parseFunctionName(call.name, call.qualifier, this.#region);
    const arn = functionArn(this.#region, name, qualifier);
    const settings = this.#functions.get(name);
    const version = settings ? resolveVersion(settings, qualifier) : null;
    // Without a qualifier, AWS's message names $LATEST, as recordings since 2025 show (docs/local-lambda.md).
    if (!settings || version === null) throw functionNotFound(qualifier === null ? `${arn}:${LATEST}` : arn);
    return { settings, version, qualifier, arn };
  }
}

function decodeName(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw constraintViolated(segment, 'functionName', 'URL encoding');
  }
}

export async function readJson(request: IncomingMessage): Promise<object> {
  return parseObject(await readBody(request, CONFIGURATION_LIMIT_BYTES));
}

function parseObject(body: Buffer | 'too_large'): object {
  try {
    const value: unknown = JSON.parse(body.toString());
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The error is thrown below, together with that for JSON that is not an object.
  }
  throw new AwsError(
    400,
    'SerializationException',
    'The body of the request must be a JSON object of at most 1 MB.',
  );
}
