/** One sentence for every fault, naming the field. */
export function describeFaults(errors) {
  return (errors ?? []).filter(({ keyword }) => keyword !== 'propertyNames').map(describeFault);
}
function describeFault({ instancePath, propertyName, message, params, keyword }) {
  const field = instancePath.slice(1).replaceAll('/', '.');
  if (keyword === 'additionalProperties') {
    return `field ${JSON.stringify([field, params['additionalProperty']].filter(Boolean).join('.'))} is not known`;
  }
  if (field === '' && !propertyName) return `the file ${message}`;
  return `field ${JSON.stringify([field, propertyName].filter(Boolean).join('.'))} ${message}`;
}
//# sourceMappingURL=schema-errors.js.map
