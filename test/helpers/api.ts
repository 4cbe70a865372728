/** The bridge's HTTP contract, called as a client would; every answer is held against the contract. */
import { contractFaults } from './contract.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests look at single members; the contract check looks at all
type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** undefined when the body is not JSON */
  json: Json;
}

export type Call = (path: string, init?: RequestInit) => Promise<Answer>;

export interface Api {
  get: Call;
  post: Call;
  put: Call;
  /** POST /v1/executions with a body given as a value or as its exact text */
  submit(
    body: object | string,
    options?: { query?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
}

export function apiOf(url: string): Api {
  const post = caller(url, 'POST');
  return {
    get: caller(url, 'GET'),
    post,
    put: caller(url, 'PUT'),
    submit: (body, { query = '', headers = {} } = {}) =>
      post(`/v1/executions${query}`, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

function caller(url: string, method: string): Call {
  return async (path, init) => {
    const response = await fetch(url + path, { method, ...init });
    const text = await response.text();
    const { status, headers } = response;
    const faults = contractFaults(method, path, {
      status,
      text,
      contentType: headers.get('content-type') ?? '',
    });
    if (faults.length > 0)
      throw new Error(`${method} ${path} answered outside the contract: ${faults.join('; ')}\n${text}`);
    return { status, headers, text, json: parsed(text) };
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
