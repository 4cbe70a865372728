/** Sentences for what is wrong with a user's JSON file. */
import type { ErrorObject } from 'ajv';

/** One sentence for every fault, naming the field. */
export function describeFaults(errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames').map(describeFault);
}

function describeFault({ instancePath, propertyName, message, params, keyword }: ErrorObject): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'additionalProperties') {
    return `field ${JSON.stringify([field, params['additionalProperty']].filter(Boolean).join('.'))} is not known`;
  }
  if (field === '' && !propertyName) return `the file ${message}`;
  return `field ${JSON.stringify([field, propertyName].filter(Boolean).join('.'))} ${message}`;
}
