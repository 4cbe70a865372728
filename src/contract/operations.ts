/** All calls of the HTTP API. http/ serves these calls and no others, and /openapi.json describes the same ones. */

import { attemptKeySchema, callbackResponseSchema, callbackSchema } from './callback.ts';
import { executionListSchema, executionSchema, logsSchema } from './response-schemas.ts';
import {
  idSchema,
  listQuerySchema,
  logsQuerySchema,
  noQuerySchema,
  objectQuerySchema,
  objectRefSchema,
  submitSchema,
  waitQuerySchema,
} from './schemas.ts';

export interface Operation {
  method: 'get' | 'post' | 'put';
  /** parameters in braces, as OpenAPI writes them */
  path: string;
  summary: string;
  /** the token that a caller needs: none, or that of the attempt; absent: a bearer token of the bridge */
  token?: 'none' | 'attempt';
  /** true: a replica that is stopping still serves the call, because it brings the outcome of work that has begun */
  servedWhileStopping?: boolean;
  params?: object;
  query: object;
  /** a JSON body by schema, or raw bytes */
  body?: object | 'bytes';
  /** by status: a JSON body by schema, raw bytes, or a plain object of a health check */
  responses: Record<number, { description: string; body: object | 'bytes' }>;
}

const plain = { type: 'object' } as const;
const execution = { description: 'The execution', body: executionSchema };

export const OPERATIONS = {
  submitExecution: {
    method: 'post',
    path: '/v1/executions',
    summary: 'Run a function once',
    query: waitQuerySchema,
    body: submitSchema,
    responses: {
      201: { description: 'A new execution', body: executionSchema },
      200: { description: 'The execution that this idempotency key already has', body: executionSchema },
    },
  },
  listExecutions: {
    method: 'get',
    path: '/v1/executions',
    summary: 'List executions, newest first',
    query: listQuerySchema,
    responses: { 200: { description: 'A page of executions', body: executionListSchema } },
  },
  getExecution: {
    method: 'get',
    path: '/v1/executions/{id}',
    summary: 'Read an execution, or wait for its end',
    params: idSchema,
    query: waitQuerySchema,
    responses: { 200: execution },
  },
  getLogs: {
    method: 'get',
    path: '/v1/executions/{id}/logs',
    summary: 'Read the log lines of exactly this execution',
    params: idSchema,
    query: logsQuerySchema,
    responses: { 200: { description: 'Log lines after the cursor', body: logsSchema } },
  },
  getResult: {
    method: 'get',
    path: '/v1/executions/{id}/result',
    summary: 'Read the result, byte for byte',
    params: idSchema,
    query: noQuerySchema,
    responses: { 200: { description: "The function's result", body: 'bytes' } },
  },
  cancelExecution: {
    method: 'post',
    path: '/v1/executions/{id}/cancel',
    summary: 'Cancel an execution, and learn what the cancel achieved',
    params: idSchema,
    query: noQuerySchema,
    responses: { 200: execution },
  },
  stagePayload: {
    method: 'post',
    path: '/v1/payloads',
    summary: 'Stage a payload of up to 5 GiB in S3',
    query: noQuerySchema,
    body: 'bytes',
    responses: { 201: { description: 'The value for payload_ref', body: objectRefSchema } },
  },
  putObject: {
    method: 'put',
    path: '/v1/objects',
    summary: 'Write one object to S3, in a bucket that the configuration allows',
    query: objectQuerySchema,
    body: 'bytes',
    responses: { 201: { description: 'The object', body: objectRefSchema } },
  },
  reportAttempt: {
    method: 'post',
    path: '/v1/callbacks/{id}/{attempt}',
    summary: "For functions: send an attempt's outcome or a heartbeat, with the token of the envelope",
    token: 'attempt',
    servedWhileStopping: true,
    params: attemptKeySchema,
    query: noQuerySchema,
    body: callbackSchema,
    responses: { 200: { description: 'How the bridge processed it', body: callbackResponseSchema } },
  },
  health: {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process is alive',
    token: 'none',
    query: noQuerySchema,
    responses: { 200: { description: 'It does', body: plain } },
  },
  readiness: {
    method: 'get',
    path: '/readyz',
    summary: 'Whether the bridge reaches the ledger and AWS, and accepts new work',
    token: 'none',
    query: noQuerySchema,
    responses: { 200: { description: 'Ready', body: plain }, 503: { description: 'Not ready', body: plain } },
  },
  openapi: {
    method: 'get',
    path: '/openapi.json',
    summary: 'This contract',
    token: 'none',
    query: noQuerySchema,
    responses: { 200: { description: 'OpenAPI 3.1', body: plain } },
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;
