/** Compares responses with the contract: the status must be declared, and every member of the body described. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { OPERATIONS, type Operation } from '../../src/contract/operations.ts';
import { problemSchema } from '../../src/contract/response-schemas.ts';

export interface AnswerToCheck {
  status: number;
  contentType: string;
  text: string;
}

const ajv = new Ajv2020({ allErrors: true, strict: false });
addFormats.default(ajv);
const compiled = new Map<object, ValidateFunction>();

/** @returns what is wrong with a response, one sentence for each fault */
export function contractFaults(method: string, path: string, answer: AnswerToCheck): string[] {
  const operation = Object.values<Operation>(OPERATIONS).find(
    (one) => one.method === method.toLowerCase() && pathPattern(one.path).test(path.replace(/\?.*$/, '')),
  );
  const described = operation?.responses[answer.status];
  if (!described) return problemFaults(answer);
  if (described.body === 'bytes') return [];
  return [...typeFaults(answer, 'application/json'), ...bodyFaults(described.body, answer.text)];
}

function problemFaults(answer: AnswerToCheck): string[] {
  if (answer.status < 400) return [`the contract knows no status ${answer.status} here`];
  const faults = [
    ...typeFaults(answer, 'application/problem+json'),
    ...bodyFaults(problemSchema, answer.text),
  ];
  if (faults.length > 0) return faults;
  const { status, type, code } = JSON.parse(answer.text) as { status: number; type: string; code: string };
  return [
    ...(status === answer.status ? [] : [`the problem says ${status}, the status is ${answer.status}`]),
    ...(type.endsWith(`:${code}`) ? [] : [`the type ${type} does not name the code ${code}`]),
  ];
}

function typeFaults({ contentType }: AnswerToCheck, wanted: string): string[] {
  return contentType.startsWith(wanted) ? [] : [`the content type is ${contentType}, not ${wanted}`];
}

function bodyFaults(schema: object, text: string): string[] {
  let check = compiled.get(schema);
  if (!check) {
    check = ajv.compile(closed(schema));
    compiled.set(schema, check);
  }
  check(JSON.parse(text));
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`,
  );
}

/** Clients must bear members that they do not know; the bridge must not send any that it does not describe. */
function closed(schema: object): object {
  const entries = Object.entries(schema).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'object' && value !== null && !Array.isArray(value) ? closed(value) : value,
  ]);
  const copy = Object.fromEntries(entries) as { properties?: object; additionalProperties?: unknown };
  return copy.properties && copy.additionalProperties === undefined
    ? { ...copy, additionalProperties: false }
    : copy;
}

function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`);
}
