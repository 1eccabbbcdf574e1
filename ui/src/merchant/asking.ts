//! What may be asked of the server, typed by the server's own document: the call's name decides its parts and its
//! answer. The desktop program has the same list and says who acts; what moves value goes another way.

import type { components, paths } from '../shared/wire/server';

export type Schemas = components['schemas'];
export type Person = Schemas['Person'];
export type FoundCustomer = Schemas['FoundCustomer'];
export type Account = Schemas['Account'];
export type Credential = Schemas['ShownCredential'];

type Method = 'get' | 'post' | 'put' | 'patch';

/** `GET /customers/{id}` and so on. */
export type Call = {
  [P in keyof paths & string]: { [M in Method]: paths[P][M] extends { responses: unknown } ? `${Uppercase<M>} ${P}` : never }[Method];
}[keyof paths & string];

type Operation<C extends Call> = C extends `${infer M} ${infer P}` ? (P extends keyof paths ? paths[P][Lowercase<M> & keyof paths[P]] : never) : never;

type Json<T> = T extends { content: { 'application/json': infer J } } ? J : null;

export type Answer<C extends Call> = Operation<C> extends { responses: { 200: infer R } } ? Json<R> : never;

/** Who acts is the program's to say. */
type Body<C extends Call> = Operation<C> extends { requestBody: { content: { 'application/json': infer B } } } ? Omit<B, 'operator'> : never;

export interface Parts<C extends Call> {
  path?: Record<string, string | number>;
  query?: Record<string, string | number>;
  body?: Body<C>;
}

/** As the program reads it: texts in the path and the query. */
export function asSent<C extends Call>(call: C, { path = {}, query = {}, body }: Parts<C>): Record<string, unknown> {
  const texts = (parts: Record<string, string | number>) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, String(part)]));
  return { call, path: texts(path), query: texts(query), body: body ?? {} };
}
