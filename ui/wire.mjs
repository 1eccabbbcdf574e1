//! Writes `src/shared/wire/server.ts`, the types of what the merchant's window asks the server for, from the server's
//! own document: `npm run wire -- FILE`, where FILE is the answer of `/api/v1/openapi.json`. Only the calls that the
//! desktop program passes on are in it (`src-tauri/src/ask.rs`), and only their answers.

import { readFileSync, writeFileSync } from 'node:fs';
import openapiTS, { astToString } from 'openapi-typescript';

const OUT = new URL('src/shared/wire/server.ts', import.meta.url);
const HEAD = '// Generated from the server’s own document: do not edit. `npm run wire -- FILE` writes it anew.\n\n';

const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const list = readFileSync(new URL('../src-tauri/src/ask.rs', import.meta.url), 'utf8');
const calls = new Set([...list.matchAll(/\("([A-Z]+ \/[^"]*)", (?:Nowhere|Query|Body)/g)].map((match) => match[1]));

const paths = {};
for (const [path, item] of Object.entries(document.paths)) {
  for (const [method, { operationId, requestBody, responses }] of Object.entries(item)) {
    const call = `${method.toUpperCase()} ${path.replace('/api/v1', '')}`;
    if (!calls.has(call)) continue;
    const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    const said = good.map(([, { content }]) => content?.['application/json']).find(Boolean);
    const answer = { 200: { description: '', ...(said && { content: { 'application/json': said } }) } };
    (paths[path.replace('/api/v1', '')] ??= {})[method] = { operationId, requestBody, responses: answer };
    calls.delete(call);
  }
}
if (calls.size > 0) throw new Error(`not in the document: ${[...calls].join(', ')}`);

/** Without words: they are in the document. */
const bare = (value) => {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, held]) => !((name === 'description' && typeof held === 'string') || name === 'format' || name === 'example'));
  return Object.fromEntries(kept.map(([name, held]) => [name, bare(held)]));
};

const all = document.components.schemas;
const schemas = {};
const reach = (value) => {
  for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
    if (name in schemas) continue;
    schemas[name] = all[name];
    reach(all[name]);
  }
};
reach(paths);
const small = { openapi: '3.1.0', info: { title: '', version: '' }, paths: bare(paths), components: { schemas: bare(schemas) } };
for (const item of Object.values(small.paths)) for (const one of Object.values(item)) one.responses[200].description = '';
writeFileSync(OUT, HEAD + astToString(await openapiTS(small, { alphabetize: true })));
