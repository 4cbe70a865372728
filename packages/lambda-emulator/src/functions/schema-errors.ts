/** Describes the validation errors of a user's JSON file in sentences. */
import type { ErrorObject } from 'ajv';

/** One sentence per validation error, naming the field. */
export function describeValidationErrors(errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames').map(describeValidationError);
}

function describeValidationError({
  instancePath,
  propertyName,
  message,
  params,
  keyword,
}: ErrorObject): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'additionalProperties') {
    return `field ${JSON.stringify([field, params['additionalProperty']].filter(Boolean).join('.'))} is not known`;
  }
  if (field === '' && !propertyName) return `the file ${message}`;
  return `field ${JSON.stringify([field, propertyName].filter(Boolean).join('.'))} ${message}`;
}
