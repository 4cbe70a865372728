import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { InvalidRequest, type ValidationError } from '../domain/errors.ts';

/**
 * Ids as the bridge writes them. The standard format also allows capitals and `urn:uuid:`, but the ledger has no such
 * ids.
 */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const bodies = withFormats(
  new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: true,
    allowUnionTypes: true,
  }),
).addFormat('uuid', ID);
/**
 * For query and path parameters, whose values are text: '5' becomes 5, 'true' becomes true. strictNumbers is off. With
 * it, a text that becomes infinity would pass every maximum.
 */
const texts = withFormats(
  new Ajv2020({ allErrors: true, useDefaults: true, strict: true, coerceTypes: true, strictNumbers: false }),
).addFormat('uuid', ID);

function withFormats(ajv: Ajv2020): Ajv2020 {
  addFormats.default(ajv);
  return ajv;
}

/** A function that returns the value typed, with defaults filled in, or throws InvalidRequest with every error. */
export function bodyValidator<T>(schema: object): (value: unknown) => T {
  return validator(bodies.compile(schema), 'invalid_request', 422);
}

/** The same for query and path parameters. The status is 400, because the URL is wrong, and not the body. */
export function textValidator<T>(schema: object): (value: unknown) => T {
  const check = validator<T>(texts.compile(schema), 'invalid_parameter', 400);
  return (value) => check({ ...(value as object) });
}

function validator<T>(compiled: ValidateFunction, code: string, status: number): (value: unknown) => T {
  return (value) => {
    if (compiled(value)) return value as T;
    throw new InvalidRequest(toValidationErrors(compiled.errors ?? []), code, status);
  };
}

/** A user's own JSON Schema (function policy). @throws Error when it is not a valid schema */
export function payloadValidator(schema: object): (payload: unknown) => ValidationError[] {
  const compiled = withFormats(new Ajv2020({ allErrors: true, strict: false })).compile(schema);
  return (payload) => (compiled(payload) ? [] : toValidationErrors(compiled.errors ?? [], '/payload'));
}

/** Ajv's errors in the form of the HTTP API: the pointer names the wrong or missing member, and not its parent. */
export function toValidationErrors(found: readonly ErrorObject[], prefix = ''): ValidationError[] {
  const errors = found
    .filter(({ keyword }) => keyword !== 'propertyNames' && keyword !== 'if')
    .map((error) => ({
      pointer: prefix + error.instancePath + memberOf(error),
      message: sentence(error),
    }));
  // A map removes duplicates in linear time: a body of 32 MB can have millions of unknown members.
  return [...new Map(errors.map((error) => [`${error.pointer}\n${error.message}`, error])).values()];
}

function memberOf({ keyword, params, propertyName }: ErrorObject): string {
  const member =
    keyword === 'required' ? params['missingProperty'] : (params['additionalProperty'] ?? propertyName);
  return member === undefined ? '' : `/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function sentence({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'required') return 'is missing';
  if (keyword === 'additionalProperties') return 'is not a known member';
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return message ?? 'is invalid';
}
