/** What may be done with an address. */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem-document.ts';
import type { Route } from './routes.ts';

/** @throws Problem 405; 403 for a web page that would use the gateway as its visitor may */
export function allowMethod({ kind }: Route, { method, headers }: IncomingMessage): void {
  const allowed = kind === 'refresh' ? ['POST'] : ['GET', 'HEAD'];
  if (!allowed.includes(method ?? '')) {
    throw new Problem(
      405,
      'usage',
      `${method} is not for this address`,
      `Use ${allowed.join(' or ')}.`,
      {},
      {
        allow: allowed.join(', '),
      },
    );
  }
  if (kind === 'refresh' && headers.origin !== undefined) {
    throw new Problem(403, 'usage', 'web pages may not refresh channels', 'Call the API from a program.', {});
  }
}
