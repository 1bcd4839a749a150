/** How conda-index lays JSON out: members sorted, everything outside ASCII escaped; indented with a closing newline, or compact. */
export type IndexLayout = 'indented' | 'compact';

export function indexJson(value: unknown, layout: IndexLayout): Uint8Array {
  const text = JSON.stringify(sorted(value), null, layout === 'indented' ? 2 : undefined);
  return new Uint8Array(Buffer.from(asciiOnly(text) + (layout === 'indented' ? '\n' : '')));
}

/** Python's `ensure_ascii`. */
export function asciiOnly(json: string): string {
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, sorted(member)]));
}
