/** The bridge's HTTP contract, called as a client would. */

// biome-ignore lint/suspicious/noExplicitAny: answers are checked member by member, and against their schemas
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
  const call =
    (method: string): Call =>
    async (path, init) => {
      const response = await fetch(url + path, { method, ...init });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: parsed(text) };
    };
  const post = call('POST');
  return {
    get: call('GET'),
    post,
    put: call('PUT'),
    submit: (body, { query = '', headers = {} } = {}) =>
      post(`/v1/executions${query}`, {
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
