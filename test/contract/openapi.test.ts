import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../src/contract/openapi.ts';
import { OPERATIONS } from '../../src/contract/operations.ts';

interface Parameter {
  name: string;
  in: string;
  required: boolean;
  schema: object;
}
interface Content {
  content: Record<string, { schema?: object }>;
}
interface OperationObject {
  operationId: string;
  summary: string;
  security: Record<string, unknown[]>[];
  parameters: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content & { description: string }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, OperationObject>>;
  components: { schemas: Record<string, object>; securitySchemes: Record<string, { type: string }> };
}

// As a client gets it: through JSON.
const document = JSON.parse(JSON.stringify(openApi('1.2.3'))) as Document;
const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const call = (id: string) => {
  const found = calls.find(({ operation }) => operation.operationId === id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};

describe('the OpenAPI document', () => {
  it('is of version 3.1 and names the service and its version', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info).toMatchObject({ title: 'airflow-lambda-bridge', version: '1.2.3' });
  });

  it('shows every operation once, where it is served', () => {
    const shown = calls.map(({ path, method, operation }) => `${operation.operationId} ${method} ${path}`);
    const served = Object.entries(OPERATIONS).map(([id, { method, path }]) => `${id} ${method} ${path}`);
    expect(shown.sort()).toEqual(served.sort());
  });

  it('declares exactly the parameters that stand in each path', () => {
    for (const { path, operation } of calls) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      );
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('declares no parameter twice, and each with a schema', () => {
    for (const { operation } of calls) {
      const keys = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
      expect(new Set(keys).size).toBe(keys.length);
      expect(operation.parameters.every(({ schema }) => typeof schema === 'object')).toBe(true);
    }
  });

  it('says which query parameters are required', () => {
    const { parameters } = call('putObject').operation;
    expect(parameters.map(({ name, required }) => [name, required])).toEqual([
      ['uri', true],
      ['replace', false],
    ]);
  });

  it('knows the idempotency header of a submit', () => {
    const headers = call('submitExecution').operation.parameters.filter(
      (parameter) => parameter.in === 'header',
    );
    expect(headers.map(({ name }) => name)).toEqual(['Idempotency-Key']);
  });

  it('has a described answer of success for every call, and a problem for everything else', () => {
    for (const { operation } of calls) {
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => /^2\d\d$/.test(status))).toBe(true);
      expect(statuses.every((status) => /^(\d{3}|default)$/.test(status))).toBe(true);
      expect(Object.values(operation.responses).every(({ description }) => description !== '')).toBe(true);
      expect(Object.keys(operation.responses['default']?.content ?? {})).toEqual([
        'application/problem+json',
      ]);
    }
  });

  it('asks for the token on every call but those that the platform makes', () => {
    const open = calls.filter(({ operation }) => operation.security.length === 0);
    expect(open.map(({ path }) => path).sort()).toEqual(['/healthz', '/openapi.json', '/readyz']);
    for (const { operation } of calls)
      for (const scheme of operation.security.flatMap(Object.keys))
        expect(document.components.securitySchemes).toHaveProperty(scheme);
  });

  it('has a body where one is read: JSON by a schema, or bytes', () => {
    const bodies = calls.flatMap(({ operation: { operationId, requestBody } }) =>
      requestBody ? [[operationId, Object.keys(requestBody.content)]] : [],
    );
    expect(Object.fromEntries(bodies)).toMatchObject({
      submitExecution: ['application/json'],
      stagePayload: ['application/octet-stream'],
      putObject: ['application/octet-stream'],
    });
    for (const { method, operation } of calls)
      if (method === 'get') expect(operation.requestBody).toBeUndefined();
  });

  it('refers to nothing that is not there', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    const targets = [...references].map(([, pointer = '']) => pointer.split('/'));
    expect(targets.length).toBeGreaterThan(0);
    for (const target of targets) expect(document).toHaveProperty(target);
  });

  it('holds valid JSON Schemas of 2020-12 only', () => {
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    const { schemas } = document.components;
    const contents = calls.flatMap(({ operation }) => [
      ...Object.values(operation.responses),
      ...(operation.requestBody ? [operation.requestBody] : []),
    ]);
    const all = [
      ...Object.values(schemas),
      ...calls.flatMap(({ operation }) => operation.parameters.map(({ schema }) => schema)),
      ...contents.flatMap(({ content }) => Object.values(content)).flatMap(({ schema }) => schema ?? []),
    ].filter((schema) => !('$ref' in schema));
    expect(all.length).toBeGreaterThan(20);
    for (const schema of all) expect(() => ajv.compile(schema)).not.toThrow();
  });
});
