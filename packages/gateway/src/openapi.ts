/** The description of what the gateway tells of itself, `/api/v1/openapi.json`. @see https://spec.openapis.org/oas/v3.1.1.html */
import { EVIDENCE } from '@antivenom/core';

const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const TIME = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' };
const SHA256 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const NAME = { name: 'name', in: 'path', required: true, schema: TEXT, description: "The channel's name here." };

const listOf = (items: unknown) => ({ type: 'array', items });
const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Readonly<Record<string, unknown>>, optional: readonly string[] = []) => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const json = (description: string, of: unknown) => ({ description, content: { 'application/json': { schema: of } } });
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: schema('Problem') } },
});
const operation = (summary: string, of: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  summary,
  responses: { 200: json(summary, of), 401: problem('A token is asked for.'), ...more },
});
const ofChannel = (summary: string, of: unknown) =>
  operation(summary, of, { 404: problem('No channel has this name.') });

const REFUSAL = { code: TEXT, message: TEXT, hint: TEXT };

export const OPENAPI = {
  openapi: '3.1.1',
  info: {
    title: 'Antivenom gateway',
    version: '1',
    description: 'What is served, until when, what is not offered or was refused, and why.',
    license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
  },
  servers: [{ url: '/' }],
  security: [{}, { bearer: [] }, { basic: [] }],
  paths: {
    '/healthz': {
      get: {
        summary: 'It runs.',
        security: [{}],
        responses: { 200: { description: 'ok', content: { 'text/plain': {} } } },
      },
    },
    '/readyz': {
      get: operation('Every channel has a verified, unexpired index.', schema('Readiness'), {
        503: json('One of them has none.', schema('Readiness')),
      }),
    },
    '/metrics': {
      get: {
        summary: 'For Prometheus.',
        responses: { 200: { description: 'metrics', content: { 'text/plain': {} } } },
      },
    },
    '/api/v1/openapi.json': { get: operation('This document.', { type: 'object' }) },
    '/api/v1/cache': { get: operation('What verified files take on the disk.', schema('Cache')) },
    '/api/v1/channels': { get: operation('All channels.', object({ channels: listOf(schema('Channel')) })) },
    '/api/v1/channels/{name}': {
      parameters: [NAME],
      get: ofChannel('What is served of a channel, until when, and why nothing newer is.', schema('Channel')),
    },
    '/api/v1/channels/{name}/refresh': {
      parameters: [NAME],
      post: ofChannel('Looks for a newer publication now.', schema('Channel')),
    },
    '/api/v1/channels/{name}/left-out': {
      parameters: [NAME],
      get: ofChannel('Records that are not offered, and why.', schema('LeftOut')),
    },
    '/api/v1/channels/{name}/refusals': {
      parameters: [NAME],
      get: ofChannel('The last refusals, the newest first.', schema('Refusals')),
    },
    '/api/v1/channels/{name}/verdicts/{subdir}/{file}': {
      parameters: [
        NAME,
        { name: 'subdir', in: 'path', required: true, schema: TEXT },
        { name: 'file', in: 'path', required: true, schema: TEXT, description: "The package's file name." },
      ],
      get: operation(
        'Whether the record of a package lets it be offered. The package itself is not asked for.',
        schema('Verdict'),
        {
          403: problem('The channel is refused.'),
          404: problem('The verified index does not list it.'),
          504: problem('The channel was never reached.'),
        },
      ),
    },
  },
  components: {
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } },
    schemas: {
      Readiness: object({ ready: { type: 'boolean' }, reasons: listOf(object({ channel: TEXT, reason: TEXT })) }),
      Cache: object({ files: COUNT, bytes: COUNT, maxBytes: COUNT }),
      Channel: object(
        {
          name: TEXT,
          ok: { type: 'boolean' },
          serving: { type: 'boolean' },
          url: TEXT,
          evidence: { type: 'string', enum: ['index', 'record'] },
          expires: TIME,
          refreshed: TIME,
          failure: schema('Refusal'),
          subdirs: listOf(object({ subdir: TEXT, records: COUNT, leftOut: COUNT })),
          roles: listOf(object({ name: TEXT, version: COUNT, expires: TIME, threshold: COUNT })),
        },
        ['url', 'evidence', 'expires', 'refreshed', 'failure', 'subdirs', 'roles'],
      ),
      Refusal: object(REFUSAL),
      LeftOut: object({ channel: TEXT, leftOut: listOf(object({ file: TEXT, ...REFUSAL })) }),
      Refusals: object({
        channel: TEXT,
        refusals: listOf(
          object({
            time: TIME,
            request: TEXT,
            client: TEXT,
            channel: TEXT,
            file: TEXT,
            status: COUNT,
            code: TEXT,
            message: TEXT,
          }),
        ),
      }),
      Verdict: object(
        {
          channel: TEXT,
          file: TEXT,
          offered: { type: 'boolean' },
          evidence: listOf({ type: 'string', enum: EVIDENCE }),
          sha256: SHA256,
          refusal: schema('Refusal'),
        },
        ['sha256', 'refusal'],
      ),
      Problem: object(
        {
          type: TEXT,
          title: TEXT,
          status: COUNT,
          detail: TEXT,
          code: TEXT,
          hint: TEXT,
          channel: TEXT,
          file: TEXT,
          evidence: listOf({ type: 'string', enum: EVIDENCE }),
        },
        ['channel', 'file', 'evidence'],
      ),
    },
  },
} as const;
