/** The types of handlers, derived from the contract: a handler receives and returns what its operation declares. */
import type { Readable } from 'node:stream';
import type { Request } from 'express';
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { JsonText } from '../contract/json-text.ts';
import type { OPERATIONS, OperationId } from '../contract/operations.ts';
import type { HeldBody } from './body.ts';

type Operations = typeof OPERATIONS;
type TypeOf<S> = S extends JSONSchema ? FromSchema<S> : never;

/** One request, with its parameters already validated. */
export interface Call<Id extends OperationId> {
  params: Operations[Id] extends { params: infer S } ? TypeOf<S> : undefined;
  query: TypeOf<Operations[Id]['query']>;
  /** Reads the JSON body; only operations with a JSON body have one. */
  readBody: Operations[Id] extends { body: object } ? () => Promise<HeldBody> : undefined;
  /** Express's request, for raw bodies and for headers */
  request: Request;
  /** fires when the caller closes the connection */
  closed: AbortSignal;
}

type AnswerBody<S> = S extends 'bytes'
  ? { bytes: Readable | Uint8Array; contentType: string; size?: number }
  : { json: TypeOf<S> } | { jsonText: JsonText<TypeOf<S>> };

/** One of the responses that the operation declares. The name is `Answer`, because Express has a `Response`. */
export type Answer<Id extends OperationId> = Id extends OperationId
  ? AnswersOf<Operations[Id]['responses']>
  : never;

type AnswersOf<A> = {
  [S in keyof A]: { status: S; headers?: Record<string, string> } & AnswerBody<
    A[S] extends { body: infer B } ? B : never
  >;
}[keyof A];

export type Handler<Id extends OperationId> = (call: Call<Id>) => Promise<Answer<Id>>;
export type Handlers = { [Id in OperationId]: Handler<Id> };
