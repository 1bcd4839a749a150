/**
 * The one spelling of a channel's address by which it is known: without trailing slash, credentials and default port.
 * Undefined for what is no `http`, `https` or `file` URL, or has a query or fragment.
 */
export function channelUrlKey(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || /[?#]/.test(url)) return undefined;
  if (!['http:', 'https:', 'file:'].includes(parsed.protocol)) return undefined;
  return `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(TOKEN, '').replace(/\/+$/, '')}`;
}

/** Whether an address holds a user, a password or a conda token (`/t/<token>/`). */
export function holdsCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '' || TOKEN.test(parsed.pathname));
}

const TOKEN = /\/t\/[^/]+(?=\/|$)/;
